using Microsoft.Extensions.Logging;
using Pipelines.Engine.Execution;
using Pipelines.Model.Runs;
using Pipelines.TestKit;
using Pipelines.Web;
using Pipelines.Web.Settings;

namespace Pipelines.UnitTests.Web;

/// <summary>What a host reads from its environment, and what it says of mistakes there.</summary>
public sealed class HostSettingsTests
{
    private const string Key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    private static readonly Dictionary<string, string> Least = new()
    {
        ["PIPELINES_DATABASE"] = "Host=db",
        ["PIPELINES_FERNET_KEY"] = Key,
        ["PIPELINES_KEYS_DIRECTORY"] = "/keys",
        ["PIPELINES_JWT_SECRET"] = new string('j', 32),
    };

    /// <summary>Each setting of its own with a value that is not its default, and how it is written again.</summary>
    private static readonly Dictionary<string, string> Others = new()
    {
        ["PIPELINES_DATABASE_WAIT"] = "5",
        ["PIPELINES_URL"] = "http://0.0.0.0:9000",
        ["PIPELINES_API__BASE_URL"] = "https://pipelines.example.com/etl",
        ["PIPELINES_OPERATORS__DEFAULT_DEFERRABLE"] = "true",
        ["PIPELINES_ADMIN_PASSWORD"] = "first",
        ["PIPELINES_TRUSTED_PROXIES"] = "10.0.0.0/8,192.168.1.7/32",
        ["PIPELINES_DESIGNER_ALLOW_CODE"] = "true",
        ["PIPELINES_WORKFLOWS"] = "/dags",
        ["PIPELINES_LOAD_EXAMPLES"] = "true",
        ["PIPELINES_PLUGINS"] = "/acme",
        ["PIPELINES_SECRETS__BACKEND"] = "airflow.secrets.local_filesystem.LocalFilesystemBackend",
        ["PIPELINES_SECRETS__BACKEND_KWARGS"] = "{\"connections_file_path\": \"/c.env\"}",
        ["PIPELINES_SECRETS__USE_CACHE"] = "true",
        ["PIPELINES_SECRETS__CACHE_TTL_SECONDS"] = "60",
        ["PIPELINES_PARALLELISM"] = "64",
        ["PIPELINES_TICK"] = "0.5",
        ["PIPELINES_FOLDER_INTERVAL"] = "60",
        ["PIPELINES_HAND_AGAIN_AFTER"] = "45",
        ["PIPELINES_LOG_RETENTION"] = "7",
        ["PIPELINES_WORKERS"] = "3",
        ["PIPELINES_QUEUES"] = "default,Big.Data",
        ["PIPELINES_DAG_RUN_CONF_OVERRIDES_PARAMS"] = "false",
        ["PIPELINES_LEASE"] = "12.5",
        ["PIPELINES_STOP_GRACE"] = "90",
        ["PIPELINES_MAX_MAP_LENGTH"] = "2048",
        ["PIPELINES_LOG_FORMAT"] = "json",
        ["PIPELINES_LOG_LEVEL"] = "warning",
        ["PIPELINES_METRICS_TOKEN"] = new string('m', 32),
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://collector:4317",
    };

    private static readonly TaskInstanceKey Key3 = new("sales", "manual__1+2", "load", 3);

    private static IEnumerable<string> Names => HostSettings.All.Select(setting => setting.Name);

    [TestCaseSource(nameof(Names))]
    public void A_setting_is_read_as_it_is_written(string name)
    {
        var text = Least.GetValueOrDefault(name) ?? Others[name];
        var setting = HostSettings.All.Single(setting => setting.Name == name);
        Assert.Multiple(() =>
        {
            Assert.That(setting.In(HostSettings.Defaults), Is.Not.EqualTo(text), "another than the default");
            Assert.That(setting.In(Read(HostRoles.All, (name, text))), Is.EqualTo(text));
            Assert.That(setting.Doc, Does.Not.EndWith("."), "it is part of a sentence");
        });
    }

