using System.Globalization;
using Pipelines.TestKit;
using Pipelines.Web;
using Pipelines.Web.Settings;

namespace Pipelines.UnitTests.Deployment;

/// <summary>Every service, port, volume and setting of docker-compose.yml is one that the host and the image know.</summary>
public sealed class ComposeTests
{
    private static readonly Dictionary<string, string> Secrets = new()
    {
        ["POSTGRES_PASSWORD"] = "of-the-database",
        ["PIPELINES_FERNET_KEY"] = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        ["PIPELINES_JWT_SECRET"] = new('j', 32),
        ["PIPELINES_ADMIN_PASSWORD"] = "of-the-admin",
    };

    private static readonly Compose File = Compose.Read(Secrets);

    private static readonly ImageFile Image = ImageFile.Read();

    private static IEnumerable<string> Ours => File.Ours;

    [Test]
    public void There_is_a_database_a_web_host_a_scheduler_two_workers_and_a_cloud_for_development() => Assert.Multiple(() =>
    {
        Assert.That(File.Services, Is.EquivalentTo(new[] { "database", "migrate", "web", "scheduler", "worker-1", "worker-2", "localcloud" }));
        Assert.That(Ours.Select(name => Requirements.Role(Verb(name))).Where(role => role != HostRoles.None),
            Is.EquivalentTo(new[] { HostRoles.Web, HostRoles.Scheduler, HostRoles.Worker, HostRoles.Worker }));
        Assert.That(File.Services.Where(name => File.Service(name).Has("profiles")), Is.EqualTo(new[] { "localcloud" }));
    });

    [TestCaseSource(nameof(Secrets))]
    public void Nothing_starts_without_a_secret(KeyValuePair<string, string> secret) =>
        Assert.That(() => Compose.Read(Secrets.Where(pair => pair.Key != secret.Key).ToDictionary()),
            Throws.InvalidOperationException.With.Message.StartsWith($"{secret.Key}: set it in .env"));

    [TestCaseSource(nameof(Ours))]
    public void A_service_is_told_what_its_role_reads_and_all_that_it_needs(string service)
    {
        var all = new Dictionary<string, string>(Image.Environment);
        foreach (var (name, value) in File.Environment(service)) all[name] = value;
        var options = Requirements.Read(Requirements.Role(Verb(service)), all, service);
        Assert.That(options.Database, Does.Contain("Host=database;").And.Contain("Password=of-the-database"));
    }

    [TestCaseSource(nameof(Ours))]
    public void A_service_runs_hardened_and_writes_only_where_it_may(string service)
    {
        var host = File.Service(service);
        var mounts = host.Has("volumes") ? host.Texts("volumes").Select(volume => volume.Split(':')).ToList() : [];
        Assert.Multiple(() =>
        {
            Assert.That((host.Text("read_only"), host.Texts("cap_drop")[0], host.Texts("tmpfs")[0]), Is.EqualTo(("true", "ALL", "/tmp")));
            Assert.That(mounts.Select(mount => mount[0]), Is.SubsetOf(File.File.Map("volumes").Keys));
            Assert.That(mounts.Select(mount => mount[1]), Is.SubsetOf(Image.Environment.Values), "a folder that the image made for its user");
            Assert.That(host.Map("depends_on").Keys, Is.SubsetOf(File.Services));
        });
    }

    [TestCase("web", "keys", "workflows", "plugins")]
    [TestCase("scheduler", "workflows", "plugins")]
    [TestCase("worker-1", "plugins")]
    [TestCase("worker-2", "plugins")]
    public void Hosts_share_the_folders_that_they_must(string service, params string[] volumes) =>
        Assert.That(File.Service(service).Texts("volumes").Select(volume => volume.Split(':')[0]), Is.EquivalentTo(volumes));

    [Test]
    public void Only_the_web_host_is_reached_from_outside_and_only_from_this_machine()
    {
        var ports = Ours.Append("database").Where(name => File.Service(name).Has("ports")).ToDictionary(name => name, name => File.Service(name).Texts("ports"));
        Assert.That(ports.Keys, Is.EqualTo(new[] { "web" }));
        Assert.That(ports["web"], Is.EqualTo(new[] { $"127.0.0.1:8080:{Image.Last.Single(line => line.Name == "EXPOSE").Argument}" }));
    }

    [Test]
    public void What_the_web_host_believes_and_allows_comes_from_the_environment()
    {
        var web = Compose.Read(new Dictionary<string, string>(Secrets) { ["PIPELINES_TRUSTED_PROXIES"] = "10.0.0.7", ["PIPELINES_DESIGNER_ALLOW_CODE"] = "true" }).Environment("web");
        Assert.That((web["PIPELINES_TRUSTED_PROXIES"], web["PIPELINES_DESIGNER_ALLOW_CODE"]), Is.EqualTo(("10.0.0.7", "true")));
        web = File.Environment("web");
        Assert.That((web["PIPELINES_TRUSTED_PROXIES"], web["PIPELINES_DESIGNER_ALLOW_CODE"]), Is.EqualTo(("", "false")));
    }

    [TestCase("web")]
    [TestCase("scheduler")]
    [TestCase("worker-1")]
    [TestCase("worker-2")]
    public void A_stopping_host_is_not_killed_before_it_has_handed_its_work_back(string service)
    {
        var options = HostSettings.Read(Requirements.Role(Verb(service)), name => File.Environment(service).GetValueOrDefault(name) ?? Image.Environment.GetValueOrDefault(name));
        var patience = File.Service(service).Text("stop_grace_period");
        Assert.That(TimeSpan.FromSeconds(int.Parse(patience.TrimEnd('s'), CultureInfo.InvariantCulture)), Is.GreaterThan(options.ShutdownTimeout));
    }

    [Test]
    public void The_roles_are_asked_how_they_are_and_what_has_no_address_is_not()
    {
        var silent = Ours.Where(name => File.Service(name).Has("healthcheck/disable"));
        Assert.That(silent, Is.EquivalentTo(Ours.Where(name => Requirements.Role(Verb(name)) == HostRoles.None)));
    }

    private static string Verb(string service) => File.Service(service).Texts("command")[0];
}
