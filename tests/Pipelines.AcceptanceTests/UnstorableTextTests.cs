using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests;

/// <summary>Text that PostgreSQL cannot hold, typed at the command line: one sentence, and no database is asked.</summary>
public sealed class UnstorableTextTests
{
    [TestCase("--conf", "dags", "trigger", "d")]
    [TestCase("--dag-run-conf", "backfill", "create", "d", "--from-date", "2026-01-01", "--to-date", "2026-01-02")]
    public async Task A_runs_conf(string option, params string[] verb) => await RefusedAsync([.. verb, option, """{"a":"\ud800"}"""], "The value of 'a' in the JSON");

    [Test]
    public async Task A_connections_password() =>
        await RefusedAsync(["connections", "add", "shop", "--conn-json", """{"conn_type":"postgres","password":"\ud800hidden"}"""], "The value of 'password' in the JSON");

    private static async Task RefusedAsync(string[] arguments, string place)
    {
        var end = await CommandLine.RunAsync(arguments, new Dictionary<string, string?>
        {
            ["PIPELINES_DATABASE"] = "Host=127.0.0.1;Port=1;Database=pipelines;Username=pipelines",
            ["PIPELINES_FERNET_KEY"] = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        });

        Assert.That(end.ExitCode, Is.EqualTo(1));
        Assert.That(end.Error, Does.StartWith($"pipelines: {place} holds NUL").And.Not.Contain("hidden"));
        Assert.That(end.Error.Trim().Split('\n'), Has.Length.EqualTo(1), "no stack trace");
    }
}
