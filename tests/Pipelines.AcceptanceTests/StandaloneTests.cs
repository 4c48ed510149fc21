using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests;

/// <summary>The engine as a service: sign in, look around, drive it from a second terminal.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed partial class StandaloneTests
{
    private const string Password = "correct horse battery staple";

    private readonly TemporaryDirectory _folder = new();
    private CommandLine _standalone = null!;
    private HttpClient _browser = null!;

    private string DataDirectory => Path.Combine(_folder.Path, "data");

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        var workflows = Directory.CreateDirectory(Path.Combine(_folder.Path, "workflows")).FullName;
        DagFile.Daily("say_one").Add("one", "SqlQuery", ("connectionId", "db"), ("sql", "SELECT 1 AS one, '{{ ds }}' AS day")).Write(workflows);
        await File.WriteAllTextAsync(Path.Combine(workflows, "broken.json"), "{ not json");
        _standalone = CommandLine.Start(
            ["standalone", "--port", "0", "--data-dir", DataDirectory, "--workflows", workflows],
            new Dictionary<string, string?> { ["PIPELINES_ADMIN_PASSWORD"] = Password });
        var line = await _standalone.LineAsync(text => text.Contains("is running on", StringComparison.Ordinal));
        _browser = new HttpClient { BaseAddress = new Uri(Address().Match(line).Value) };
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _browser?.Dispose();
        if (_standalone is not null) await _standalone.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Without_a_login_only_health_the_login_page_and_static_files_answer()
    {
        using var stranger = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = _browser.BaseAddress };

        Assert.That((await stranger.GetAsync("/health")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await stranger.GetAsync("/login")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await stranger.GetAsync("/")).Headers.Location?.ToString(), Does.Contain("/login"));
        Assert.That((await stranger.GetAsync("/hangfire")).StatusCode, Is.Not.EqualTo(HttpStatusCode.OK));
        Assert.That((await stranger.GetAsync("/ui/session")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task The_scripts_and_styles_arrive_whole()
    {
        Assert.That((await _browser.GetByteArrayAsync("/_framework/blazor.web.js")), Has.Length.GreaterThan(50_000));
        Assert.That((await _browser.GetByteArrayAsync("/_content/Pipelines.Web/app.css")), Has.Length.GreaterThan(1_000));
    }

    [Test]
    public async Task A_wrong_password_is_refused_and_the_right_one_shows_the_dags()
    {
        Assert.That(await SignInAsync("guess"), Does.Contain("wrong"));

        var page = await SignInAsync(Password);

        Assert.That(page, Does.Contain("broken.json"), "a file that cannot be read is shown");
        Assert.That(await _browser.GetStringAsync("/dags"), Does.Contain("say_one"));
        Assert.That(await _browser.GetStringAsync("/hangfire"), Does.Contain("Pipelines jobs"));
    }

    [Test]
    public async Task A_second_terminal_adds_a_connection_triggers_a_run_and_reads_its_log()
    {
        await using var database = await Pipelines.LocalCloud.Postgres.EmbeddedPostgres.StartAsync(
            new() { DataDirectory = Path.Combine(_folder.Path, "pg"), Fsync = false });
        await SucceedAsync("connections", "add", "db", "--conn-uri", database.Uri());

        var paused = await SucceedAsync("dags", "trigger", "say_one", "--run-id", "by_hand", "--logical-date", "2026-02-01");
        Assert.That(paused.Output + paused.Error, Does.Contain("paused"), "a run of a paused DAG waits, and the user is told");
        await SucceedAsync("dags", "unpause", "say_one");
        await SucceedAsync("runs", "wait", "say_one", "by_hand");

        var taken = await CommandLine.RunAsync(["dags", "trigger", "say_one", "--run-id", "by_hand", "--data-dir", DataDirectory]);
        Assert.That(taken.Error, Is.EqualTo("pipelines: DAG 'say_one' has a run 'by_hand' already. Choose another, or clear that run to run it again.\n"));
        Assert.That((await SucceedAsync("health")).Output, Is.EqualTo("ok\n"), "it finds the standalone of the data directory");
        Assert.That((await SucceedAsync("runs", "list", "say_one", "-o", "json")).Output, Does.Contain("by_hand").And.Contain("success"));
        Assert.That((await SucceedAsync("runs", "show", "say_one", "by_hand")).Output, Does.Contain("one"));
        Assert.That((await SucceedAsync("tasks", "logs", "say_one", "by_hand", "one")).Output, Does.Contain("SELECT: 1 rows"));
        Assert.That((await SucceedAsync("connections", "list")).Output, Does.Contain("db").And.Not.Contain(new Uri(database.Uri()).UserInfo.Split(':')[1]));
    }

    [Test]
    public async Task A_second_terminal_takes_a_connection_away_stores_secrets_anew_and_gives_a_new_password()
    {
        await SucceedAsync("connections", "add", "gone", "--conn-uri", "postgres://reader:s3cret@db/shop");
        await SucceedAsync("users", "create", "forgetful", "--role", "viewer", "--password", Password);

        Assert.That((await SucceedAsync("rotate-fernet-key")).Output, Does.Match(@"^\d+ connections and 0 variables are stored with the first key now\n$"));
        Assert.That((await SucceedAsync("connections", "delete", "gone")).Output, Is.EqualTo("connection gone is deleted\n"));
        Assert.That((await SucceedAsync("connections", "list")).Output, Does.Not.Contain("gone"));
        Assert.That((await SucceedAsync("users", "reset-password", "forgetful", "--password", "another one")).Output, Is.EqualTo("user forgetful has a new password\n"));
        Assert.That((await TokenAsync("forgetful", Password), await TokenAsync("forgetful", "another one")), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.Created)));
    }

    [Test]
    public async Task A_port_in_use_is_said_in_words()
    {
        using var squatter = new TcpListener(IPAddress.Loopback, 0);
        squatter.Start();
        var port = ((IPEndPoint)squatter.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using var other = new TemporaryDirectory();

        var run = await CommandLine.RunAsync(["standalone", "--port", port, "--data-dir", Path.Combine(other.Path, "data"), "--workflows", other.Path]);

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain($"Port {port} on 127.0.0.1 is in use. Choose another with --port").And.Not.Contain("   at "));
    }

    [TestCase("connections", "delete", "nothing_of_that_name")]
    [TestCase("connections", "add", "misspelt", "--conn-uri", "postgre://db")]
    [TestCase("dags", "trigger", "nothing_of_that_name")]
    [TestCase("runs", "list", "nothing_of_that_name")]
    [TestCase("backfill", "create", "say_one", "--from-date", "2026-02-02", "--to-date", "2026-02-01")]
    public async Task What_cannot_be_done_is_said_in_words(params string[] arguments)
    {
        var run = await CommandLine.RunAsync([.. arguments, "--data-dir", DataDirectory]);

        Assert.That(run.ExitCode, Is.EqualTo(1), run.Output);
        Assert.That(run.Error, Does.StartWith("pipelines: ").And.Not.Contain("   at "));
    }

    private async Task<CommandLine.Finished> SucceedAsync(params string[] arguments)
    {
        var run = await CommandLine.RunAsync([.. arguments, "--data-dir", DataDirectory]);
        Assert.That(run.ExitCode, Is.Zero, $"{string.Join(' ', arguments)}: {run.Output}{run.Error}");
        return run;
    }

    private async Task<HttpStatusCode> TokenAsync(string username, string password) =>
        (await _browser.PostAsJsonAsync("/auth/token", new { username, password })).StatusCode;

    /// <summary>Fills in the login form as a browser does; returns the page that follows.</summary>
    private async Task<string> SignInAsync(string password)
    {
        var form = await _browser.GetStringAsync("/login");
        var fields = HiddenField().Matches(form).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value);
        fields["Input.Username"] = "admin";
        fields["Input.Password"] = password;
        using var content = new FormUrlEncodedContent(fields);
        var response = await _browser.PostAsync("/login", content);
        return await response.Content.ReadAsStringAsync();
    }

    [GeneratedRegex("http://127.0.0.1:[0-9]+")]
    private static partial Regex Address();

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]+)\"")]
    private static partial Regex HiddenField();
}
