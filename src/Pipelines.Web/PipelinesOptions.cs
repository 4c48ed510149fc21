using Pipelines.Engine;
using Pipelines.Engine.Execution;
using Pipelines.Model.Runs;
using Pipelines.Web.Components;
using Pipelines.Web.Settings;

namespace Pipelines.Web;

/// <summary>Settings of a host. <see cref="HostSettings"/> says what each is called in the environment, and means.</summary>
public sealed record PipelinesOptions
{
    private static readonly EngineSettings Engine = new() { WorkflowsFolder = "workflows" };
    private static readonly WorkerOptions Worker = new();

    /// <summary>Npgsql connection string of the metadata database.</summary>
    public required string Database { get; init; }

    /// <summary>How long a starting host waits for a database that does not answer.</summary>
    public TimeSpan DatabaseWait { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Comma list of Fernet keys, the first one encrypts. Shared by all hosts.</summary>
    public required string FernetKey { get; init; }

    /// <summary>Directory of the login cookies' key ring. Shared by all web hosts.</summary>
    public required string KeysDirectory { get; init; }

    /// <summary>What bearer tokens are signed with. Shared by all web hosts.</summary>
    public required string JwtSecret { get; init; }

    /// <summary>Folder of DAG files.</summary>
    public string Workflows { get; init; } = Engine.WorkflowsFolder;

    /// <summary>Folder of plugins.</summary>
    public string Plugins { get; init; } = Engine.PluginsFolder;

    /// <summary>Whether a sensor that says nothing of it is deferrable.</summary>
    public bool DefaultDeferrable { get; init; } = Engine.DefaultDeferrable;

    /// <summary>True: the folder's <c>examples/</c> are DAGs too.</summary>
    public bool LoadExamples { get; init; } = Engine.LoadExamples;

    /// <summary>True: the designer may publish and test activities that run code on the workers.</summary>
    public bool DesignerAllowCode { get; init; } = Engine.DesignerAllowCode;

    /// <summary>Task instances queued or running at a time in the whole installation.</summary>
    public int Parallelism { get; init; } = Engine.Parallelism;

    /// <summary>False: what a run was triggered with leaves its params as they are.</summary>
    public bool DagRunConfOverridesParams { get; init; } = Engine.DagRunConfOverridesParams;

    /// <summary>Time between two ticks of the scheduler when nothing calls for one sooner.</summary>
    public TimeSpan Tick { get; init; } = Engine.TickInterval;

    /// <summary>Time between two looks at the DAG folder.</summary>
    public TimeSpan FolderInterval { get; init; } = Engine.FolderInterval;

    /// <summary>A queued task that nobody claimed for this long is handed to Hangfire again.</summary>
    public TimeSpan HandAgainAfter { get; init; } = Engine.HandAgainAfter;

    /// <summary>Task logs of attempts that started longer ago are deleted.</summary>
    public TimeSpan LogRetention { get; init; } = Engine.LogRetention;

    /// <summary>Where the host listens.</summary>
    public Uri Url { get; init; } = new("http://127.0.0.1:8080");

    /// <summary>Where people find the pages; null: where a host with pages listens, or at Airflow's usual place.</summary>
    public Uri? BaseUrl { get; init; }

    /// <summary>Tasks that a worker runs at a time.</summary>
    public int Workers { get; init; } = 8;

    /// <summary>Airflow queues that a worker serves.</summary>
    public IReadOnlyList<string> Queues { get; init; } = Worker.Queues;

    /// <summary>How long a claim holds without renewal.</summary>
    public TimeSpan Lease { get; init; } = Worker.Lease;

    /// <summary>How long running tasks may go on when their worker stops.</summary>
    public TimeSpan StopGrace { get; init; } = Worker.StopGrace;

    /// <summary>Entries that the result of a task may have when others are mapped over it.</summary>
    public int MaxMapLength { get; init; } = Worker.MaxMapLength;

    /// <summary>The secrets backend, by the name of Airflow's class; null: none.</summary>
    public string? SecretsBackend { get; init; }

    /// <summary>How it is set up, a JSON object; null: as it is by default.</summary>
    public string? SecretsBackendKwargs { get; init; }

    /// <summary>True: what the secrets backend has said is good for a while.</summary>
    public bool SecretsUseCache { get; init; }

    /// <summary>How long it is good then.</summary>
    public TimeSpan SecretsCacheTtl { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Password of the first admin; null: one is generated and printed.</summary>
    public string? AdminPassword { get; init; }

    /// <summary>Proxies whose word on a client's address and scheme is taken.</summary>
    public IReadOnlyList<System.Net.IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>What this process does.</summary>
    public HostRoles Roles { get; init; } = HostRoles.All;

    /// <summary>Log level of the console: Warning keeps a terminal quiet.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>For whom the console's log is written.</summary>
    public LogFormat LogFormat { get; init; } = LogFormat.Text;

    /// <summary>Who brings it may read the metrics; null: nobody may.</summary>
    public string? MetricsToken { get; init; }

    /// <summary>Where metrics and traces are sent; null: nowhere.</summary>
    public Uri? Otlp { get; init; }

    /// <summary>The longest that the process takes to end when it is told to stop.</summary>
    public TimeSpan ShutdownTimeout => TimeSpan.FromSeconds(10) + (Roles.HasFlag(HostRoles.Worker) ? ForWorker().LongestStop : TimeSpan.Zero);

    /// <summary>What the engine is told.</summary>
    public EngineSettings ForEngine() => Engine with
    {
        WorkflowsFolder = Workflows,
        PluginsFolder = Plugins,
        DefaultDeferrable = DefaultDeferrable,
        LoadExamples = LoadExamples,
        DesignerAllowCode = DesignerAllowCode,
        Parallelism = Parallelism,
        DagRunConfOverridesParams = DagRunConfOverridesParams,
        TaskUrl = TaskUrl,
        TickInterval = Tick,
        FolderInterval = FolderInterval,
        HandAgainAfter = HandAgainAfter,
        LeaseGrace = Lease,
        LogRetention = LogRetention,
    };

    // Two renewals may fail before a claim is lost.
    internal WorkerOptions ForWorker() => Worker with
    {
        WorkerCount = Workers,
        Queues = Queues,
        Lease = Lease,
        RenewEvery = Worker.RenewEvery < Lease / 3 ? Worker.RenewEvery : Lease / 3,
        StopGrace = StopGrace,
        MaxMapLength = MaxMapLength,
        ConfOverridesParams = DagRunConfOverridesParams,
        TaskUrl = TaskUrl,
    };

    // Behind a proxy the pages may lie below a path.
    private string TaskUrl(TaskInstanceKey key, int tryNumber) =>
        (BaseUrl ?? (Roles.HasFlag(HostRoles.Web) ? Url : new Uri("http://localhost:8080"))).ToString().TrimEnd('/')
        + Links.Task(key.DagId, key.RunId, key.TaskId, tryNumber > 0 ? FormattableString.Invariant($"{tryNumber}") : null, key.MapIndex);
}

/// <summary>Who reads a log.</summary>
public enum LogFormat
{
    /// <summary>People: one line per event.</summary>
    Text,

    /// <summary>Programs: one JSON object per event.</summary>
    Json,
}

/// <summary>What a host does. Any number of hosts of each role may run side by side.</summary>
[Flags]
public enum HostRoles
{
    /// <summary>Only the health endpoint.</summary>
    None = 0,

    /// <summary>Web UI, Hangfire dashboard and API.</summary>
    Web = 1,

    /// <summary>Creates due runs, heals, reads DAG files.</summary>
    Scheduler = 2,

    /// <summary>Runs tasks.</summary>
    Worker = 4,

    /// <summary>Everything.</summary>
    All = Web | Scheduler | Worker,
}
