namespace Pipelines.Web;

/// <summary>Settings of a host. Each is an environment variable <c>PIPELINES_…</c>; the command line may override it.</summary>
public sealed record PipelinesOptions
{
    /// <summary>Npgsql connection string of the metadata database (<c>PIPELINES_DATABASE</c>).</summary>
    public required string Database { get; init; }

    /// <summary>Comma list of Fernet keys, the first one encrypts (<c>PIPELINES_FERNET_KEY</c>). Shared by all hosts.</summary>
    public required string FernetKey { get; init; }

    /// <summary>Directory of the login cookies' key ring (<c>PIPELINES_KEYS_DIRECTORY</c>). Shared by all web hosts.</summary>
    public required string KeysDirectory { get; init; }

    /// <summary>What bearer tokens are signed with (<c>PIPELINES_JWT_SECRET</c>). Shared by all web hosts.</summary>
    public required string JwtSecret { get; init; }

    /// <summary>Folder of DAG files (<c>PIPELINES_WORKFLOWS</c>).</summary>
    public string Workflows { get; init; } = "workflows";

    /// <summary>Where the web UI listens (<c>PIPELINES_URL</c>).</summary>
    public Uri Url { get; init; } = new("http://127.0.0.1:8080");

    /// <summary>Tasks that a worker runs at a time (<c>PIPELINES_WORKERS</c>).</summary>
    public int Workers { get; init; } = 8;

    /// <summary>Airflow queues that a worker serves (<c>PIPELINES_QUEUES</c>, comma list).</summary>
    public IReadOnlyList<string> Queues { get; init; } = ["default"];

    /// <summary>How long running tasks may go on when a worker is told to stop, before they are handed back (<c>PIPELINES_STOP_GRACE</c>, seconds).</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Password of the first admin (<c>PIPELINES_ADMIN_PASSWORD</c>); null: one is generated and printed.</summary>
    public string? AdminPassword { get; init; }

    /// <summary>What this process does.</summary>
    public HostRoles Roles { get; init; } = HostRoles.All;

    /// <summary>Log level of the console: Warning keeps a terminal quiet.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;
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
