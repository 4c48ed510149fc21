using static Pipelines.Web.Settings.SettingFormats;

namespace Pipelines.Web.Settings;

/// <summary>Every setting of a host, in the order in which people read of them.</summary>
public static class HostSettings
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Setting> All { get; } = [.. Shared(), .. Web(), .. Scheduler(), .. Worker(), .. Logs()];

    /// <summary>A host that was told nothing.</summary>
    public static PipelinesOptions Defaults { get; } = new() { Database = "", FernetKey = "", KeysDirectory = "", JwtSecret = "" };

    /// <summary>The options of these roles. What all hosts must share is never made up here.</summary>
    /// <exception cref="SettingException">A setting is missing or malformed.</exception>
    public static PipelinesOptions Read(HostRoles roles, Func<string, string?> environment) =>
        Applied(All, Defaults with { Roles = roles, Url = roles.HasFlag(HostRoles.Web) ? Defaults.Url : new Uri("http://127.0.0.1:0") }, environment);

    /// <summary>The options of a host that made itself what hosts share, with what a team sets besides.</summary>
    /// <exception cref="SettingException">A setting is malformed.</exception>
    public static PipelinesOptions ReadOver(PipelinesOptions made, Func<string, string?> environment) =>
        Applied(All.Where(setting => !setting.IsMadeByStandalone), made, environment);

    /// <summary>One of them.</summary>
    public static Setting Named(string name) => All.Single(setting => setting.Name == name);

    private static PipelinesOptions Applied(IEnumerable<Setting> settings, PipelinesOptions options, Func<string, string?> environment) =>
        settings.Aggregate(options, (sum, setting) => setting.Read(sum, environment));

    private static IEnumerable<Setting> Shared() =>
    [
        Setting.Of("DATABASE", ConnectionString, host => host.Database, (host, value) => host with { Database = value },
            "the Npgsql connection string of the metadata database, the same on every host")
            with { RequiredBy = HostRoles.All, IsSecret = true, IsMadeByStandalone = true },
        Setting.Of("DATABASE_WAIT", Seconds(0), host => host.DatabaseWait, (host, value) => host with { DatabaseWait = value },
            "the time that a starting host waits for a metadata database that does not answer; then it ends with exit code 1"),
        Setting.Of("FERNET_KEY", Keys, host => host.FernetKey, (host, value) => host with { FernetKey = value },
            "the key that encrypts connections and variables, in Airflow's format, the same on every host; 'pipelines db fernet-key' makes one; with commas between, the first encrypts and all decrypt")
            with { RequiredBy = HostRoles.All, IsSecret = true, IsMadeByStandalone = true },
        Setting.Of("URL", Address, host => host.Url, (host, value) => host with { Url = value },
            "where the host listens: the web UI, and every role's health; a scheduler or worker that was not told takes any free port of this machine")
            with { IsMadeByStandalone = true },
        Setting.Of("API__BASE_URL", Address, host => host.BaseUrl, (host, value) => host with { BaseUrl = value },
            "where people find the web UI, for links in mails and the like (ti.log_url), the same on every host (Airflow's api.base_url); without it a host with pages says where it listens, others http://localhost:8080"),
        Setting.Of("PLUGINS", Text, host => host.Plugins, (host, value) => host with { Plugins = value },
            "the folder of plugins: libraries with activities of your own, the same on every host; it need not be there (Airflow's core.plugins_folder)"),
        Setting.Of("OPERATORS__DEFAULT_DEFERRABLE", Switch, host => host.DefaultDeferrable, (host, value) => host with { DefaultDeferrable = value },
            "whether a sensor whose input deferrable says nothing waits without a worker, the same on every host (Airflow's operators.default_deferrable)"),
        Setting.Of("SECRETS__BACKEND", SecretsBackend, host => host.SecretsBackend, (host, value) => host with { SecretsBackend = value },
            "the store that is asked for connections and Variables before the environment and the database (Airflow's secrets.backend); without it none is"),
        Setting.Of("SECRETS__BACKEND_KWARGS", Text, host => host.SecretsBackendKwargs, (host, value) => host with { SecretsBackendKwargs = value },
            "how that store is set up, a JSON object (Airflow's secrets.backend_kwargs)")
            with { IsSecret = true },
        Setting.Of("SECRETS__USE_CACHE", Switch, host => host.SecretsUseCache, (host, value) => host with { SecretsUseCache = value },
            "whether what that store says is good for a while, also that it has nothing (Airflow's secrets.use_cache)"),
        Setting.Of("SECRETS__CACHE_TTL_SECONDS", Seconds(0), host => host.SecretsCacheTtl, (host, value) => host with { SecretsCacheTtl = value },
            "how long it is good then (Airflow's secrets.cache_ttl_seconds)"),
    ];

    private static IEnumerable<Setting> Web() =>
    [
        Setting.Of("KEYS_DIRECTORY", Text, host => host.KeysDirectory, (host, value) => host with { KeysDirectory = value },
            "a directory, shared by all web hosts, for the keys of login cookies")
            with { UsedBy = HostRoles.Web, RequiredBy = HostRoles.Web, IsMadeByStandalone = true },
        Setting.Of("JWT_SECRET", Secret, host => host.JwtSecret, (host, value) => host with { JwtSecret = value },
            "what the API's tokens are signed with, the same on every web host; any random text of 32 characters or more, e.g. of 'openssl rand -base64 32'")
            with { UsedBy = HostRoles.Web, RequiredBy = HostRoles.Web, IsSecret = true, IsMadeByStandalone = true },
        Setting.Of("ADMIN_PASSWORD", Text, host => host.AdminPassword, (host, value) => host with { AdminPassword = value },
            "the password of the first admin; without it one is generated and printed once")
            with { UsedBy = HostRoles.Web, IsSecret = true },
        Setting.Of("TRUSTED_PROXIES", Networks, host => host.TrustedProxies, (host, value) => host with { TrustedProxies = value },
            "the addresses (10.0.0.7 or 10.0.0.0/8, separated by commas) of the proxies whose X-Forwarded-For, -Proto and -Host are believed; without it nobody's are")
            with { UsedBy = HostRoles.Web },
        Setting.Of("DESIGNER_ALLOW_CODE", Switch, host => host.DesignerAllowCode, (host, value) => host with { DesignerAllowCode = value },
            "whether the designer may publish and test activities that run code on the workers: Bash, Python (also to branch) and Http, as callbacks too, and the files of Email; DAG files may always use them")
            with { UsedBy = HostRoles.Web },
    ];

    private static IEnumerable<Setting> Scheduler() =>
    [
        Setting.Of("WORKFLOWS", Text, host => host.Workflows, (host, value) => host with { Workflows = value },
            "the folder of DAG files; the designer writes into the web host's, which must be the same folder")
            with { UsedBy = HostRoles.Web | HostRoles.Scheduler },
        Setting.Of("LOAD_EXAMPLES", Switch, host => host.LoadExamples, (host, value) => host with { LoadExamples = value },
            "whether the DAGs of the folder's 'examples' are loaded too") with { UsedBy = HostRoles.Scheduler },
        Setting.Of("PARALLELISM", Count, host => host.Parallelism, (host, value) => host with { Parallelism = value },
            "how many task instances are queued or running at a time in the whole installation, the same on every host (Airflow's core.parallelism)"),
        Setting.Of("TICK", Seconds(0.1), host => host.Tick, (host, value) => host with { Tick = value },
            "the time between two looks of the scheduler at the clock; whatever has happened wakes it at once anyway") with { UsedBy = HostRoles.Scheduler },
        Setting.Of("FOLDER_INTERVAL", Seconds(1), host => host.FolderInterval, (host, value) => host with { FolderInterval = value },
            "the time between two looks at the folder of DAG files where the system tells of no changes, as on network drives; else a saved file is live at once") with { UsedBy = HostRoles.Scheduler },
        Setting.Of("HAND_AGAIN_AFTER", Seconds(1), host => host.HandAgainAfter, (host, value) => host with { HandAgainAfter = value },
            "the time after which a queued task that no worker claimed is handed to Hangfire once more") with { UsedBy = HostRoles.Scheduler },
        Setting.Of("LOG_RETENTION", Days, host => host.LogRetention, (host, value) => host with { LogRetention = value },
            "the time for which the logs of tasks are kept in the database") with { UsedBy = HostRoles.Scheduler },
    ];

    private static IEnumerable<Setting> Worker() =>
    [
        Setting.Of("WORKERS", Count, host => host.Workers, (host, value) => host with { Workers = value },
            "how many tasks a worker runs at a time") with { UsedBy = HostRoles.Worker },
        Setting.Of("QUEUES", List, host => host.Queues, (host, value) => host with { Queues = value },
            "the queues that a worker serves, separated by commas") with { UsedBy = HostRoles.Worker },
        Setting.Of("DAG_RUN_CONF_OVERRIDES_PARAMS", Switch, host => host.DagRunConfOverridesParams, (host, value) => host with { DagRunConfOverridesParams = value },
            "whether the conf of a run overrides the params of its DAG and tasks, the same on every worker and where 'pipelines dags test' is typed (Airflow's core.dag_run_conf_overrides_params)")
            with { UsedBy = HostRoles.Worker },
        Setting.Of("LEASE", Seconds(1), host => host.Lease, (host, value) => host with { Lease = value },
            "the time for which a worker that is heard of no more keeps its tasks; then another worker takes them over. A scheduler gives workers as long to be heard of again after a restart of the database, so set it alike on both")
            with { UsedBy = HostRoles.Scheduler | HostRoles.Worker },
        Setting.Of("STOP_GRACE", Seconds(0), host => host.StopGrace, (host, value) => host with { StopGrace = value },
            "the time that a running task has to end when its worker is stopped; then it is handed back to the queue. Whoever stops the process must wait 40 seconds longer")
            with { UsedBy = HostRoles.Worker },
        Setting.Of("MAX_MAP_LENGTH", Count, host => host.MaxMapLength, (host, value) => host with { MaxMapLength = value },
            "how many entries a task may return for others to be mapped over; a task that returns more fails (Airflow's core.max_map_length)")
            with { UsedBy = HostRoles.Worker },
    ];

    private static IEnumerable<Setting> Logs() =>
    [
        Setting.Of("LOG_FORMAT", OneOf(LogFormat.Text, LogFormat.Json), host => host.LogFormat, (host, value) => host with { LogFormat = value },
            "the form of the host's own log on standard error: lines for people, or one JSON object per event"),
        Setting.Of("LOG_LEVEL", OneOf(LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error), host => host.LogLevel, (host, value) => host with { LogLevel = value },
            "the least that is worth a line in the host's own log"),
        Setting.Of("METRICS_TOKEN", Secret, host => host.MetricsToken, (host, value) => host with { MetricsToken = value },
            "what Prometheus must send as bearer token to read /metrics, on every role, 32 characters or more; without it there is no /metrics") with { IsSecret = true },
        Setting.Of("", Address, host => host.Otlp, (host, value) => host with { Otlp = value },
            "the OpenTelemetry collector that gets metrics and traces; its other OTEL_EXPORTER_OTLP_… variables count as well") with { Name = "OTEL_EXPORTER_OTLP_ENDPOINT" },
    ];
}
