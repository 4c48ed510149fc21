using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>What happens around an open page: a session ends, a user or a DAG goes, the server goes, a second person acts.</summary>
[Category("Browser")]
public sealed class InterruptionTests
{
    private const string DagId = "interrupted_daily";

    private Gate _gate = null!;

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        _gate = await Gate.CloseAsync(Site.Source.ConnectionString());
        DagFile.Daily(DagId).Add("wait", "SqlQuery", ("connectionId", "shop"), ("sql", _gate.Sql)).Write(Site.Workflows);
        await Site.DagAsync(DagId);
        await Site.RunAsync("dags", "unpause", DagId);
    }

    [OneTimeTearDown]
    public async Task OpenAsync() => await _gate.DisposeAsync();

    [Test]
    public async Task A_session_that_ends_while_a_page_is_open_is_said_and_leads_back_to_the_page()
    {
        await using var visitor = await Visitor.SignInAsync();
        await visitor.OpenAsync("/dags?q=interrupted");
        await visitor.Context.ClearCookiesAsync();

        await visitor.Page.EvaluateAsync("() => dispatchEvent(new Event('focus'))");

        await Expect(visitor.Page.GetByText("Your session has ended")).ToBeVisibleAsync();
        await visitor.PictureAsync("login-ended");
        await visitor.FillLoginAsync();
        await Expect(visitor.Page).ToHaveURLAsync($"{Site.Url}/dags?q=interrupted");
    }

    [Test]
    public async Task Who_signs_out_in_one_tab_is_signed_out_in_the_others()
    {
        await using var visitor = await Visitor.SignInAsync();
        await visitor.OpenAsync("/dags");
        var other = await visitor.Context.NewPageAsync();
        await other.GotoAsync("/dags?q=interrupted");
        await Expect(other.Locator("main")).ToHaveAttributeAsync("data-live", "true");

        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).First.ClickAsync();

        await Expect(other.GetByText("Your session has ended")).ToBeVisibleAsync();
        await Expect(visitor.Page).ToHaveURLAsync($"{Site.Url}/login");
    }

    [Test]
    public async Task Ones_own_new_password_leads_to_the_login_page_and_ends_ones_other_sessions()
    {
        await Site.UserAsync("renewed", "admin");
        await using var visitor = await Visitor.SignInAsync("renewed");
        await using var elsewhere = await Visitor.SignInAsync("renewed");
        await elsewhere.OpenAsync("/dags");
        await visitor.OpenAsync("/users?edit=renewed");
        await visitor.Page.GetByTestId("password").FillAsync(Site.Password);
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();

        await Expect(visitor.Page.GetByText("Your password is changed")).ToBeVisibleAsync();
        await visitor.PictureAsync("login-changed");
        await visitor.FillLoginAsync("renewed");
        await Expect(visitor.Page).ToHaveURLAsync($"{Site.Url}/users");
        await elsewhere.Page.EvaluateAsync("() => dispatchEvent(new Event('focus'))");
        await Expect(elsewhere.Page.GetByText("Your session has ended")).ToBeVisibleAsync();
    }

    [Test]
    public async Task A_user_who_is_deleted_can_do_nothing_more_and_is_told_so()
    {
        await Site.UserAsync("leaver", "user");
        await Site.RunAsync("dags", "trigger", DagId, "--run-id", "left", "--logical-date", "2026-03-04");
        await using var visitor = await Visitor.SignInAsync("leaver");
        await visitor.OpenAsync($"/dags/{DagId}/runs/left");
        await visitor.Page.GetByTestId("mark-run-failed").ClickAsync();
        await Site.RunAsync("users", "delete", "leaver");

        await visitor.Page.GetByTestId("confirm").ClickAsync();

        await Expect(visitor.Page.GetByText("Your session has ended").First).ToBeVisibleAsync();
        Assert.That(await Site.MetadataAsync($"SELECT state FROM pipelines.dag_run WHERE dag_id = '{DagId}' AND run_id = 'left'"), Is.EqualTo("running"));
        await Expect(visitor.Page.GetByTestId("sign-in-again")).ToBeVisibleAsync(new() { Timeout = 45_000 });
        await visitor.PictureAsync("session-ended");
        await visitor.Page.GetByTestId("sign-in-again").ClickAsync();
        await visitor.FillLoginAsync();
        await Expect(visitor.Page).ToHaveURLAsync($"{Site.Url}/dags/{DagId}/runs/left");
    }

    [Test]
    public async Task A_dag_that_goes_while_its_pages_are_open_is_said_on_each()
    {
        const string gone = "gone_daily";
        var file = DagFile.Daily(gone).Add("one", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1")).Write(Site.Workflows);
        await Site.DagAsync(gone);
        await Site.RunAsync("dags", "unpause", gone);
        await Site.RunAsync("dags", "trigger", gone, "--run-id", "last", "--logical-date", "2026-03-01");
        await Site.RunAsync("runs", "wait", gone, "last");
        await using var dag = await Visitor.SignInAsync();
        await dag.OpenAsync($"/dags/{gone}");
        await using var run = await Visitor.SignInAsync();
        await run.OpenAsync($"/dags/{gone}/runs/last");

        File.Delete(file);
        await Expect(dag.Page.GetByText("is gone, so this DAG runs no more")).ToBeVisibleAsync();
        await Site.MetadataAsync($"UPDATE pipelines.dag SET current_version_id = NULL WHERE dag_id = '{gone}'; DELETE FROM pipelines.dag_run WHERE dag_id = '{gone}'; DELETE FROM pipelines.dag WHERE dag_id = '{gone}'");
        await run.Page.GetByTestId("clear-run").ClickAsync();
        await Expect(run.Page.GetByText($"There is no run 'last' of DAG '{gone}'")).ToBeVisibleAsync();
        await run.Page.ReloadAsync();
        await Expect(run.Page.GetByText("has no such run; it may have been deleted")).ToBeVisibleAsync();
        foreach (var path in new[] { $"/dags/{gone}", $"/dags/{gone}/runs/last/tasks/one", $"/dags/{gone}/trigger", $"/dags/{gone}/backfills" })
        {
            await run.OpenAsync(path);
            await Expect(run.Page.Locator(".problem, .empty").First).ToBeVisibleAsync();
        }
        // The open grid may ask once more for what has gone, and is told so; the browser says each such answer on its console too.
        var refused = dag.Complaints.Where(complaint => complaint.StartsWith($"404 GET {Site.Url}/ui/dags/{gone}/", StringComparison.Ordinal)).ToList();
        var said = dag.Complaints.Where(complaint => complaint.StartsWith("console: Failed to load resource: the server responded with a status of 404", StringComparison.Ordinal)).Take(refused.Count);
        Assert.That(run.Complaints.Concat(dag.Complaints.Except(refused).Except(said)), Is.Empty);
    }

    [Test]
    public async Task A_run_of_a_paused_dag_says_so_and_goes_on_when_it_is_unpaused_there()
    {
        const string paused = "paused_daily";
        DagFile.Daily(paused).Add("one", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1")).Write(Site.Workflows);
        await Site.DagAsync(paused);
        await Site.RunAsync("dags", "trigger", paused, "--run-id", "waits", "--logical-date", "2026-03-01");
        await using var visitor = await Visitor.SignInAsync();
        await visitor.OpenAsync($"/dags/{paused}/runs/waits/tasks/one");
        await Expect(visitor.Page.GetByTestId("why")).ToContainTextAsync("the DAG is paused");
        await visitor.OpenAsync($"/dags/{paused}/runs/waits");
        await Expect(visitor.Page.GetByTestId("why")).ToContainTextAsync("The DAG is paused");

        await visitor.Page.GetByTestId("unpause").ClickAsync();

        await Expect(visitor.Page.Locator("h1 + .state-success")).ToBeVisibleAsync();
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task Of_two_who_end_one_run_the_second_is_told_that_it_has_ended()
    {
        await Site.RunAsync("dags", "trigger", DagId, "--run-id", "shared", "--logical-date", "2026-03-02");
        await using var first = await Visitor.SignInAsync();
        await using var second = await Visitor.SignInAsync();
        foreach (var visitor in new[] { first, second }) await visitor.OpenAsync($"/dags/{DagId}/runs/shared");
        await second.Page.GetByTestId("mark-run-failed").ClickAsync();
        await Expect(second.Page.GetByTestId("affected")).ToBeVisibleAsync();

        await first.Page.GetByTestId("mark-run-success").ClickAsync();
        await first.Page.GetByTestId("confirm").ClickAsync();

        await Expect(second.Page.Locator("h1 + .state-success")).ToBeVisibleAsync();
        await Expect(second.Page.GetByTestId("mark-run-failed")).ToHaveCountAsync(0);
        Assert.That(await Site.MetadataAsync($"SELECT state FROM pipelines.dag_run WHERE dag_id = '{DagId}' AND run_id = 'shared'"), Is.EqualTo("success"));
        Assert.That(first.Complaints.Concat(second.Complaints), Is.Empty);
    }

    [Test]
    public async Task A_lost_connection_is_said_and_comes_back_by_itself()
    {
        await using var visitor = await Visitor.SignInAsync();
        var away = false;
        List<IWebSocketRoute> sockets = [];
        await visitor.Page.RouteWebSocketAsync(new Regex("/_blazor"), socket =>
        {
            if (away) _ = socket.CloseAsync();
            else
            {
                sockets.Add(socket);
                socket.ConnectToServer();
            }
        });
        await visitor.Page.RouteAsync("**/health", route => away ? route.AbortAsync() : route.ContinueAsync());
        await visitor.OpenAsync("/dags");

        away = true;
        await sockets[^1].CloseAsync();
        var dialog = visitor.Page.Locator("#components-reconnect-modal");
        await Expect(dialog).ToBeVisibleAsync();
        await Expect(dialog.GetByRole(AriaRole.Status)).ToContainTextAsync("by itself");
        await visitor.PictureAsync("lost-connection");
        away = false;

        await Expect(dialog).ToBeHiddenAsync(new() { Timeout = 30_000 });
        await Expect(visitor.Page.Locator("main")).ToHaveAttributeAsync("data-live", "true");
        await visitor.Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).GetByRole(AriaRole.Link, new() { Name = "Backfills" }).ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Heading, new() { Name = "Backfills" })).ToBeVisibleAsync();
    }
}
