using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>Text that wants to be markup stays text, on every page that shows it, Hangfire's among them.</summary>
[Category("Browser")]
public sealed class HostileTests
{
    private const string DagId = "hostile_daily";
    private const string Markup = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>'\"&amp;🚀\u202e";

    private const string DraftId = "hostile_draft";

    private static readonly string Long = Markup + new string('w', 500);

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        DagFile.Daily(DagId, ("description", Long), ("owner", Markup), ("tags", $"[{System.Text.Json.JsonSerializer.Serialize(Markup)}]"), ("params", $"{{\"note\":{System.Text.Json.JsonSerializer.Serialize(Long)}}}"))
            .Add("say", "SqlQuery", ("connectionId", "shop"), ("sql", $"SELECT '{Long.Replace("'", "''")}' AS said"))
            .Add("break", "SqlQuery", ("connectionId", "shop"), ("sql", $"SELECT '{Long.Replace("'", "''")}'::int"))
            .Add("stand", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1"), ("queue", Markup))
            .Titled(Markup, Long).Write(Site.Workflows);
        await Site.DagAsync(DagId);
        await Site.RunAsync("dags", "unpause", DagId);
        await Site.RunAsync("connections", "add", "hostile", "--conn-uri", $"postgres://{Uri.EscapeDataString(Markup)}@{Uri.EscapeDataString("h<b>ost")}/x");
        await Site.RunAsync("users", "create", Markup, "--role", "op", "--author", "--password", Site.Password);
    }

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
            await TextOnlyAsync(page, path);
            Assert.That(await page.EvaluateAsync<bool>("() => location.pathname.startsWith('/hangfire') || document.documentElement.scrollWidth <= innerWidth"), Is.True, $"{path} does not scroll sideways");
        }
        await visitor.OpenAsync($"/dags/{DagId}/runs/marked/tasks/say");
        await Expect(page.Locator("[aria-labelledby=xcom]")).ToContainTextAsync("<script>window.hacked=1</script>");
        await visitor.PictureAsync("hostile-task");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task Markup_in_titles_task_names_and_people_is_text_in_the_designer_and_on_the_page_of_users()
    {
        await using (var author = await Visitor.SignInAsync(Markup))
        {
            // A draft may hold what no DAG may: the name of a task is refused only when it is published.
            await author.Page.EvaluateAsync("""
                async text => { const answer = await fetch('/elsa/api/workflow-definitions/import', { method: 'POST', body: text, headers: { 'content-type': 'application/json' } }); if (!answer.ok) throw new Error(await answer.text()); }
                """, DagFile.Queries(DraftId, Markup).Titled(Markup, Long).ToString());
        }
        await using var visitor = await Visitor.SignInAsync();
        var (page, designer) = (visitor.Page, new Designer(visitor));
        await page.GotoAsync("/studio/");
        await Expect(page.Locator("table")).ToContainTextAsync("<img src=x", new() { Timeout = 120_000 });
        await TextOnlyAsync(page, "the list");

        await designer.OpenAsync(DraftId);
        await Expect(designer.State).ToContainTextAsync("by <img src=x");
        await Expect(designer.Node("<img src=x")).ToBeVisibleAsync();
        await designer.Publishing.Locator("summary").ClickAsync();
        await Expect(designer.Publishing).ToContainTextAsync("Task '<img src=x");
        await TextOnlyAsync(page, "the editor and its bar");
        await visitor.PictureAsync("hostile-designer");

        await designer.OpenAsync(DagId);
        await TextOnlyAsync(page, "the editor of what is published");
        await Site.RunAsync("dags", "trigger", DagId, "--run-id", "drawn");
        var instance = await Site.MetadataAsync($"SELECT id FROM pipelines.dag_run WHERE dag_id = '{DagId}' AND run_id = 'drawn'");
        await page.GotoAsync($"/studio/workflows/instances/{instance}/view");
        await designer.WaitForGraphAsync();
        await TextOnlyAsync(page, "the run");
        await visitor.OpenAsync("/users");
        await Expect(page.Locator("main")).ToContainTextAsync("<img src=x");
        await TextOnlyAsync(page, "/users");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    // Studio has two scripts of its own in what it draws.
    private static async Task TextOnlyAsync(IPage page, string where)
    {
        Assert.That(await page.EvaluateAsync<bool>("() => 'hacked' in window"), Is.False, $"a script ran on {where}");
        Assert.That(await page.Locator("img[src=x], main:not(#studio) script, [onerror]").CountAsync(), Is.Zero, where);
        Assert.That(await page.Locator("main script", new() { HasText = "hacked" }).CountAsync(), Is.Zero, where);
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
