using System.Text.Json.Nodes;
using Pipelines.Model.Connections;

namespace Pipelines.Storage.Secrets;

/// <summary>Table <c>connection</c>: password and extra are stored encrypted.</summary>
public static class ConnectionTable
{
    private const string Put =
        """
        INSERT INTO pipelines.connection (conn_id, conn_type, description, host, login, password, schema, port, extra)
        VALUES (@ConnId, @ConnType, @Description, @Host, @Login, @Password, @Schema, @Port, @Extra)
        ON CONFLICT (conn_id) DO UPDATE SET conn_type = excluded.conn_type, description = excluded.description, host = excluded.host,
            login = excluded.login, password = excluded.password, schema = excluded.schema, port = excluded.port, extra = excluded.extra
        """;

    private const string Find = "SELECT * FROM pipelines.connection WHERE conn_id = @connId";

    private const string LockAll = "SELECT * FROM pipelines.connection ORDER BY conn_id FOR UPDATE";

    private const string List =
        "SELECT conn_id, conn_type, description, host, login, schema, port FROM pipelines.connection ORDER BY conn_id";

    private const string Delete = "DELETE FROM pipelines.connection WHERE conn_id = @connId";

    /// <summary>Adds it, or replaces the one of its id.</summary>
    public static Task PutAsync(Transaction tx, Connection connection) => tx.ExecuteAsync(Put, new
    {
        connection.ConnId,
        connection.ConnType,
        connection.Description,
        connection.Host,
        connection.Login,
        Password = tx.Database.Keys.Encrypt(connection.Password),
        connection.Schema,
        connection.Port,
        Extra = connection.Extra.Count == 0 ? null : tx.Database.Keys.Encrypt(connection.Extra.ToJsonString()),
    });

    /// <summary>With its secrets; null when unknown.</summary>
    /// <exception cref="SecretException">It was stored with another key.</exception>
    public static async Task<Connection?> FindAsync(Transaction tx, string connId) =>
        (await tx.FindAsync<Row>(Find, new { connId }))?.ToConnection(tx.Database);

    /// <summary>All by id, without password and extra.</summary>
    public static async Task<IReadOnlyList<Connection>> ListAsync(Transaction tx) =>
        [.. (await tx.QueryAsync<Row>(List)).Select(row => row.ToConnection(tx.Database))];

    /// <summary>All with their secrets, by id, locked until the transaction's end; null in place of one that no key reads.</summary>
    public static async Task<IReadOnlyList<(string ConnId, Connection? Connection)>> LockAllAsync(Transaction tx) =>
        [.. (await tx.QueryAsync<Row>(LockAll)).Select(row => (row.ConnId, row.IsReadable(tx.Database) ? row.ToConnection(tx.Database) : null))];

    /// <summary>False when there was none.</summary>
    public static async Task<bool> DeleteAsync(Transaction tx, string connId) => await tx.ExecuteAsync(Delete, new { connId }) == 1;

    private sealed class Row
    {
        public required string ConnId { get; init; }

        public required string ConnType { get; init; }

        public string? Description { get; init; }

        public string? Host { get; init; }

        public string? Login { get; init; }

        public string? Password { get; init; }

        public string? Schema { get; init; }

        public int? Port { get; init; }

        public string? Extra { get; init; }

        public bool IsReadable(Database database) => (Password is null || database.Keys.Read(Password)) && (Extra is null || database.Keys.Read(Extra));

        public Connection ToConnection(Database database) => new(ConnId, ConnType)
        {
            Description = Description,
            Host = Host,
            Login = Login,
            Password = Password is null ? null : database.Keys.Decrypt(Password, $"The password of connection '{ConnId}'"),
            Schema = Schema,
            Port = Port,
            Extra = Extra is null ? [] : JsonNode.Parse(database.Keys.Decrypt(Extra, $"The extra of connection '{ConnId}'")!)!.AsObject(),
        };
    }
}
