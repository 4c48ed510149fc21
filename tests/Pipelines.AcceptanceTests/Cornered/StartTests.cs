using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests.Cornered;

/// <summary>Hosts that start all at once, too early, or in front of another version's schema.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class StartTests
{
    private static readonly string[] Roles = ["web", "scheduler", "scheduler", "worker", "worker"];

    private Installation _installation = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _installation = await Installation.CreateAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _installation.DisposeAsync();

    [TestCase(0)]
    [TestCase(3, Category = "Soak")]
    public async Task Five_hosts_that_start_at_once_migrate_once(int from)
    {
        await _installation.UseAsync($"at_once_{from}");
        for (var version = 1; version <= from; version++) await ApplyAsync(version);

        var hosts = await Task.WhenAll(Roles.Select(role => _installation.StartAsync(role)));

        Assert.That(await _installation.ReadAsync<long>("SELECT count(*) FROM pipelines.schema_migration"), Is.EqualTo(Migrations.Length));
        var ends = await Task.WhenAll(hosts.Select(_installation.StopAsync));
        Assert.That(ends.Select(end => end.ExitCode), Is.All.Zero);
        Assert.That(ends.Select(end => end.Error), Has.None.Contains("Exception"));
    }

    [Test]
    public async Task A_host_and_a_verb_of_an_older_version_refuse_a_newer_schema_with_both_versions()
    {
        await _installation.UseAsync("newer");
        await _installation.RunAsync("db", "migrate");
        await Script.RunAsync(_installation.Database, "INSERT INTO pipelines.schema_migration (version, name, checksum) VALUES (9999, 'from_the_future', '')");

        var ends = await Task.WhenAll(new string[][] { ["web"], ["scheduler"], ["worker"], ["db", "migrate"], ["dags", "list"], ["connections", "add", "x", "--conn-uri", "postgres://h/d"] }
            .Select(verb => _installation.TryAsync(verb)));

        Assert.That(ends.Select(end => end.ExitCode), Is.All.EqualTo(1));
        Assert.That(ends.Select(end => end.Error), Is.All.Contains($"version 9999, this program knows {Migrations.Length}. Start a newer version of Pipelines").And.All.Not.Contain("   at "));
        Assert.That(await _installation.ReadAsync<long>("SELECT count(*) FROM pipelines.connection"), Is.Zero);
    }

    [Test]
    public async Task A_verb_in_front_of_an_older_schema_says_to_migrate()
    {
        await _installation.UseAsync("older");
        await ApplyAsync(1);

        var end = await _installation.TryAsync("dags", "list");

        Assert.That((end.ExitCode, end.Error), Is.EqualTo((1, $"pipelines: The database's schema is version 1, this program needs {Migrations.Length}. Run 'pipelines db migrate', or start a host of this version, which does the same.\n")));
    }

    [Test]
    public async Task A_host_that_is_started_before_its_database_waits_for_it_and_one_that_may_not_wait_ends_with_words()
    {
        await _installation.UseAsync("late");
        await _installation.Server.DisposeAsync();

        var waiting = _installation.Launch("worker");
        await waiting.LineAsync(line => line.Contains("does not answer", StringComparison.Ordinal));
        var impatient = await _installation.Launch("scheduler", ("PIPELINES_DATABASE_WAIT", "0")).EndAsync();
        await _installation.StartServerAsync();
        await waiting.LineAsync(line => line.Contains("worker is running", StringComparison.Ordinal));

        Assert.That(impatient.ExitCode, Is.EqualTo(1));
        Assert.That(impatient.Error, Does.Contain("pipelines: The metadata database does not answer").And.Contain("PIPELINES_DATABASE").And.Not.Contain("   at "));
    }

    [Test]
    public async Task A_host_with_another_Fernet_key_does_not_start_and_has_no_task_fail()
    {
        await _installation.UseAsync("other_key");
        await _installation.RunAsync("db", "migrate");
        await _installation.RunAsync("connections", "add", "x", "--conn-uri", "postgres://h/d");
        var another = ("PIPELINES_FERNET_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");

        var ends = await Task.WhenAll(new[] { "web", "scheduler", "worker" }.Select(role => _installation.Launch(role, another).EndAsync()));

        Assert.That(ends.Select(end => end.ExitCode), Is.All.EqualTo(1));
        Assert.That(ends.Select(end => end.Error), Is.All.StartsWith("pipelines: PIPELINES_FERNET_KEY is not the key").And.All.Not.Contain("   at "));
    }

    [TestCase("Password=wrong", "The metadata database refused our user or password (password authentication failed for user \"postgres\"). Correct Username and Password in PIPELINES_DATABASE.")]
    [TestCase("Password=", "The metadata database cannot be entered: No password has been provided")]
    [TestCase("Database=nowhere", "The metadata server has no such database (database \"nowhere\" does not exist). Create it there, or correct Database in PIPELINES_DATABASE.")]
    public async Task What_the_server_refuses_is_not_told_as_a_server_that_does_not_answer(string change, string expected)
    {
        await _installation.UseAsync("refused");
        var address = ("PIPELINES_DATABASE", (string?)$"{_installation.Database};{change}");
        var ends = new[] { await _installation.Launch("worker", address).EndAsync(), await _installation.TryAsync([address], "dags", "list") };

        Assert.That(ends.Select(end => end.ExitCode), Is.All.EqualTo(1));
        Assert.That(ends.Select(end => end.Error), Is.All.StartsWith($"pipelines: {expected}").And.All.Not.Contain("   at "));
    }

    [Test]
    public async Task A_role_whose_port_is_taken_says_which_setting_chooses_another()
    {
        await _installation.UseAsync("port");
        using var squatter = new TcpListener(IPAddress.Loopback, 0);
        squatter.Start();
        var port = ((IPEndPoint)squatter.LocalEndpoint).Port;

        var end = await _installation.Launch("web", ("PIPELINES_URL", $"http://127.0.0.1:{port}")).EndAsync();

        Assert.That(end.Error, Does.Contain($"pipelines: Port {port} on 127.0.0.1 is in use. Choose another with PIPELINES_URL, or stop the program that uses it."));
    }

    private static string[] Migrations { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Product.Root, "src", "Pipelines.Storage", "Migrations"), "*.sql").Order(StringComparer.Ordinal)];

    /// <summary>Does what an older version did.</summary>
    private async Task ApplyAsync(int version)
    {
        var sql = (await File.ReadAllTextAsync(Migrations[version - 1])).ReplaceLineEndings("\n");
        var name = Path.GetFileNameWithoutExtension(Migrations[version - 1])[5..];
        await Script.RunAsync(_installation.Database, string.Create(CultureInfo.InvariantCulture,
            $"""
            CREATE SCHEMA IF NOT EXISTS pipelines;
            CREATE TABLE IF NOT EXISTS pipelines.schema_migration (version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
            {sql};
            INSERT INTO pipelines.schema_migration (version, name, checksum) VALUES ({version}, '{name}', '{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)))}');
            """));
    }
}
