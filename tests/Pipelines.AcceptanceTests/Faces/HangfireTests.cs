using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Npgsql;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>Hangfire's dashboard and our pages tell one story: its Requeue and Delete do what our buttons do.</summary>
[Category("Browser")]
public sealed class HangfireTests
{
    private const string DagId = "jobs_daily";

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        DagFile.Daily(DagId)
            .Add("fragile", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT count(*) FROM repaired_meanwhile"))
            .Add("after", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1"))
            .Add("lose", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT pg_terminate_backend(pg_backend_pid())"), ("retries", "1"), ("retryDelay", "01:00:00"))
            .Add("stand", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1"), ("queue", "Nobody.Serves"))
            .Connect("fragile", "after").Write(Site.Workflows);
        await Site.DagAsync(DagId);
        await Site.RunAsync("dags", "unpause", DagId);
        await Site.RunAsync("dags", "trigger", DagId, "--run-id", "red", "--logical-date", "2026-03-01");
    }

    [Test]
    public async Task Requeue_in_the_dashboard_and_our_run_follows_to_its_end()
    {
        await using var visitor = await Visitor.SignInAsync();
        var page = visitor.Page;
        await visitor.OpenAsync($"/dags/{DagId}/runs/red/tasks/fragile");
        await Expect(page.Locator("h1 + .state-failed")).ToBeVisibleAsync();

        await page.GetByTestId("job").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = $"{DagId}.fragile [red]" })).ToBeVisibleAsync();
        await visitor.PictureAsync("hangfire-job");
        await page.GetByRole(AriaRole.Link, new() { Name = "Log, inputs and rows of" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/runs/red/tasks/fragile$"));

        await RepairAsync();
        await page.GotoAsync("/hangfire/jobs/failed");
        await visitor.PictureAsync("hangfire-failed");
        await PressAsync(page, "fragile", "Requeue jobs");

        await visitor.OpenAsync($"/dags/{DagId}/runs/red/tasks/after");
        await Expect(page.Locator("h1 + .state-success")).ToBeVisibleAsync();
        await visitor.OpenAsync($"/dags/{DagId}/runs/red/tasks/fragile");
        await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Attempts" }).GetByRole(AriaRole.Link)).ToHaveTextAsync(["Attempt 1 failed", "Attempt 2 success"]);
        await visitor.OpenAsync($"/audit?dag={DagId}&event=clear");
        await Expect(page.Locator("tbody tr").First).ToContainTextAsync("admin");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [TestCase("lose", "/hangfire/retries", "Delete selected", "up_for_retry")]
    [TestCase("stand", "/hangfire/jobs/enqueued/_4eobody_2e_53erves", "Delete selected", "queued")]
    public async Task Delete_in_the_dashboard_and_our_task_is_marked_failed(string task, string list, string button, string state)
    {
        await using var visitor = await Visitor.SignInAsync();
        var page = visitor.Page;
        await visitor.OpenAsync($"/dags/{DagId}/runs/red/tasks/{task}");
        await Expect(page.Locator($"h1 + .state-{state}")).ToBeVisibleAsync();

        if (task == "stand") await Expect(page.GetByTestId("why")).ToContainTextAsync("none that is alive serves queue 'Nobody.Serves'");
        await page.GotoAsync(list);
        await visitor.PictureAsync($"hangfire-{task}");
        await PressAsync(page, task, button);

        await visitor.OpenAsync($"/dags/{DagId}/runs/red/tasks/{task}");
        await Expect(page.Locator("h1 + .state-failed")).ToBeVisibleAsync();
        await visitor.OpenAsync($"/dags/{DagId}/runs/red");
        await Expect(page.Locator("tr", new() { HasText = task })).ToContainTextAsync("marked failed by admin");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    /// <summary>Ticks a task's job in a list of the dashboard, presses a button and says yes to its question.</summary>
    private static async Task PressAsync(IPage page, string task, string button)
    {
        page.Dialog += (_, dialog) => _ = dialog.AcceptAsync();
        var row = page.Locator("tr", new() { HasText = $"{DagId}.{task} [red]" });
        await row.Locator("input[type=checkbox]").CheckAsync();
        // The dashboard loads its page again when it is done. A job that was deleted while it was enqueued stays in its queue's list, dimmed, until a worker meets it.
        await page.EvaluateAsync("() => { window.isOld = true; }");
        await page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
        await page.WaitForFunctionAsync("() => !window.isOld && document.readyState === 'complete'");
    }

    private static async Task RepairAsync()
    {
        await using var source = new NpgsqlConnection(Site.Source.ConnectionString());
        await source.OpenAsync();
        await using var command = new NpgsqlCommand("CREATE TABLE repaired_meanwhile ()", source);
        await command.ExecuteNonQueryAsync();
    }
}
