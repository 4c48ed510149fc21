using Npgsql;
using Pipelines.LocalCloud.Postgres;

namespace Pipelines.TestKit;

/// <summary>A database of one test or fixture on the shared server, dropped when disposed.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly EmbeddedPostgres _server;

    internal TestDatabase(EmbeddedPostgres server, string name) => (_server, Name) = (server, name);

    public string Name { get; }

    /// <summary>The superuser's connection string.</summary>
    public string ConnectionString => _server.ConnectionString(Name);

    /// <summary>The superuser's <c>postgres://</c> URI.</summary>
    public string Uri => _server.Uri(Name);

    /// <summary>A fresh copy of a template prepared once: see <see cref="TestPostgres.CloneAsync"/>.</summary>
    public static Task<TestDatabase> FromTemplateAsync(string name, Func<string, Task> prepare) => TestPostgres.CloneAsync(name, prepare);

    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of the first row.</summary>
    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await using (var pool = new NpgsqlConnection(ConnectionString))
            NpgsqlConnection.ClearPool(pool);
        await TestPostgres.DropAsync(Name);
    }
}
