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
