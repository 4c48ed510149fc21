using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests;

/// <summary>Settings that cannot be read: every role and verb says which in one sentence and ends with 1.</summary>
public sealed class BadSettingTests
{
    private const string Database = "Host=127.0.0.1;Port=1;Database=pipelines;Username=pipelines";
    private const string Key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    [Test]
    public async Task A_malformed_key_or_database(
        [Values("web", "scheduler", "worker", "db migrate", "dags list", "connections list", "users list")] string verb,
        [Values("PIPELINES_FERNET_KEY", "PIPELINES_DATABASE")] string broken)
    {
        using var folder = new TemporaryDirectory();
        var environment = new Dictionary<string, string?>
        {
            ["PIPELINES_DATABASE"] = Database,
            ["PIPELINES_FERNET_KEY"] = Key,
            ["PIPELINES_KEYS_DIRECTORY"] = folder.Path,
            ["PIPELINES_JWT_SECRET"] = new string('j', 32),
            [broken] = "postgres://guessable@nowhere",
        };

        var end = await CommandLine.RunAsync(verb.Split(' '), environment);

        Assert.That(end.ExitCode, Is.EqualTo(1));
        Assert.That(end.Error, Does.StartWith($"pipelines: {broken} is malformed: it must be").And.Not.Contain("guessable"));
        Assert.That(end.Error.Trim().Split('\n'), Has.Length.EqualTo(1), "no stack trace");
    }

    [Test]
    public async Task A_verb_that_is_told_a_database_but_no_key() =>
        Assert.That((await CommandLine.RunAsync(["dags", "list"], new Dictionary<string, string?> { ["PIPELINES_DATABASE"] = Database, ["PIPELINES_FERNET_KEY"] = null })).Error,
            Does.StartWith("pipelines: PIPELINES_FERNET_KEY is not set."));

    [TestCase("standalone")]
    [TestCase("localcloud")]
    public async Task A_data_directory_that_cannot_be_made(string verb)
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder["file"], "");

        var end = await CommandLine.RunAsync([verb, "--data-dir", Path.Combine(folder["file"], "data")]);

        Assert.That(end.ExitCode, Is.EqualTo(1));
        Assert.That(end.Error, Does.StartWith($"pipelines: {Path.Combine(folder["file"], "data")} cannot be made a data directory here. Name one that you may write with --data-dir").And.Not.Contain("   at "));
    }

    [Test]
    public async Task An_empty_data_directory() =>
        Assert.That((await CommandLine.RunAsync(["dags", "list", "--data-dir", ""])).Error.Trim(), Is.EqualTo("--data-dir is empty. Name a directory, or leave it out."));

    [Test]
    public async Task Nobody_where_health_asks()
    {
        using var folder = new TemporaryDirectory();
        var url = $"http://127.0.0.1:{FreePort.Find()}";

        var end = await CommandLine.RunAsync(["health", "--data-dir", folder.Path], new Dictionary<string, string?> { ["PIPELINES_URL"] = url });

        Assert.That((end.ExitCode, end.Error), Is.EqualTo((1, $"pipelines: Nobody answers on {url}/health/ready. Start the host, or set PIPELINES_URL to the address where it listens.\n")));
    }

    [Test]
    public async Task A_directory_of_login_keys_that_cannot_be_written()
    {
        var end = await CommandLine.RunAsync(["web"], new Dictionary<string, string?>
        {
            ["PIPELINES_DATABASE"] = Database,
            ["PIPELINES_FERNET_KEY"] = Key,
            ["PIPELINES_KEYS_DIRECTORY"] = "/dev/null/keys",
            ["PIPELINES_JWT_SECRET"] = new string('j', 32),
        });

        Assert.That(end.ExitCode, Is.EqualTo(1));
        Assert.That(end.Error, Does.StartWith("pipelines: PIPELINES_KEYS_DIRECTORY is '/dev/null/keys' but must be a directory that this user may write"));
    }

    [Test]
    public async Task A_key_file_of_standalone_that_holds_something_else()
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder["fernet.key"], "");

        var end = await CommandLine.RunAsync(["standalone", "--data-dir", folder.Path, "--port", "0"]);

        Assert.That(end.ExitCode, Is.EqualTo(1));
        Assert.That(end.Error, Does.StartWith($"pipelines: {folder["fernet.key"]} holds no Fernet key."));
    }
}