    [TestCase("https://pipelines.example.com/etl/", HostRoles.Worker, "https://pipelines.example.com/etl/dags/sales/runs/manual__1%2B2/tasks/load?map_index=3&try=2")]
    [TestCase(null, HostRoles.Worker, "http://localhost:8080/dags/sales/runs/manual__1%2B2/tasks/load?map_index=3&try=2")]
    [TestCase(null, HostRoles.All, "http://127.0.0.1:8080/dags/sales/runs/manual__1%2B2/tasks/load?map_index=3&try=2")]
    public void The_page_of_a_task_is_below_the_base_url(string? url, HostRoles roles, string page)
    {
        var options = Read(roles, ("PIPELINES_API__BASE_URL", url!));
        Assert.That((options.ForWorker().TaskUrl!(Key3, 2), options.ForEngine().TaskUrl!(Key3, 2)), Is.EqualTo((page, page)));
    }

    [Test]
    public void What_is_not_set_is_as_the_engine_has_it()
    {
        var (options, worker) = (Read(HostRoles.All), new WorkerOptions());
        Assert.Multiple(() =>
        {
            Assert.That(options.Lease, Is.EqualTo(worker.Lease));
            Assert.That(options.StopGrace, Is.EqualTo(worker.StopGrace));
            Assert.That(options.LogLevel, Is.EqualTo(LogLevel.Information));
            Assert.That(options.ForWorker().RenewEvery * 2, Is.LessThan(options.Lease), "two renewals may fail");
            Assert.That(options.ShutdownTimeout, Is.GreaterThan(options.StopGrace));
        });
    }

    [TestCase("PIPELINES_LEASE", "soon", "PIPELINES_LEASE is 'soon' but must be a number of seconds, at least 1 and at most 4000000. It is the time")]
    [TestCase("PIPELINES_LEASE", "-3", "at least 1")]
    [TestCase("PIPELINES_LEASE", "1e9", "at least 1")]
    [TestCase("PIPELINES_LOG_RETENTION", "36501", "must be a number of days, at least 1 and at most 36500")]
    [TestCase("PIPELINES_WORKERS", "0", "must be a whole number above 0")]
    [TestCase("PIPELINES_URL", "localhost:80", "must be like http://127.0.0.1:8080")]
    [TestCase("PIPELINES_LOG_FORMAT", "JSON", "must be one of text, json")]
    [TestCase("PIPELINES_LOAD_EXAMPLES", "yes", "must be true or false")]
    [TestCase("PIPELINES_TRUSTED_PROXIES", "10.0.0.0/99", "must be addresses or networks")]
    [TestCase("PIPELINES_TRUSTED_PROXIES", "proxy.example.com", "must be addresses or networks")]
    [TestCase("PIPELINES_QUEUES", " , ", "must be names separated by commas")]
    public void A_malformed_setting_is_said_with_what_it_must_be(string name, string text, string expected) =>
        Assert.That(() => Read(HostRoles.All, (name, text)), Throws.TypeOf<SettingException>().With.Message.Contains(expected));

    [Test]
    public void A_malformed_secret_is_not_repeated() =>
        Assert.That(() => Read(HostRoles.Web, ("PIPELINES_JWT_SECRET", "guessable")), Throws.TypeOf<SettingException>()
            .With.Message.Contains("32 characters").And.Message.Not.Contains("guessable"));

    [TestCase("PIPELINES_FERNET_KEY", "guessable", "a Fernet key, 32 bytes in URL-safe base64")]
    [TestCase("PIPELINES_FERNET_KEY", $"{Key},guessable", "a Fernet key, 32 bytes in URL-safe base64")]
    [TestCase("PIPELINES_FERNET_KEY", " , ", "a Fernet key, 32 bytes in URL-safe base64")]
    [TestCase("PIPELINES_DATABASE", "postgres://guessable:guessable@db/pipelines", "an Npgsql connection string such as 'Host=")]
    [TestCase("PIPELINES_DATABASE", "Host=db;Secret=guessable", "an Npgsql connection string such as 'Host=")]
    [TestCase("PIPELINES_DATABASE", "Host=db;Port=guessable", "an Npgsql connection string such as 'Host=")]
    [TestCase("PIPELINES_DATABASE", "Database=guessable", "an Npgsql connection string such as 'Host=")]
    public void A_malformed_address_or_key_keeps_every_role_from_starting_and_is_not_repeated(string name, string text, string expected)
    {
        foreach (var role in new[] { HostRoles.Web, HostRoles.Scheduler, HostRoles.Worker })
        {
            Assert.That(() => Read(role, (name, text)), Throws.TypeOf<SettingException>()
                .With.Message.StartsWith($"{name} is malformed: it must be {expected}").And.Message.Not.Contains("guessable"), $"{role}");
        }
    }

