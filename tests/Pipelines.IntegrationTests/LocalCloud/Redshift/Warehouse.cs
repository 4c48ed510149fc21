using System.IO.Compression;
using System.Text;
using Npgsql;
using Pipelines.LocalCloud.Redshift;
using Pipelines.LocalCloud.S3.Objects;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.LocalCloud.Redshift;

/// <summary>A Redshift endpoint with a database and a bucket of its own.</summary>
internal sealed class Warehouse : IAsyncDisposable
{
    public const string Password = "Secret pass'word1";
    public const string Role = "arn:aws:iam::000000000000:role/load";
    public const string Bucket = "lake";

    private readonly TemporaryDirectory _folder;
    private readonly TestDatabase _database;
    private readonly RedshiftEndpoint _endpoint;

    private Warehouse(TemporaryDirectory folder, TestDatabase database, ObjectStore store, RedshiftEndpoint endpoint) =>
        (_folder, _database, Store, _endpoint) = (folder, database, store, endpoint);

    public ObjectStore Store { get; }

    public int Port => _endpoint.Port;

    public string Database => _database.Name;

    public static async Task<Warehouse> StartAsync()
    {
        var server = await TestPostgres.ServerAsync();
        var database = await TestPostgres.CreateDatabaseAsync();
        var folder = new TemporaryDirectory();
        var store = ObjectStore.Open(folder.Path);
        store.CreateBucket(Bucket);
        var endpoint = await RedshiftEndpoint.StartAsync(new RedshiftOptions
        {
            BackendConnectionString = server.ConnectionString(),
            Databases = [database.Name],
            Password = Password,
            RoleArn = Role,
            AccessKey = "key",
            SecretKey = "secret",
            Store = store,
        });
        return new Warehouse(folder, database, store, endpoint);
    }

    public string ConnectionString(string mode = "Redshift") => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = "awsuser",
        Password = Password,
        Database = Database,
        Pooling = false,
        ["Server Compatibility Mode"] = mode,
    }.ConnectionString;

    public async Task<NpgsqlConnection> OpenAsync(string mode = "Redshift")
    {
        var connection = new NpgsqlConnection(ConnectionString(mode));
        await connection.OpenAsync();
        return connection;
    }

    public Task PutAsync(string key, string text) => PutAsync(key, Encoding.UTF8.GetBytes(text));

    public Task PutAsync(string key, byte[] content) => Store.PutAsync(Bucket, key, new MemoryStream(content));

    public static byte[] Gzip(string text)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return target.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        await _endpoint.DisposeAsync();
        await _database.DisposeAsync();
        Store.Dispose();
        _folder.Dispose();
    }
}

internal static class Sql
{
    public static async Task RunAsync(this NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<T?> ReadAsync<T>(this NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T?)await command.ExecuteScalarAsync();
    }

    /// <summary>All rows, each as its values with a bar between them; NULL is shown as ∅.</summary>
    public static async Task<string[]> RowsAsync(this NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "∅" : FormattableString.Invariant($"{reader.GetValue(i)}"))));
        return [.. rows];
    }

    public static async Task<PostgresException> FailAsync(this NpgsqlConnection connection, string sql)
    {
        try
        {
            await connection.RunAsync(sql);
        }
        catch (PostgresException failure)
        {
            return failure;
        }
        throw new AssertionException($"This was expected to fail: {sql}");
    }
}
