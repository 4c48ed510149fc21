using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;
using Pipelines.Storage.Runs;
using Pipelines.Web.Components.Backfills;

namespace Pipelines.UnitTests.Web;

/// <summary>What the backfill page reads from its URL and says of a backfill.</summary>
public sealed class BackfillTests
{
    private static readonly DateTimeOffset First = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static BackfillProgress Progress => new()
    {
        Id = 7,
        DagId = "d<b>",
        FromDate = First,
        ToDate = First.AddDays(10).AddTicks(-10),
        MaxActiveRuns = 2,
        CreatedAt = First,
        CreatedBy = "<script>alert(1)</script>",
        Windows = 10,
        Success = 3,
        Running = 2,
        Queued = 5,
        MeanSeconds = 30,
    };

    private static IReadOnlyList<BackfillDate> Windows =>
        [.. Enumerable.Range(0, 10).Select(day => new BackfillDate { SortOrdinal = day + 1, LogicalDate = First.AddDays(day), RunId = $"r{day}", State = day < 3 ? "success" : day < 5 ? "running" : "queued" })];

    private static BackfillWindow Window(BackfillAction action) => new(new PlannedRun(First, new DataInterval(First, First.AddDays(1)), First.AddDays(1)), action, "", null);

    [Test]
    public void A_last_day_is_meant_to_its_end_and_an_instant_as_it_is()
    {
        var (days, _) = new BackfillQuery { From = "2026-01-01", To = "2026-01-02" }.Read("d");
        var (instants, _) = new BackfillQuery { From = "2026-01-01T06:00", To = "2026-01-01T08:00" }.Read("d");

        Assert.That((days!.Range.From, days.Range.To), Is.EqualTo((First, First.AddDays(2).AddTicks(-10))));
        Assert.That((instants!.Range.From, instants.Range.To), Is.EqualTo((First.AddHours(6), First.AddHours(8))));
    }

    [Test]
    public void All_of_the_query_reaches_the_request_and_its_link_says_it_again()
    {
        var query = new BackfillQuery
        {
            From = "2026-01-01",
            To = "2026-01-02",
            Reprocess = "failed",
            Tasks = ["a", "b&c"],
            Max = 3,
            Backwards = true,
            StartAt = "2026-02-01T06:00",
        };
        var (request, problems) = query.Read("d");

        Assert.That(problems, Is.Empty);
        Assert.That((request!.Range.Reprocess, request.Range.RunBackwards, request.MaxActiveRuns, request.StartAt), Is.EqualTo((ReprocessBehavior.Failed, true, 3, (DateTimeOffset?)First.AddMonths(1).AddHours(6))));
        Assert.That(request.TaskIds, Is.EqualTo(new[] { "a", "b&c" }));
        Assert.That(query.Link("d"), Is.EqualTo("/dags/d/backfills?from=2026-01-01&to=2026-01-02&reprocess=failed&max=3&backwards=true&start_at=2026-02-01T06%3A00&tasks=a&tasks=b%26c"));
    }

    [Test]
    public void Nonsense_in_the_url_is_named()
    {
        var (request, problems) = new BackfillQuery { From = "soon", To = "2026-01-02", Reprocess = "all", StartAt = "never" }.Read("d");

        Assert.That(request, Is.Null);
        Assert.That(problems, Has.Count.EqualTo(3));
        Assert.That(problems[0], Does.Contain("'soon'").And.Contain("2026-01-31"));
    }

    [Test]
    public void A_day_shows_the_state_that_most_wants_a_look_and_the_range()
    {
        var runs = new[] { new DayRuns { Day = new DateTime(2026, 1, 2), Success = 5, Failed = 1 }, new DayRuns { Day = new DateTime(2026, 1, 3), Success = 24 } };
        var month = CalendarMonth.Of(new DateOnly(2026, 1, 1), runs, day => day.Day < 20, (new DateOnly(2026, 1, 2), new DateOnly(2026, 1, 3)));
        var days = month.Weeks.SelectMany(week => week).ToList();

        Assert.That(days.TakeWhile(day => day is null).Count(), Is.EqualTo(3), "January 2026 begins on a Thursday.");
        Assert.That(days.Count % 7, Is.Zero);
        var (first, second, third) = (days[3]!, days[4]!, days[5]!);
        Assert.That((first.State, second.State, third.State), Is.EqualTo(("none", "failed", "success")));
        Assert.That(second.Description, Is.EqualTo("2 January 2026: 1 failed, 5 success"));
        Assert.That((first.IsChosen, second.IsChosen, third.IsChosen), Is.EqualTo((false, true, true)));
        Assert.That(days.Last(day => day is not null)!.CanBackfill, Is.False);
    }

