using System.Collections.Concurrent;
using Npgsql;
using Pipelines.LocalCloud.Postgres;

namespace Pipelines.TestKit;

/// <summary>
/// One embedded PostgreSQL per test run, started when the first test asks and stopped when the process ends. It trades safety for speed
/// (no fsync): for tests only.
/// </summary>
public static class TestPostgres
{
    private static readonly Lazy<Task<EmbeddedPostgres>> Shared = new(StartAsync);
    private static readonly ConcurrentDictionary<string, Lazy<Task>> Templates = new();
    private static int _databases;

    /// <summary>The shared server.</summary>
    public static Task<EmbeddedPostgres> ServerAsync() => Shared.Value;

    /// <summary>A fresh, empty database.</summary>
    public static async Task<TestDatabase> CreateDatabaseAsync() => await CreateAsync(template: null);

    /// <summary>A fresh copy of the database that <paramref name="prepare"/> filled; it runs once per <paramref name="name"/> and test run.</summary>
    /// <param name="name">Names the template, for example "migrated".</param>
    /// <param name="prepare">Gets the template's connection string. It need not close pooled connections.</param>
    public static async Task<TestDatabase> CloneAsync(string name, Func<string, Task> prepare)
    {
        var template = $"template_{name}";
        await Templates.GetOrAdd(template, key => new Lazy<Task>(() => PrepareAsync(key, prepare))).Value;
        return await CreateAsync(template);
    }

    internal static async Task DropAsync(string name)
    {
        var server = await ServerAsync();
        await using var admin = new NpgsqlConnection(server.ConnectionString());
        await admin.OpenAsync();
        await using var drop = new NpgsqlCommand($"DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)", admin);
        await drop.ExecuteNonQueryAsync();
    }

    private static async Task PrepareAsync(string template, Func<string, Task> prepare)
    {
        var server = await ServerAsync();
        var connectionString = await server.CreateDatabaseAsync(template);
        await prepare(connectionString);
        // A template with open connections cannot be copied, and prepare's may be waiting in a pool.
        NpgsqlConnection.ClearAllPools();
        await using var admin = new NpgsqlConnection(server.ConnectionString());
        await admin.OpenAsync();
        await using var release = new NpgsqlCommand("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = @template", admin);
        release.Parameters.AddWithValue("template", template);
        await release.ExecuteNonQueryAsync();
    }

    private static async Task<TestDatabase> CreateAsync(string? template)
    {
        var server = await ServerAsync();
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await server.CreateDatabaseAsync(name, template);
        return new TestDatabase(server, name);
    }

    private static async Task<EmbeddedPostgres> StartAsync()
    {
        var directory = new TemporaryDirectory();
        var server = await EmbeddedPostgres.StartAsync(new PostgresOptions { DataDirectory = directory.Path, Fsync = false });
        // The test host has no end-of-run hook that every assembly shares. A killed host is covered too: the server dies with its parent.
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            server.DisposeAsync().AsTask().GetAwaiter().GetResult();
            directory.Dispose();
        };
        return server;
    }
}
