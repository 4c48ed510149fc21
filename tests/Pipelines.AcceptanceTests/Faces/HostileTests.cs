using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>What goes wrong around a page: text that wants to be markup, a session that ends, a DAG that goes, a server that goes, a second person.</summary>
[Category("Browser")]
public sealed class HostileTests
{
    private const string DagId = "hostile_daily";
    private const string Markup = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>'\"&amp;🚀\u202e";

    private static readonly string Long = Markup + new string('w', 500);
    private Gate _gate = null!;

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        _gate = await Gate.CloseAsync();
        DagFile.Daily(DagId, ("description", Long), ("owner", Markup), ("tags", $"[{System.Text.Json.JsonSerializer.Serialize(Markup)}]"), ("params", $"{{\"note\":{System.Text.Json.JsonSerializer.Serialize(Long)}}}"))
            .Add("say", "SqlQuery", ("connectionId", "shop"), ("sql", $"SELECT '{Long.Replace("'", "''")}' AS said"))
            .Add("break", "SqlQuery", ("connectionId", "shop"), ("sql", $"SELECT '{Long.Replace("'", "''")}'::int"))
            .Add("stand", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1"), ("queue", Markup))
            .Add("wait", "SqlQuery", ("connectionId", "shop"), ("sql", _gate.Sql))
            .Write(Site.Workflows);
        await Site.DagAsync(DagId);
        await Site.RunAsync("dags", "unpause", DagId);
        await Site.RunAsync("connections", "add", "hostile", "--conn-uri", $"postgres://{Uri.EscapeDataString(Markup)}@{Uri.EscapeDataString("h<b>ost")}/x");
        await Site.UserAsync(Markup, "op");
    }

    [OneTimeTearDown]
    public async Task OpenAsync() => await _gate.DisposeAsync();

    [Test]
    public async Task Markup_in_names_params_errors_logs_output_and_notes_is_text_on_every_page()
    {
        await using var visitor = await Visitor.SignInAsync(Markup);
        var page = visitor.Page;
        await visitor.OpenAsync($"/dags/{DagId}/trigger");
        await page.GetByLabel("Run id").FillAsync(Markup);
        await page.GetByTestId("start").ClickAsync();
        await Expect(page.GetByText("has characters other than letters")).ToBeVisibleAsync();
        await page.GetByLabel("Run id").FillAsync("marked");
        await page.GetByTestId("start").ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/runs/marked$"));
        await page.GetByTestId("edit-note").ClickAsync();
        await page.GetByTestId("note-text").FillAsync(Long);
        await page.GetByTestId("save-note").ClickAsync();
        await Expect(page.GetByTestId("note")).ToContainTextAsync("<script>window.hacked=1</script>");
        await visitor.OpenAsync("/variables?edit=%2B");
        await page.GetByTestId("key").FillAsync(Markup);
        await page.GetByTestId("value").FillAsync(Long);
        await page.GetByLabel("Description").FillAsync(Long);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/variables$"));
        await visitor.OpenAsync($"/dags/{DagId}/runs/marked/tasks/break");
        await Expect(page.GetByTestId("failure")).ToContainTextAsync("<img src=x");

        foreach (var path in await EverywhereAsync())
        {
            await visitor.OpenAsync(path);
            Assert.That(await page.EvaluateAsync<bool>("() => 'hacked' in window"), Is.False, $"a script ran on {path}");
            Assert.That(await page.Locator("img[src=x], main script, [onerror]").CountAsync(), Is.Zero, path);
            Assert.That(await page.EvaluateAsync<bool>("() => location.pathname.startsWith('/hangfire') || document.documentElement.scrollWidth <= innerWidth"), Is.True, $"{path} does not scroll sideways");
        }
        await visitor.OpenAsync($"/dags/{DagId}/runs/marked/tasks/say");
        await Expect(page.Locator("[aria-labelledby=xcom]")).ToContainTextAsync("<script>window.hacked=1</script>");
        await visitor.PictureAsync("hostile-task");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_session_that_ends_while_a_page_is_open_is_said_and_leads_back_to_the_page()
    {
        await using var visitor = await Visitor.SignInAsync();
        await visitor.OpenAsync("/dags?q=hostile");
        await visitor.Context.ClearCookiesAsync();

        await visitor.Page.EvaluateAsync("() => dispatchEvent(new Event('focus'))");

        await Expect(visitor.Page.GetByText("Your session has ended")).ToBeVisibleAsync();
        await visitor.PictureAsync("login-ended");
        await visitor.FillLoginAsync();
        await Expect(visitor.Page).ToHaveURLAsync($"{Site.Url}/dags?q=hostile");
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
        Assert.That(run.Complaints.Concat(dag.Complaints), Is.Empty);
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
        await visitor.OpenAsync("/dags");

        away = true;
        await sockets[^1].CloseAsync();
        var dialog = visitor.Page.Locator("#components-reconnect-modal");
        await Expect(dialog).ToBeVisibleAsync();
        await Expect(dialog).ToContainTextAsync("connects again by itself");
        await visitor.PictureAsync("lost-connection");
        away = false;

        await Expect(dialog).ToBeHiddenAsync();
        await visitor.Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).GetByRole(AriaRole.Link, new() { Name = "Backfills" }).ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Heading, new() { Name = "Backfills" })).ToBeVisibleAsync();
    }

    /// <summary>Every page that shows something of the run, Hangfire's among them.</summary>
    private static async Task<IReadOnlyList<string>> EverywhereAsync()
    {
        var job = await Site.MetadataAsync($"SELECT ti.hangfire_job_id FROM pipelines.task_instance ti JOIN pipelines.dag_run r ON r.id = ti.dag_run_id WHERE r.dag_id = '{DagId}' AND ti.task_id = 'break' AND r.run_id = 'marked'");
        return
        [
            "/", "/dags", $"/dags?q={Uri.EscapeDataString(Markup)}", $"/dags?tag={Uri.EscapeDataString(Markup)}", $"/dags/{DagId}", $"/dags/{DagId}?tab=graph", $"/dags/{DagId}?tab=runs", $"/dags/{DagId}?tab=tasks", $"/dags/{DagId}?tab=code",
            $"/dags/{DagId}?tab=versions", $"/dags/{DagId}/trigger", $"/dags/{DagId}/backfills?from={Uri.EscapeDataString(Markup)}&to=x", $"/dags/{DagId}/runs/marked", $"/dags/{DagId}/runs/{Uri.EscapeDataString(Markup)}",
            $"/dags/{DagId}/runs/marked/tasks/say", $"/dags/{DagId}/runs/marked/tasks/break", $"/dags/{DagId}/runs/marked/tasks/break?find={Uri.EscapeDataString(Markup)}", $"/dags/{DagId}/runs/marked/tasks/stand", "/backfills",
            "/connections", "/connections?edit=hostile", "/variables", $"/variables?edit={Uri.EscapeDataString(Markup)}", "/audit", $"/audit?owner={Uri.EscapeDataString(Markup)}",
            "/hangfire", "/hangfire/jobs/failed", "/hangfire/jobs/succeeded", "/hangfire/jobs/enqueued", "/hangfire/retries", $"/hangfire/jobs/details/{job}", "/hangfire/servers",
        ];
    }
}