    [TestCase("2025-03", 2025, 3)]
    [TestCase("9999-12", 2026, 5)]
    [TestCase("x", 2026, 5)]
    [TestCase(null, 2026, 5)]
    public void A_month_that_cannot_be_read_is_that_of_the_range(string? asked, int year, int month) =>
        Assert.That(CalendarMonth.FirstOf(asked, new DateOnly(2026, 5, 9), new DateOnly(2026, 1, 1)), Is.EqualTo(new DateOnly(year, month, 1)));

    [Test]
    public void The_estimate_counts_rounds_and_is_silent_when_it_cannot_know() => Assert.Multiple(() =>
    {
        Assert.That(BackfillWords.Estimate(Progress), Is.EqualTo("estimate: 2 min 00 s left (from 3 finished windows)"));
        Assert.That(BackfillWords.Estimate(Progress with { MeanSeconds = null }), Is.Null);
        Assert.That(BackfillWords.Estimate(Progress with { IsPaused = true }), Is.Null);
        Assert.That(BackfillWords.Estimate(Progress with { CompletedAt = First }), Is.Null);
    });

    [Test]
    public void A_forecast_counts_rounds_and_rows_of_the_windows_that_will_run() => Assert.Multiple(() =>
    {
        var plan = new BackfillPlan([Window(BackfillAction.Create), Window(BackfillAction.Clear), Window(BackfillAction.Skip), Window(BackfillAction.Create)], null);
        Assert.That(BackfillWords.Forecast(plan, 2, new TypicalRun(4, 30, 1000)), Is.EqualTo("Takes about 1 min 00 s and moves about 3,000 rows, going by the last 4 successful runs."));
        Assert.That(BackfillWords.Forecast(plan, 3, new TypicalRun(1, 30, 0)), Is.EqualTo("Takes about 30 s, going by the last successful run."));
        Assert.That(BackfillWords.Forecast(plan, 2, new TypicalRun(0, 0, 0)), Is.Null);
        Assert.That(BackfillWords.Forecast(new BackfillPlan([Window(BackfillAction.Skip)], null), 2, new TypicalRun(4, 30, 1000)), Is.Null);
    });

    [Test]
    public void The_question_before_a_cancel_names_what_will_fail() => Assert.That(
        BackfillWords.CancelQuestion(Progress, Windows),
        Is.EqualTo("Cancel backfill 7? 5 queued runs, 2026-01-06 to 2026-01-10, will be marked failed; 2 running runs will finish."));

    [Test]
    public void A_range_of_whole_days_reads_as_days() => Assert.That(BackfillWords.Range(Progress), Is.EqualTo("2026-01-01 to 2026-01-10"));

    [Test]
    public async Task The_card_shows_names_as_text_and_buttons_only_to_those_who_may([Values] bool mayRun, [Values] bool paused)
    {
        await using var context = new BunitContext();
        context.Services.AddSingleton(TimeProvider.System);
        var card = context.Render<BackfillCard>(parameters => parameters
            .Add(part => part.Backfill, Progress with { IsPaused = paused }).Add(part => part.Windows, Windows).Add(part => part.MayRun, mayRun));

        Assert.That(card.FindAll("script"), Is.Empty);
        Assert.That(card.Markup, Does.Contain("&lt;script&gt;"));
        Assert.That(card.FindAll("[data-testid=pause-backfill]"), Has.Count.EqualTo(mayRun && !paused ? 1 : 0));
        Assert.That(card.FindAll("[data-testid=resume-backfill]"), Has.Count.EqualTo(mayRun && paused ? 1 : 0));
        Assert.That(card.FindAll("[data-testid=cancel-backfill]"), Has.Count.EqualTo(mayRun ? 1 : 0));
        Assert.That(card.Find("[role=progressbar]").GetAttribute("aria-valuenow"), Is.EqualTo("3"));
        Assert.That(card.FindAll("tbody tr"), Has.Count.EqualTo(10));
    }

    [Test]
    public void Params_are_a_JSON_object_and_stay_in_the_link()
    {
        var query = new BackfillQuery { From = "2026-01-01", To = "2026-01-02", Conf = """{"country": "DE"}""" };
        Assert.That(query.Read("d").Request!.Conf["country"]!.GetValue<string>(), Is.EqualTo("DE"));
        Assert.That(query.Link("d"), Does.EndWith("&conf=%7B%22country%22%3A%20%22DE%22%7D"));
        Assert.That((query with { Conf = "[1]" }).Read("d").Problems.Single(), Does.StartWith("Params must be one JSON object"));
    }
}
