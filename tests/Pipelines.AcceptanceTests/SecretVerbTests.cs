using System.Text.Json.Nodes;
using Pipelines.AcceptanceTests.Cornered;

namespace Pipelines.AcceptanceTests;

/// <summary>The verbs for connections and Variables do what Airflow's do (airflow-semantics.md §28).</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class SecretVerbTests
{
    private Installation _installation = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _installation = await Installation.CreateAsync();
        await _installation.RunAsync("db", "migrate");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _installation.DisposeAsync();

    [Test]
    public async Task Variables_are_set_shown_exported_and_imported()
    {
        await _installation.RunAsync("variables", "set", "bucket", "lake", "--description", "Ours");
        await _installation.RunWithInputAsync("hunter2!\n", "variables", "set", "api_token", "-");
        Assert.That((await _installation.RunAsync("variables", "get", "api_token")).Trim(), Is.EqualTo("hunter2!"));
        Assert.That((await _installation.RunAsync("variables", "get", "nothing", "--default", "d")).Trim(), Is.EqualTo("d"));
        Assert.That(await _installation.RunAsync("variables", "list"), Does.Contain("bucket").And.Not.Contain("lake"));
        Assert.That(await _installation.RunAsync("variables", "list", "--show-values", "--hide-sensitive"), Does.Contain("lake").And.Contain("***").And.Not.Contain("hunter2!"));

        var file = _installation["variables.json"];
        await _installation.RunAsync("variables", "export", file);
        Assert.That(JsonNode.Parse(await File.ReadAllTextAsync(file))!.ToJsonString(), Is.EqualTo("""{"api_token":"hunter2!","bucket":{"value":"lake","description":"Ours"}}"""));
        if (!OperatingSystem.IsWindows()) Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        await _installation.RunAsync("variables", "delete", "bucket");
        Assert.That(await _installation.RunAsync("variables", "import", file, "-a", "skip"), Does.Contain("1 of 2 variables are set; these exist and stay as they are: api_token"));
        var refused = await _installation.TryAsync("variables", "import", file, "-a", "fail");
        Assert.That((refused.ExitCode, refused.Error), Is.EqualTo((1, "pipelines: These variables exist already: api_token, bucket. Nothing was changed; -a says what else to do with them.\n")));
        Assert.That((await _installation.RunAsync("variables", "get", "bucket")).Trim(), Is.EqualTo("lake"));
    }

    [TestCase("json")]
    [TestCase("yaml")]
    [TestCase("env")]
    public async Task Connections_go_out_and_come_in_by_every_format(string format)
    {
        var id = $"by_{format}";
        await _installation.RunWithInputAsync("p@ss: word #1", "connections", "add", id, "--conn-type", "postgresql", "--conn-host", "h", "--conn-login", "u", "--conn-port", "5432",
            "--conn-schema", "shop", "--conn-extra", """{"sslmode": "require", "n": 1}""", "--conn-password", "-");
        var before = await _installation.RunAsync("connections", "get", id, "-o", "json");
        var file = _installation[$"connections.{format}"];
        await _installation.RunAsync("connections", "export", file);
        await _installation.RunAsync("connections", "delete", id);
        Assert.That(await _installation.RunAsync("connections", "import", file), Does.Contain($"connection {id} is stored"));

        Assert.That(await _installation.RunAsync("connections", "get", id, "-o", "json"), Is.EqualTo(before));
        Assert.That(before, Does.Contain("p@ss: word #1").And.Contain("postgres://u:"));
        Assert.That(await _installation.RunAsync("connections", "import", file), Does.Contain($"connection {id} exists and stays as it is"));
        Assert.That(await _installation.RunAsync("connections", "import", file, "--overwrite"), Does.Contain($"connection {id} is stored"));
    }

    [Test]
    public async Task A_connection_is_tested_from_here()
    {
        await _installation.RunAsync("connections", "add", "here", "--conn-uri", _installation.Server.Uri());
        Assert.That(await _installation.RunAsync("connections", "test", "here"), Does.StartWith("connection here works: "));
        var failed = await _installation.TryAsync([("AIRFLOW_CONN_ELSEWHERE", "postgres://127.0.0.1:1/nothing")], "connections", "test", "elsewhere");
        Assert.That(failed.ExitCode, Is.EqualTo(1));
        Assert.That(failed.Error, Does.StartWith("pipelines: connection elsewhere failed: "));
    }

    [TestCase("connections", "add", "x", "--conn-host", "h", "--conn-type is missing")]
    [TestCase("connections", "add", "x", "--conn-type", "postgres", "--conn-uri", "postgres://h", "Give the connection either as")]
    [TestCase("connections", "get", "nowhere", "There is no connection 'nowhere'")]
    [TestCase("connections", "import", "nowhere.json", "There is no file 'nowhere.json'")]
    [TestCase("connections", "export", "out.txt", "Its name must end in .json, .yaml or .env")]
    [TestCase("connections", "export", "-", "--serialization-format", "json", "--serialization-format is for env only")]
    [TestCase("variables", "get", "nothing", "There is no variable 'nothing'")]
    [TestCase("variables", "list", "--hide-sensitive", "--hide-sensitive needs --show-values")]
    public async Task A_wrong_call_says_what_is_wrong(params string[] words)
    {
        var run = await _installation.TryAsync(words[..^1]);
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Error, Does.Contain(words[^1]));
    }
}
