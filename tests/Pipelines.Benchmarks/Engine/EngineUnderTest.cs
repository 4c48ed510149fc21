using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pipelines.Engine;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.LocalCloud.Postgres;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Secrets;
using Pipelines.TestKit;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Pipelines.Benchmarks.Engine;

/// <summary>Scheduler and worker of the product in this process, with activities of the benchmark, on a PostgreSQL that writes to the disk (fsync).</summary>
internal sealed class EngineUnderTest : IAsyncDisposable
{
    /// <summary>Who does what a person does.</summary>
    public static readonly Actor Person = new("benchmark", RunTriggeredBy.Cli);

    private readonly TemporaryDirectory _folder = new();
    private readonly EmbeddedPostgres _postgres;
    private readonly ServiceProvider _services;

    private EngineUnderTest(EmbeddedPostgres postgres, string database, int workers, IActivity[] activities)
    {
        _postgres = postgres;
        ConnectionString = database;
        Sql = NpgsqlDataSource.Create(database);
        _services = new ServiceCollection()
            .AddLogging(logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning))
            .AddPipelinesStorage(database, new FernetKeys(FernetKey.Generate()))
            .AddSingleton(new ActivityCatalog(activities))
            .AddPipelinesEngine(new EngineSettings { WorkflowsFolder = _folder.Path })
            .AddHangfireTransport()
            .AddWorker(new WorkerOptions { WorkerCount = workers })
            .AddPipelinesScheduler()
            .BuildServiceProvider();
    }

    public string ConnectionString { get; }

    public NpgsqlDataSource Sql { get; }

    /// <summary>Starts everything; <paramref name="started"/> false: only the schema is made.</summary>
    public static async Task<EngineUnderTest> StartAsync(int workers, IActivity[] activities, bool started = true)
    {
        var data = Directory.CreateTempSubdirectory("pipelines-benchmark-").FullName;
        var postgres = await EmbeddedPostgres.StartAsync(new PostgresOptions
        {
            DataDirectory = data,
            Settings = new Dictionary<string, string> { ["shared_preload_libraries"] = "pg_stat_statements", ["shared_buffers"] = "512MB", ["max_wal_size"] = "4GB" },
        });
        var engine = new EngineUnderTest(postgres, await postgres.EnsureDatabaseAsync("pipelines"), workers, activities);
        await Migrator.MigrateAsync(engine._services.GetRequiredService<Database>());
        if (started) foreach (var service in engine._services.GetServices<IHostedService>()) await service.StartAsync(CancellationToken.None);
        return engine;
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>A database beside ours on the same server.</summary>
    public Task<string> OtherDatabaseAsync(string name) => _postgres.EnsureDatabaseAsync(name);

    /// <summary>Makes a DAG live.</summary>
    public async Task AddAsync(BenchmarkDag dag)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, $"{dag.DagId}.json"), dag.ToJson());
        // The started scheduler reads the folder as well, and one reads at a time.
        while (await ScalarAsync<long>($"SELECT count(*) FROM pipelines.dag WHERE dag_id = '{dag.DagId}'") == 0)
            await Get<DagFolder>().SyncAsync(DateTimeOffset.UtcNow, CancellationToken.None);
    }

    /// <summary>Triggers a run as a person does, and waits for its success.</summary>
    /// <returns>From the trigger's call to the stored end of the run.</returns>
    public async Task<TimeSpan> RunAsync(string dagId)
    {
        var began = DateTimeOffset.UtcNow;
        var run = await TriggerAsync(dagId);
        while (true)
        {
            await using var command = Sql.CreateCommand("SELECT state, end_date FROM pipelines.dag_run WHERE id = @id");
            command.Parameters.AddWithValue("id", run.Id);
            await using var row = await command.ExecuteReaderAsync();
            await row.ReadAsync();
            if (!await row.IsDBNullAsync(1))
                return row.GetString(0) == "success" ? row.GetFieldValue<DateTimeOffset>(1) - began : throw new InvalidOperationException($"The run of {dagId} ended as {row.GetString(0)}.");
            await row.CloseAsync();
            await Task.Delay(20);
        }
    }

    /// <summary>Triggers a run as a person does.</summary>
    public async Task<DagRun> TriggerAsync(string dagId) =>
        (await Get<TriggerDagRun>().ExecuteAsync(new TriggerRequest(dagId), Person, CancellationToken.None)).Run;

    /// <summary>One number.</summary>
    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Sql.CreateCommand(sql);
        command.CommandTimeout = 0;
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Runs statements, as long as they take.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var command = Sql.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>().Reverse()) await service.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
        await Sql.DisposeAsync();
        await _postgres.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(_postgres.DataDirectory.TrimEnd('/')) is { } parent && parent.Contains("pipelines-benchmark-", StringComparison.Ordinal) ? parent : _postgres.DataDirectory, recursive: true);
        _folder.Dispose();
    }
}
