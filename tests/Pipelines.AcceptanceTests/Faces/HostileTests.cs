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

    private static readonly string Long = Markup + new string('w', 500);
    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        DagFile.Daily(DagId, ("description", Long), ("owner", Markup), ("tags", $"[{System.Text.Json.JsonSerializer.Serialize(Markup)}]"), ("params", $"{{\"note\":{System.Text.Json.JsonSerializer.Serialize(Long)}}}"))
            .Add("say", "SqlQuery", ("connectionId", "shop"), ("sql", $"SELECT '{Long.Replace("'", "''")}' AS said"))
            .Add("break", "SqlQuery", ("connectionId", "shop"), ("sql", $"SELECT '{Long.Replace("'", "''")}'::int"))
            .Add("stand", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1"), ("queue", Markup))
            .Write(Site.Workflows);
        await Site.DagAsync(DagId);
        await Site.RunAsync("dags", "unpause", DagId);
        await Site.RunAsync("connections", "add", "hostile", "--conn-uri", $"postgres://{Uri.EscapeDataString(Markup)}@{Uri.EscapeDataString("h<b>ost")}/x");
        await Site.UserAsync(Markup, "op");
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
            Assert.That(await page.EvaluateAsync<bool>("() => 'hacked' in window"), Is.False, $"a script ran on {path}");
            Assert.That(await page.Locator("img[src=x], main script, [onerror]").CountAsync(), Is.Zero, path);
            Assert.That(await page.EvaluateAsync<bool>("() => location.pathname.startsWith('/hangfire') || document.documentElement.scrollWidth <= innerWidth"), Is.True, $"{path} does not scroll sideways");
        }
        await visitor.OpenAsync($"/dags/{DagId}/runs/marked/tasks/say");
        await Expect(page.Locator("[aria-labelledby=xcom]")).ToContainTextAsync("<script>window.hacked=1</script>");
        await visitor.PictureAsync("hostile-task");
        Assert.That(visitor.Complaints, Is.Empty);
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
