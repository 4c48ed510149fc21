using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;

namespace Pipelines.UnitTests.Runs;

public sealed class BackfillPlanTests
{
    private static readonly Dag Daily = Sample.Dag("a") with { Timetable = TimetableFactory.Create("@daily", TimetableFactory.CronDataInterval, null, null) };

    private static readonly DateTimeOffset Now = At("2026-01-10T12:00Z");

    [Test]
    public void Windows_are_the_ticks_with_both_ends_in_order_or_backwards([Values] bool backwards)
    {
        var plan = Make("2026-01-01T00:00Z", "2026-01-03T00:00Z", backwards: backwards);
        int[] days = backwards ? [3, 2, 1] : [1, 2, 3];
        Assert.Multiple(() =>
        {
            Assert.That(plan.Windows.Select(window => window.Run.LogicalDate.Day), Is.EqualTo(days));
            Assert.That(plan.Windows.Select(window => window.Action), Is.All.EqualTo(BackfillAction.Create));
        });
    }

    [Test]
    public void A_window_that_is_not_over_is_left_out() =>
        Assert.That(Make("2026-01-08T00:00Z", "2026-02-01T00:00Z").Windows.Select(window => window.Run.LogicalDate.Day), Is.EqualTo(new[] { 8, 9 }));

    [TestCase(ReprocessBehavior.None, "skip already exists", "skip already exists")]
    [TestCase(ReprocessBehavior.Failed, "clear failed before", "skip already exists")]
    [TestCase(ReprocessBehavior.Completed, "clear failed before", "clear succeeded before")]
    public void Existing_runs_are_treated_as_asked(ReprocessBehavior reprocess, string failed, string succeeded)
    {
        var plan = Make(
            "2026-01-01T00:00Z", "2026-01-05T00:00Z", reprocess, runs: [Run(1, DagRunState.Failed), Run(2, DagRunState.Success), Run(3, DagRunState.Running), Run(4, DagRunState.Queued)]);
        Assert.Multiple(() =>
        {
            Assert.That(
                plan.Windows.Select(window => $"{StateNames.ToName(window.Action)} {window.Reason}"),
                Is.EqualTo(new[] { failed, succeeded, "skip in flight", "skip in flight", "create no run yet" }));
            Assert.That(plan.Windows.Select(window => window.Existing?.Id), Is.EqualTo(new long?[] { 1, 2, 3, 4, null }));
        });
    }

    [TestCase("2026-01-05T00:00Z", "2026-01-01T00:00Z", "Swap")]
    [TestCase("2026-02-01T00:00Z", "2026-02-03T00:00Z", "lies in the future")]
    [TestCase("2026-01-01T01:00Z", "2026-01-01T02:00Z", "no window of its schedule (@daily (cron_data_interval))")]
    [TestCase("2026-01-10T00:00Z", "2026-01-11T00:00Z", "no window of its schedule")]
    public void An_impossible_range_says_what_to_change(string from, string to, string words) =>
        Assert.That(() => Make(from, to), Throws.TypeOf<BackfillException>().With.Message.Contains(words).And.Message.Contains("'shop'"));

    [Test]
    public void Nothing_to_do_counts_why() => Assert.That(
        () => Make("2026-01-01T00:00Z", "2026-01-03T00:00Z", runs: [Run(1, DagRunState.Failed), Run(2, DagRunState.Success), Run(3, DagRunState.Running)]),
        Throws.TypeOf<BackfillException>().With.Message.Contains("1 runs are in flight and 2 exist"));

    [Test]
    public void A_preview_shows_the_windows_also_when_there_is_nothing_to_do()
    {
        var plan = BackfillPlan.Preview(Daily, new(At("2026-01-01T00:00Z"), At("2026-01-01T00:00Z")), [Run(1, DagRunState.Success)], Now);
        Assert.That((plan.Windows.Single().Existing?.State, plan.Problem), Is.EqualTo(((DagRunState?)DagRunState.Success, plan.Problem)));
        Assert.That(plan.Problem, Does.Contain("has nothing to do"));
    }

    [Test]
    public void More_windows_than_can_be_made_at_once_are_refused()
    {
        var minutely = Daily with { Timetable = TimetableFactory.Create("* * * * *", TimetableFactory.CronDataInterval, null, null) };
        Assert.That(
            () => BackfillPlan.Preview(minutely, new(At("2020-01-01T00:00Z"), At("2026-01-01T00:00Z")), [], Now),
            Throws.TypeOf<BackfillException>().With.Message.Contains("more than 10000 windows"));
    }

    [TestCase(ReprocessBehavior.None, false, "a", "cannot leave existing runs as they are")]
    [TestCase(ReprocessBehavior.Failed, false, "a", null)]
    [TestCase(ReprocessBehavior.Completed, false, "", null)]
    [TestCase(ReprocessBehavior.Completed, true, "", "cannot run backwards")]
    [TestCase(ReprocessBehavior.None, true, "b", null, TestName = "Tasks outside of its subset do not matter")]
    public void Tasks_that_depend_on_their_past_want_their_runs_in_order_and_ended_well(ReprocessBehavior reprocess, bool backwards, string subset, string? words)
    {
        var dag = Daily with { Tasks = [Sample.Task("a") with { DependsOnPast = true }, Sample.Task("b")] };
        BackfillPlan Preview() => BackfillPlan.Preview(dag, new(At("2026-01-01T00:00Z"), At("2026-01-02T00:00Z"), reprocess, backwards), [], Now, subset.Length == 0 ? [] : [subset]);
        if (words is null) Assert.That(Preview().Windows, Has.Count.EqualTo(2));
        else Assert.That(Preview, Throws.TypeOf<BackfillException>().With.Message.Contains(words).And.Message.Contains("'a' depends on its past"));
    }

    [TestCase(null)]
    [TestCase("@once")]
    public void A_DAG_without_regular_ticks_cannot_be_backfilled(string? schedule)
    {
        var dag = Daily with { Timetable = TimetableFactory.Create(schedule, null, null, null) };
        Assert.That(() => BackfillPlan.Make(dag, new(At("2026-01-01T00:00Z"), At("2026-01-02T00:00Z")), [], Now), Throws.TypeOf<BackfillException>().With.Message.Contains("cron schedule"));
    }

    private static BackfillPlan Make(string from, string to, ReprocessBehavior reprocess = ReprocessBehavior.None, bool backwards = false, params DagRun[] runs) =>
        BackfillPlan.Make(Daily, new(At(from), At(to), reprocess, backwards), runs, Now);

    private static DagRun Run(int day, DagRunState state) => Sample.Run(state) with { Id = day, LogicalDate = new(2026, 1, day, 0, 0, 0, TimeSpan.Zero) };

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, null);
}
