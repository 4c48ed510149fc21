using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>Ten days chosen on the calendar, watched, paused, resumed and cancelled in the middle; nothing is left behind.</summary>
[Category("Browser")]
public sealed class BackfillTests
{
    private const string DagId = "backfill_daily";

    [Test]
    public async Task Ten_days_are_backfilled_paused_resumed_and_cancelled_in_the_middle()
    {
        await using var gate = await Gate.CloseAsync(Site.Source.ConnectionString());
        DagFile.Daily(DagId).Add("load", "SqlQuery", ("connectionId", "shop"), ("sql", $"{gate.Sql}; SELECT '{{{{ ds }}}}' AS day"))
            .Add("check", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1")).Connect("load", "check").Write(Site.Workflows);
        await Site.DagAsync(DagId);
        await using var visitor = await Visitor.SignInAsync();
        var page = visitor.Page;

        await visitor.OpenAsync($"/dags/{DagId}/backfills?month=2026-04&max=2");
        await page.GetByTestId("day-2026-04-01").ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("pick=end"));
        await page.GetByTestId("day-2026-04-10").ClickAsync();
        var plan = page.GetByTestId("plan").Locator("tbody tr");
        await Expect(plan).ToHaveCountAsync(10);
        await Expect(plan.First).ToContainTextAsync("2026-04-01");
        await Expect(plan.Last).ToContainTextAsync("2026-04-10");
        await visitor.PictureAsync("backfill-preview");
        await page.GetByTestId("start-backfill").ClickAsync();

        var card = page.GetByTestId("backfill");
        var counts = page.GetByTestId("backfill-counts");
        await Expect(counts).ToContainTextAsync("2 running");
        await Expect(counts).ToContainTextAsync("8 queued");
        await page.GetByTestId("pause-backfill").ClickAsync();
        await Expect(page.GetByTestId("resume-backfill")).ToBeVisibleAsync();
        await gate.OpenAsync();
        await Expect(counts).ToContainTextAsync("2 of 10");
        await Expect(counts).ToContainTextAsync("8 queued");
        await visitor.PictureAsync("backfill-paused");

        await gate.CloseAgainAsync();
        await page.GetByTestId("resume-backfill").ClickAsync();
        await Expect(counts).ToContainTextAsync("2 running");
        await visitor.PictureAsync("backfill-running");
        await page.GetByTestId("cancel-backfill").ClickAsync();
        await Expect(card.GetByRole(AriaRole.Alertdialog)).ToContainTextAsync("6 queued runs");
        await card.GetByTestId("confirm").ClickAsync();
        await Expect(card).ToContainTextAsync("cancelled by admin");
        await gate.OpenAsync();
        await Expect(counts).ToContainTextAsync("10 of 10");
        await Expect(counts).ToContainTextAsync("4 success");
        await Expect(counts).ToContainTextAsync("6 failed");
        await visitor.PictureAsync("backfill-cancelled");

        Assert.That(await Site.MetadataAsync($"SELECT count(*) FROM pipelines.dag_run WHERE dag_id = '{DagId}' AND state IN ('queued', 'running')"), Is.Zero);
        Assert.That(await Site.MetadataAsync($"SELECT count(*) FROM pipelines.task_instance ti JOIN pipelines.dag_run r ON r.id = ti.dag_run_id WHERE r.dag_id = '{DagId}' AND ti.state IN ('scheduled', 'queued', 'running', 'up_for_retry', 'restarting')"), Is.Zero);
        await card.GetByRole(AriaRole.Link, new() { Name = "2026-04-01" }).ClickAsync();
        await Expect(page.GetByTestId("backfill")).ToBeVisibleAsync();
        await visitor.OpenAsync("/");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "What needs a person" })).ToBeVisibleAsync();
        await Expect(page.GetByText("backfill__2026-04-06")).ToHaveCountAsync(0);
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [TestCase("2026-04-06", "2026-04-09", 4)]
    [TestCase("2026-04-23", "2026-04-14", 10)]
    public async Task A_range_is_dragged_over_the_calendar_from_either_end(string from, string to, int days)
    {
        const string dagId = "dragged_daily";
        DagFile.Daily(dagId).Add("load", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1")).Write(Site.Workflows);
        await Site.DagAsync(dagId);
        await using var visitor = await Visitor.SignInAsync();
        await visitor.OpenAsync($"/dags/{dagId}/backfills?month=2026-04");

        await visitor.Page.GetByTestId($"day-{from}").HoverAsync();
        await visitor.Page.Mouse.DownAsync();
        await visitor.Page.GetByTestId($"day-{to}").HoverAsync();
        await Expect(visitor.Page.Locator(".day.chosen")).ToHaveCountAsync(days);
        await visitor.PictureAsync("backfill-dragging");
        await visitor.Page.Mouse.UpAsync();

        var (first, last) = string.CompareOrdinal(from, to) < 0 ? (from, to) : (to, from);
        await Expect(visitor.Page).ToHaveURLAsync(new Regex($"from={first}&to={last}"));
        var plan = visitor.Page.GetByTestId("plan").Locator("tbody tr");
        await Expect(plan).ToHaveCountAsync(days);
        await Expect(plan.First).ToContainTextAsync(first);
        await Expect(plan.Last).ToContainTextAsync(last);
        Assert.That(visitor.Complaints, Is.Empty);
    }
}
