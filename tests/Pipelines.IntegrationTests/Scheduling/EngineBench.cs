using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Activities;
using Pipelines.Engine;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.IntegrationTests.Storage;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>A scheduler on a fresh database and a folder of its own, with a clock that the test moves; the test plays the worker.</summary>
public sealed class EngineBench : IAsyncDisposable
{
    private readonly Migrated _migrated;
    private readonly TemporaryDirectory _folder = new();
    private readonly ServiceProvider _services;

    private EngineBench(Migrated migrated, Func<EngineSettings, EngineSettings>? settings)
    {
        _migrated = migrated;
        _services = NewHost(settings);
    }

    public static TimeSpan Lease { get; } = TimeSpan.FromSeconds(30);

    public static Actor Actor { get; } = new("ada", RunTriggeredBy.Cli);

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 10, 12, 0, 0, TimeSpan.Zero));

    public DateTimeOffset Now => Time.GetUtcNow();

    public Database Database => _migrated.Database;

    public TestDatabase Server => _migrated.Server;

    public string Folder => _folder.Path;

    /// <summary>What the engine gave to Hangfire.</summary>
    public RecordedQueue Queue { get; } = new();

    public static async Task<EngineBench> CreateAsync(Func<EngineSettings, EngineSettings>? settings = null) => new(await Migrated.CreateAsync(), settings);

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>The services of one more host on the same database.</summary>
    public ServiceProvider NewHost(Func<EngineSettings, EngineSettings>? settings = null)
    {
        var standard = new EngineSettings { WorkflowsFolder = Folder, FolderQuiet = TimeSpan.Zero, LeaseGrace = TimeSpan.Zero };
        var services = new ServiceCollection();
        services.AddLogging().AddSingleton<TimeProvider>(Time).AddSingleton(Database).AddSingleton<ITaskQueue>(Queue);
        services.AddSingleton(new ActivityCatalog([new Nothing(), new FileSensor(), new SqlSensor()]));
        services.AddPipelinesEngine(settings?.Invoke(standard) ?? standard).AddPipelinesScheduler();
        return services.BuildServiceProvider();
    }

    public void Write(string dagId, string json) => File.WriteAllText(Path.Combine(Folder, $"{dagId}.json"), json);

    /// <summary>Writes a DAG that is not paused, and reads the folder.</summary>
    public async Task AddDagAsync(string dagId, string edges, params (string Name, JsonNode Value)[] settings)
    {
        Write(dagId, DagJson.Of(dagId, edges, [.. settings, ("isPausedUponCreation", "false")]));
        await SyncAsync();
    }

    /// <summary>As above, with the inputs of each task.</summary>
    public async Task AddDagAsync(string dagId, string edges, Func<string, (string Name, JsonNode Value)[]> inputs, params (string Name, JsonNode Value)[] settings)
    {
        Write(dagId, DagJson.Of(dagId, edges, inputs, "Nothing", [.. settings, ("isPausedUponCreation", "false")]));
        await SyncAsync();
    }

    public Task SyncAsync() => Get<DagFolder>().SyncAsync(Now, CancellationToken.None);

    public async Task TickAsync()
    {
        await Get<Scheduler>().TickAsync(Now, CancellationToken.None);
        await Get<Scheduler>().ToldAsync();
    }

    public async Task<DagRun> TriggerAsync(string dagId)
    {
        var run = (await Get<Engine.Operations.TriggerDagRun>().ExecuteAsync(new TriggerRequest(dagId), Actor, CancellationToken.None)).Run;
        await TickAsync();
        return run;
    }

    public Task<IReadOnlyList<DagRun>> RunsAsync(string dagId) => Database.InTransactionAsync(tx => DagRunQueries.NewestAsync(tx, dagId, 100));

    public async Task<DagRun> RunAsync(long id) => (await Database.InTransactionAsync(tx => DagRunQueries.FindAsync(tx, id)))!;

    public async Task<TaskInstance> TaskAsync(DagRun run, string taskId) =>
        (await Database.InTransactionAsync(tx => TaskInstanceTable.OfRunAsync(tx, run.Id))).Single(instance => instance.TaskId == taskId);

    public async Task<Dictionary<string, TaskState>> StatesAsync(DagRun run) =>
        (await Database.InTransactionAsync(tx => TaskInstanceTable.OfRunAsync(tx, run.Id))).ToDictionary(instance => instance.TaskId, instance => instance.State);

    public async Task<Claim?> ClaimAsync(DagRun run, string taskId, string worker = "host:1")
    {
        var instance = await TaskAsync(run, taskId);
        return await Database.InTransactionAsync(tx => LeaseTable.ClaimAsync(tx, instance.Id, worker, Lease, Now));
    }

    /// <summary>Lets all leases run out, which go by the database's clock.</summary>
    public Task ExpireLeasesAsync() => Server.ExecuteAsync("UPDATE pipelines.task_instance SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL");

    /// <summary>Reports as a worker does: lock the run, end the attempt, plan.</summary>
    public Task<bool> ReportAsync(Claim claim, TaskState to, TaskState from = TaskState.Running, DateTimeOffset? nextRetryAt = null) =>
        Database.InTransactionAsync(async tx =>
        {
            var instance = claim.TaskInstance;
            var run = (await DagRunTable.LockAsync(tx, instance.DagRunId))!;
            var end = new AttemptEnd
            {
                TaskInstanceId = instance.Id,
                Token = instance.Token,
                From = from,
                To = to,
                NextRetryAt = nextRetryAt,
                AttemptState = to == TaskState.Success ? TaskState.Success : TaskState.Failed,
                Error = to == TaskState.Success ? null : "it broke",
            };
            if (!await LeaseTable.EndAsync(tx, end, Now)) return false;
            await Get<RunPlanning>().PlanAfterAsync(tx, run, [new EndedTask(instance.TaskId, instance.MapIndex, to)], Now);
            return true;
        });

    public async Task RunTaskAsync(DagRun run, string taskId, TaskState to = TaskState.Success) =>
        await ReportAsync((await ClaimAsync(run, taskId))!, to);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _migrated.DisposeAsync();
        _folder.Dispose();
    }

    public sealed class RecordedQueue : ITaskQueue
    {
        public ConcurrentQueue<long> Enqueued { get; } = [];

        public ConcurrentQueue<long> Recorded { get; } = [];

        /// <summary>Hangfire answers who enqueues when this is done.</summary>
        public Task Answers { get; set; } = Task.CompletedTask;

        public Task EnqueueAsync(IReadOnlyList<long> taskInstanceIds, CancellationToken cancellation)
        {
            foreach (var id in taskInstanceIds) Enqueued.Enqueue(id);
            return Answers;
        }

        public Task RecordAsync(IReadOnlyList<long> taskInstanceIds, CancellationToken cancellation)
        {
            foreach (var id in taskInstanceIds) Recorded.Enqueue(id);
            return Task.CompletedTask;
        }
    }

    private sealed class Nothing : IActivity
    {
        public ActivityDescriptor Descriptor { get; } = new("Nothing", "Nothing", "Test", "Does nothing.",
            [new("sql", InputType.String, "SQL", "What it does not do.") { TemplateExtensions = [".sql"] }], [], ["Done"])
        {
            BeforeRunningAgain = task => task.TaskId == "adds" ? "It adds to what is there." : null,
            Notifies = NotifierUse.Once,
        };

        public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation) => Task.FromResult<Outcome>(new Outcome.Succeeded());
    }
}