    [TestCase("PIPELINES_JWT_SECRET")]
    [TestCase("PIPELINES_METRICS_TOKEN")]
    public void What_must_be_long_is_said_to_be_so_before_anybody_tries(string name) =>
        Assert.That(HostSettings.Named(name).Doc, Does.Contain("32 characters or more"));

    [Test]
    public void Several_keys_may_be_given() =>
        Assert.That(Read(HostRoles.Worker, ("PIPELINES_FERNET_KEY", $"{Key}, {Key}")).FernetKey, Is.EqualTo($"{Key}, {Key}"));

    [TestCase("PIPELINES_DATABASE", HostRoles.Web | HostRoles.Scheduler | HostRoles.Worker)]
    [TestCase("PIPELINES_FERNET_KEY", HostRoles.Web | HostRoles.Scheduler | HostRoles.Worker)]
    [TestCase("PIPELINES_KEYS_DIRECTORY", HostRoles.Web)]
    [TestCase("PIPELINES_JWT_SECRET", HostRoles.Web)]
    public void A_role_does_not_start_without_what_hosts_share(string name, HostRoles needing)
    {
        foreach (var role in new[] { HostRoles.Web, HostRoles.Scheduler, HostRoles.Worker })
        {
            if (needing.HasFlag(role))
                Assert.That(() => Read(role, (name, "")), Throws.TypeOf<SettingException>().With.Message.StartsWith($"{name} is not set. It is "), $"{role}");
            else
                Assert.That(() => Read(role, (name, "")), Throws.Nothing, $"{role}");
        }
    }

    [Test]
    public void A_secret_may_come_from_a_file()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder["database"], "Host=from-a-file\n");
        Assert.Multiple(() =>
        {
            Assert.That(Read(HostRoles.Worker, ("PIPELINES_DATABASE", ""), ("PIPELINES_DATABASE_FILE", folder["database"])).Database, Is.EqualTo("Host=from-a-file"));
            Assert.That(() => Read(HostRoles.Worker, ("PIPELINES_DATABASE", ""), ("PIPELINES_DATABASE_FILE", folder["gone"])),
                Throws.TypeOf<SettingException>().With.Message.StartsWith("PIPELINES_DATABASE_FILE names a file that cannot be read"));
        });
    }

    [Test]
    public void A_host_that_made_its_own_database_and_keys_keeps_them_and_takes_the_rest()
    {
        var made = HostSettings.Defaults with { Database = "Host=own", FernetKey = "own", KeysDirectory = "own", JwtSecret = "own" };
        var options = HostSettings.ReadOver(made, name => Least.GetValueOrDefault(name) ?? Others.GetValueOrDefault(name));
        Assert.Multiple(() =>
        {
            Assert.That((options.Database, options.FernetKey, options.KeysDirectory, options.JwtSecret), Is.EqualTo(("Host=own", "own", "own", "own")));
            Assert.That((options.Workers, options.Parallelism, options.LogFormat), Is.EqualTo((3, 64, LogFormat.Json)));
        });
    }

    [Test]
    public void The_longest_log_retention_still_begins_at_a_date() =>
        Assert.That(() => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) - Read(HostRoles.Scheduler, ("PIPELINES_LOG_RETENTION", "36500")).LogRetention, Throws.Nothing);

    [Test]
    public void The_lease_is_the_workers_and_the_schedulers() => Assert.Multiple(() =>
    {
        Assert.That(HostSettings.Named("PIPELINES_LEASE").Roles, Is.EqualTo("scheduler, worker"));
        Assert.That(Read(HostRoles.Scheduler, ("PIPELINES_LEASE", "12")).ForEngine().LeaseGrace, Is.EqualTo(TimeSpan.FromSeconds(12)));
    });

    [TestCase(HostRoles.Web, 8080)]
    [TestCase(HostRoles.Worker, 0)]
    public void Only_the_web_host_has_a_port_by_default(HostRoles role, int port) => Assert.That(Read(role).Url.Port, Is.EqualTo(port));

    private static PipelinesOptions Read(HostRoles roles, params (string Name, string Text)[] environment)
    {
        var all = new Dictionary<string, string>(Least);
        foreach (var (name, text) in environment) all[name] = text;
        return HostSettings.Read(roles, all.GetValueOrDefault);
    }
}
