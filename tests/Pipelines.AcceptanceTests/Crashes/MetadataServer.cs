using Npgsql;
using Pipelines.LocalCloud.Postgres;
using Pipelines.TestKit.Faults;

namespace Pipelines.AcceptanceTests.Crashes;

/// <summary>The PostgreSQL of the engine's own database, durable as in production (fsync), which can be killed and comes back on its port.</summary>
internal sealed class MetadataServer : IAsyncDisposable
{
    private const string Name = "pipelines";

    private readonly PostgresOptions _options;
    private EmbeddedPostgres _server;

    private MetadataServer(PostgresOptions options, EmbeddedPostgres server) => (_options, _server) = (options, server);

    /// <summary>Where it listens.</summary>
    public int Port => _server.Port;

    /// <summary>For the test's own eyes: around every proxy.</summary>
    public string ConnectionString => _server.ConnectionString(Name) + ";Timeout=5;Maximum Pool Size=10";

    public static async Task<MetadataServer> StartAsync(string directory)
    {
        var options = new PostgresOptions { DataDirectory = directory, MaxConnections = 400 };
        var server = await EmbeddedPostgres.StartAsync(options);
        await server.EnsureDatabaseAsync(Name);
        return new MetadataServer(options with { Port = server.Port }, server);
    }

    /// <summary>The connection string that leads through a proxy.</summary>
    public string Through(PostgresProxy proxy) => new NpgsqlConnectionStringBuilder(_server.ConnectionString(Name)) { Port = proxy.Port }.ConnectionString;

    /// <summary>kill -9 of the postmaster, or of all its processes together; returns when the last has gone.</summary>
    public async Task KillAsync(bool wholeCluster)
    {
        var group = Group();
        if (wholeCluster) foreach (var process in group) Signal.Send(process, Signal.Kill);
        else Signal.Send(_server.ProcessId, Signal.Kill);
        // The others notice that their postmaster has gone; a server that starts beside them would refuse.
        await Until.TrueAsync(() => Task.FromResult(!group.Any(process => IsServer(process))), TimeSpan.FromSeconds(30),
            () => Task.FromResult("processes of the killed PostgreSQL are left"));
    }

    /// <summary>Starts again on the same data and port, and recovers.</summary>
    public async Task StartAgainAsync()
    {
        await _server.DisposeAsync();
        _server = await EmbeddedPostgres.StartAsync(_options);
    }

    /// <summary>A fast restart, as an administrator does it.</summary>
    public Task RestartAsync() => StartAgainAsync();

    /// <summary>Runs statements.</summary>
    public async Task<int> ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first value of the first row; default when there is none or it is null.</summary>
    public async Task<T?> ScalarAsync<T>(string sql) => (await RowsAsync(sql)) is [[T value, ..], ..] ? value : default;

    /// <summary>All rows.</summary>
    public async Task<List<object?[]>> RowsAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<object?[]>();
        while (await reader.ReadAsync()) rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))]);
        return rows;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    // The postmaster leads a session of its own, so its children are those with its parent id.
    private List<int> Group()
    {
        var found = new List<int> { _server.ProcessId };
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), out var process) && ParentOf(process) == _server.ProcessId) found.Add(process);
        return found;
    }

    private static bool IsServer(int process) => ParentOf(process) is not null;

    /// <summary>The parent of a living process; null: it has gone.</summary>
    private static int? ParentOf(int process)
    {
        try
        {
            // pid (name) state ppid …
            var stat = File.ReadAllText($"/proc/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : int.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
