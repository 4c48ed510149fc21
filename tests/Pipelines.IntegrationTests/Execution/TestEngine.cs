using System.Text.Json.Nodes;
using Hangfire;
using Hangfire.Client;
using Hangfire.States;
using Hangfire.Storage;
using Hangfire.Storage.Monitoring;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Activities;
using Pipelines.Engine;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Execution.Transport;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Hitl;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Runs;
using Pipelines.Storage.Secrets;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>A database, a real Hangfire server on it, and DAGs of one probe per task. The engine's clock is the test's.</summary>
public sealed class TestEngine : IAsyncDisposable
{
    private static int _workers;

    private readonly TestDatabase _testDatabase;
    private readonly ServiceProvider _services;
    private readonly List<IHostedService> _hosted = [];
    private JobWatch _watch = null!;

    private TestEngine(TestDatabase testDatabase, WorkerOptions options, int parallelism, bool defaultDeferrable)
    {
        _testDatabase = testDatabase;
        Database = new Database(testDatabase.ConnectionString, new FernetKeys(FernetKey.Generate()));
        _services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(Log))
            .AddSingleton(Database)
            .AddSingleton<TimeProvider>(Time)
            .AddSingleton(new ActivityCatalog([
                Probe, Sensor, Teller, new Http(), new Bash(), new Email(), new Branch(), new ShortCircuit(), new LatestOnly(), new ExternalTaskSensor(), new Hitl(), new Approval(), new HitlBranch(), new TriggerDagRun(),
            ], defaultDeferrable))
            .AddPipelinesEngine(new EngineSettings { WorkflowsFolder = "", Parallelism = parallelism })
            .AddHangfireTransport()
            .AddWorker(options)
            .BuildServiceProvider();
    }

    public Probe Probe { get; } = new();

    public ProbeSensor Sensor { get; } = new();

    /// <summary>A notifier that does what the test says.</summary>
    public Probe Teller { get; } = new("Teller", NotifierUse.Redelivered);

    /// <summary>What the DAGs to come set, by name.</summary>
    public Dictionary<string, string> DagSettings { get; } = [];

    /// <summary>The host's log.</summary>
    public HeardLog Log { get; } = new();

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero));

    public Database Database { get; }

    public TestDatabase Sql => _testDatabase;

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Starts an engine; without a worker, queued tasks wait until <see cref="StartWorkerAsync"/>.</summary>
    public static async Task<TestEngine> StartAsync(bool worker = true, WorkerOptions? options = null, int threads = 2, int parallelism = 32, bool defaultDeferrable = false)
    {
        // Hangfire's tables take a second to make, so they are part of the template.
        var testDatabase = await TestDatabase.FromTemplateAsync("engine", async connectionString =>
        {
            await using var database = new Database(connectionString);
            await Migrator.MigrateAsync(database);
            _ = new TransportStorage(connectionString, workerCount: 0, new TaskNames(_ => null));
        });
        var engine = new TestEngine(testDatabase, (options ?? new WorkerOptions()) with { WorkerCount = threads, Name = $"test-worker-{Interlocked.Increment(ref _workers)}" }, parallelism, defaultDeferrable);
        engine.Get<JobStorage>();
        engine._watch = await JobWatch.StartAsync(testDatabase);
        if (worker) await engine.StartWorkerAsync();
        return engine;
    }

    public async Task StartWorkerAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
            _hosted.Add(service);
        }
    }

    public async Task StopWorkerAsync()
    {
        foreach (var service in _hosted) await service.StopAsync(CancellationToken.None);
        _hosted.Clear();
    }

    /// <summary>Stores a DAG of these tasks and starts a run of it.</summary>
    public Task<long> StartRunAsync(string dagId, params TestTask[] tasks) => StartFileAsync(dagId, FileOf(dagId, tasks));

    /// <summary>As <see cref="StartRunAsync"/>, of a DAG file's text.</summary>
    public async Task<long> StartFileAsync(string dagId, string text)
    {
        var file = DagFile.Read(text, $"{dagId}.json", Get<ActivityCatalog>());
        Assert.That(file.Errors, Is.Empty);
        var now = Time.GetUtcNow();
        var runId = await Database.InTransactionAsync(async tx =>
        {
            await DagTable.PutAsync(tx, new StoredDag { DagId = dagId, FileName = $"{dagId}.json", TimetableSummary = "None", Owner = "test", MaxActiveRuns = 16, IsPaused = false });
            var version = await DagVersionTable.AddAsync(tx, dagId, new DagVersionContent(file.Hash!, text), null, now);
            await DagTable.SetVersionAsync(tx, dagId, version);
            var run = await DagRunTable.AddAsync(tx, new NewDagRun
            {
                DagId = dagId,
                RunId = "manual__1",
                RunType = DagRunType.Manual,
                RunAfter = now,
                TriggeredBy = RunTriggeredBy.Cli,
                DagVersionId = version,
                MaxActiveTasks = 16,
            }, now);
            await TaskInstanceTable.AddAsync(tx, run!.Value, file.Dag!.Tasks);
            await DagRunTable.StartAsync(tx, run.Value, now);
            return run.Value;
        });
        await PlanAsync(runId);
        return runId;
    }

    /// <summary>What the scheduler's tick does for one run.</summary>
    public async Task PlanAsync(long runId)
    {
        var work = await Database.InTransactionAsync(tx => Get<RunPlanning>().PlanAsync(tx, runId, Time.GetUtcNow()));
        await work.HandOverAsync(Get<ITaskQueue>());
    }

    public async Task<TaskInstance> TaskAsync(long runId, string taskId) =>
        (await Database.InTransactionAsync(tx => TaskInstanceTable.OfRunAsync(tx, runId))).Single(task => task.TaskId == taskId);

    /// <summary>Waits until Hangfire shows the task's job in this state.</summary>
    public async Task<TaskInstance> UntilJobIsAsync(long runId, string taskId, string state)
    {
        await _watch.UntilAsync(
            async () => JobState(await TaskAsync(runId, taskId)) == state,
            async () => $"job of {taskId} is {state}; it is {JobState(await TaskAsync(runId, taskId))} and the task is {await TaskAsync(runId, taskId)}");
        return await TaskAsync(runId, taskId);
    }

    /// <summary>Waits until the condition holds; it is asked when a job, a task instance or a log has changed.</summary>
    public Task UntilAsync(Func<Task<bool>> holds, string what) => _watch.UntilAsync(holds, () => Task.FromResult(what));

    /// <summary>Waits until the task instance is in this state.</summary>
    public async Task<TaskInstance> UntilTaskIsAsync(long runId, string taskId, TaskState state)
    {
        await UntilAsync(async () => (await TaskAsync(runId, taskId)).State == state, $"{taskId} is {state}");
        return await TaskAsync(runId, taskId);
    }

    /// <summary>The client that Hangfire's dashboard makes from these services, see Hangfire.NetCore's DefaultClientManagerFactory.</summary>
    public IBackgroundJobClient DashboardClient() =>
        new BackgroundJobClient(Get<JobStorage>(), Get<IBackgroundJobFactory>(), Get<IBackgroundJobStateChanger>());

    /// <summary>A job's states as the dashboard lists them, the oldest first.</summary>
    public List<StateHistoryDto> History(TaskInstance task) => [.. Get<JobStorage>().GetMonitoringApi().JobDetails(task.HangfireJobId).History.Reverse()];

    /// <summary>The ids on the dashboard's Retries page.</summary>
    public List<string> RetriesPage()
    {
        using var connection = (JobStorageConnection)Get<JobStorage>().GetConnection();
        return connection.GetRangeFromSet("retries", 0, 100);
    }

    public async Task<IReadOnlyList<TaskAttempt>> AttemptsAsync(TaskInstance task) =>
        await Database.InTransactionAsync(tx => TaskAttemptTable.OfTaskInstanceAsync(tx, task.Id));

    /// <summary>The messages of an attempt's log.</summary>
    public async Task<List<string>> LogAsync(TaskAttempt attempt) =>
        [.. (await Database.InTransactionAsync(tx => LogTable.ReadAsync(tx, attempt.Id))).Lines.Select(line => line.Message)];

    public async ValueTask DisposeAsync()
    {
        await StopWorkerAsync();
        await _watch.DisposeAsync();
        await _services.DisposeAsync();
        await Database.DisposeAsync();
        await _testDatabase.DisposeAsync();
    }

    public string? JobState(TaskInstance task)
    {
        using var connection = Get<JobStorage>().GetConnection();
        return task.HangfireJobId is { } id ? connection.GetJobData(id)?.State : null;
    }

    private string FileOf(string dagId, TestTask[] tasks)
    {
        var settings = DagSettings.Select(setting => KeyValuePair.Create(setting.Key, (JsonNode?)setting.Value));
        var activities = new JsonArray { new JsonObject([new("id", "dag1"), new("type", "Pipelines.Dag"), .. settings]) };
        var connections = new JsonArray();
        foreach (var (index, task) in tasks.Index())
        {
            var activity = new JsonObject { ["id"] = $"id-{task.TaskId}", ["name"] = task.TaskId, ["type"] = task.Type };
            foreach (var (name, value) in task.Inputs) activity[name] = Input(name, value);
            activities.Add(activity);
            foreach (var before in task.After ?? (index == 0 ? [] : [tasks[index - 1].TaskId]))
            {
                var (source, port) = before.Split('.') is [var from, var named] ? (from, named) : (before, "Done");
                connections.Add(new JsonObject
                {
                    ["source"] = new JsonObject { ["activity"] = $"id-{source}", ["port"] = port },
                    ["target"] = new JsonObject { ["activity"] = $"id-{task.TaskId}", ["port"] = "In" },
                });
            }
        }

        return new JsonObject
        {
            ["definitionId"] = dagId,
            ["root"] = new JsonObject { ["id"] = "flow1", ["type"] = "Elsa.Flowchart", ["activities"] = activities, ["connections"] = connections },
        }.ToJsonString();
    }

    // Settings are Literal, also those that hold templates.
    private static JsonObject Input(string name, string value) => new()
    {
        ["typeName"] = "String",
        ["expression"] = new JsonObject { ["type"] = name != HitlInputs.Notifiers && TaskInputs.All.All(setting => setting.Name != name) && value.Contains("{{", StringComparison.Ordinal) ? "Jinja" : "Literal", ["value"] = value },
    };
}

/// <summary>A task of a test DAG.</summary>
public sealed record TestTask(string TaskId, params (string Name, string Value)[] Inputs)
{
    public string Type { get; init; } = "Probe";

    /// <summary>The tasks before it, as <c>task</c> or <c>task.port</c>; null: the one before it in the list.</summary>
    public IReadOnlyList<string>? After { get; init; }
}
