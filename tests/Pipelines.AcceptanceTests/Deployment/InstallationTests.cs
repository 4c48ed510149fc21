using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Npgsql;
using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests.Deployment;

/// <summary>The services of docker-compose.yml as processes of this machine, with the image's environment and their own.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class InstallationTests
{
    private static readonly Dictionary<string, string> Secrets = new()
    {
        ["POSTGRES_PASSWORD"] = "secret-of-the-database",
        ["PIPELINES_FERNET_KEY"] = Convert.ToBase64String(new byte[32]).Replace('+', '-').Replace('/', '_'),
        ["PIPELINES_JWT_SECRET"] = "secret-of-the-tokens, and a long one",
        ["PIPELINES_ADMIN_PASSWORD"] = "secret-of-the-admin",
        ["PIPELINES_METRICS_TOKEN"] = "secret-of-the-metrics, and a long one",
    };

    private static readonly Compose File = Compose.Read(Secrets);

    private readonly TemporaryDirectory _folder = new();
    private readonly Dictionary<string, CommandLine> _hosts = [];
    private readonly Dictionary<string, string> _urls = [];
    private TestDatabase _database = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Directory.CreateDirectory(_folder["workflows"]);
        _database = await TestPostgres.CreateDatabaseAsync();
        var migrated = await CommandLine.RunAsync(File.Service("migrate").Texts("command"), Environment("migrate"));
        Assert.That(migrated.ExitCode, Is.Zero, migrated.Error);
        foreach (var service in new[] { "web", "scheduler", "worker-1" })
        {
            _urls[service] = $"http://127.0.0.1:{FreePort.Find()}";
            _hosts[service] = CommandLine.Start(File.Service(service).Texts("command"), Environment(service));
        }
        foreach (var host in _hosts.Values) await host.LineAsync(line => line.Contains("is running", StringComparison.Ordinal));
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        foreach (var host in _hosts.Values) await host.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [TestCase("web")]
    [TestCase("scheduler")]
    [TestCase("worker-1")]
    public async Task Every_role_is_well_and_gives_its_numbers_to_who_has_the_token(string service)
    {
        var asked = await CommandLine.RunAsync(["health"], Environment(service));
        // As an engine of containers does: it asks again before it gives up.
        for (var tries = 1; asked.ExitCode != 0 && tries < 5; tries++) asked = await CommandLine.RunAsync(["health"], Environment(service));
        Assert.That((asked.ExitCode, asked.Output), Is.EqualTo((0, "ok\n")), asked.Error);

        using var prometheus = new HttpClient { BaseAddress = new Uri(_urls[service]) };
        Assert.That((await prometheus.GetAsync("/metrics")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await prometheus.GetAsync("/health/live")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        prometheus.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Secrets["PIPELINES_METRICS_TOKEN"]);
        Assert.That(await prometheus.GetStringAsync("/metrics"), Does.Contain("pipelines_heartbeat_total"));
    }

    [Test]
    public async Task The_scheduler_tells_the_length_by_which_the_chart_scales_workers()
    {
        using var prometheus = new HttpClient { BaseAddress = new Uri(_urls["scheduler"]) };
        prometheus.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Secrets["PIPELINES_METRICS_TOKEN"]);
        Assert.That(await prometheus.GetStringAsync("/metrics"), Does.Contain("pipelines_queue_length{otel_scope_name=\"Pipelines\",queue=\"default\"} 0"));
    }

    [Test]
    public void Logs_are_one_object_of_JSON_a_line()
    {
        foreach (var (service, host) in _hosts)
        {
            var events = (host.Output + host.Error).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
            Assert.That(events.Select(entry => (string?)entry["Message"]), Has.Some.StartsWith("Pipelines is running as"), service);
            Assert.That(events.Where(entry => (string?)entry["LogLevel"] != "Information").Select(entry => entry.ToJsonString()), Is.Empty, service);
        }
    }

    [Test]
    public void No_secret_is_in_a_log_or_a_command_line()
    {
        Need.Path("/proc/self/cmdline");
        foreach (var host in _hosts.Values)
        {
            var said = host.Output + host.Error + System.IO.File.ReadAllText($"/proc/{host.ProcessId}/cmdline");
            foreach (var secret in Secrets.Values) Assert.That(said, Does.Not.Contain(secret));
        }
    }

    [Test]
    public async Task The_cloud_of_development_knows_the_options_it_is_given()
    {
        var command = File.Service("localcloud").Texts("command");
        var help = await CommandLine.RunAsync([command[0], "--help"]);
        foreach (var option in command.Where(word => word.StartsWith("--", StringComparison.Ordinal))) Assert.That(help.Output, Does.Contain(option));
    }

    private Dictionary<string, string?> Environment(string service)
    {
        var environment = ImageFile.Read().Environment.ToDictionary(pair => pair.Key, pair => (string?)pair.Value);
        foreach (var (name, value) in File.Environment(service)) environment[name] = value;
        // What is another place here than in a container.
        var given = new NpgsqlConnectionStringBuilder(environment["PIPELINES_DATABASE"]);
        Assert.That((given.Host, given.Password), Is.EqualTo(("database", Secrets["POSTGRES_PASSWORD"])));
        environment["PIPELINES_DATABASE"] = _database.ConnectionString;
        environment["PIPELINES_URL"] = _urls.GetValueOrDefault(service) ?? environment["PIPELINES_URL"];
        environment["PIPELINES_WORKFLOWS"] = _folder["workflows"];
        environment["PIPELINES_KEYS_DIRECTORY"] = _folder["keys"];
        environment["PIPELINES_HOME"] = _folder["home"];
        return environment;
    }
}
