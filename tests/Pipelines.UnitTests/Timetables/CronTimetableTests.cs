using CsCheck;
using Pipelines.Model.Timetables;

namespace Pipelines.UnitTests.Timetables;

public sealed class CronTimetableTests
{
    private static readonly DateTimeOffset Now = At("2026-03-10T12:00Z");

    private static readonly ITimetable Spans = TimetableFactory.Create("0 0 * * *", TimetableFactory.CronDataInterval, null, null);

    private static readonly ITimetable Triggers = TimetableFactory.Create("0 0 * * *", null, null, null);

    // Each: catchup, start_date, end of the last automated run's interval, now → logical date of the next run (null: none).
    [TestCase(false, null, null, "2026-03-10T12:00Z", "2026-03-09", TestName = "Span_no_catchup: the last complete day")]
    [TestCase(false, null, null, "2026-03-10T00:00Z", "2026-03-09", TestName = "Span_no_catchup: exactly on a tick the day that just ended")]
    [TestCase(false, "2026-01-01T00:00Z", null, "2026-03-10T12:00Z", "2026-03-09", TestName = "Span_no_catchup: a start long ago changes nothing")]
    [TestCase(false, "2026-04-01T07:00Z", null, "2026-03-10T12:00Z", "2026-04-02", TestName = "Span_no_catchup: a start ahead is aligned to the next tick")]
    [TestCase(false, "2026-01-01T00:00Z", "2026-02-01T00:00Z", "2026-03-10T12:00Z", "2026-03-09", TestName = "Span_no_catchup: days missed since the last run are left out")]
    [TestCase(false, "2026-01-01T00:00Z", "2026-03-10T00:00Z", "2026-03-10T12:00Z", "2026-03-10", TestName = "Span_no_catchup: the day after the last run")]
    [TestCase(true, null, null, "2026-03-10T12:00Z", null, TestName = "Span_catchup: no start, no run")]
    [TestCase(true, "2026-01-01T00:00Z", null, "2026-03-10T12:00Z", "2026-01-01", TestName = "Span_catchup: starts on the tick of the start date")]
    [TestCase(true, "2026-01-01T00:01Z", null, "2026-03-10T12:00Z", "2026-01-02", TestName = "Span_catchup: else on the next tick")]
    [TestCase(true, "2026-01-01T00:00Z", "2026-02-01T00:00Z", "2026-03-10T12:00Z", "2026-02-01", TestName = "Span_catchup: goes on where it stopped")]
    [TestCase(true, "2026-01-01T00:00Z", "2026-02-01T13:30Z", "2026-03-10T12:00Z", "2026-02-01", TestName = "Span_catchup: aligns back after a change of schedule")]
    public void Data_interval_runs(bool catchup, string? start, string? lastEnd, string now, string? expected) =>
        Assert.That(
            Spans.NextRun(Last(lastEnd), new(Maybe(start), null, catchup), At(now)),
            Is.EqualTo(expected is null ? null : DayOf(expected)));

    [TestCase(false, null, null, "2026-03-10T12:00Z", "2026-03-11", TestName = "Trigger_no_catchup: without a start the next tick")]
    [TestCase(false, null, null, "2026-03-10T02:00Z", "2026-03-10", TestName = "Trigger_no_catchup: without a start the tick just past, within a tenth of the gap")]
    [TestCase(false, "2026-01-01T00:00Z", null, "2026-03-10T12:00Z", "2026-03-10", TestName = "Trigger_no_catchup: the most recent missed tick runs at once")]
    [TestCase(false, "2026-01-01T00:00Z", null, "2026-03-10T00:00Z", "2026-03-10", TestName = "Trigger_no_catchup: exactly on a tick that tick")]
    [TestCase(false, "2026-01-01T00:00Z", "2026-03-10T00:00Z", "2026-03-10T12:00Z", "2026-03-11", TestName = "Trigger_no_catchup: after today's tick tomorrow's")]
    [TestCase(false, "2026-01-01T00:00Z", "2026-02-01T00:00Z", "2026-03-10T12:00Z", "2026-03-10", TestName = "Trigger_no_catchup: missed ticks run once")]
    [TestCase(false, "2026-04-01T07:00Z", null, "2026-03-10T12:00Z", "2026-04-02", TestName = "Trigger_no_catchup: a start ahead is aligned")]
    [TestCase(true, "2026-01-01T00:00Z", null, "2026-03-10T12:00Z", "2026-01-01", TestName = "Trigger_catchup: from the start date")]
    [TestCase(true, "2026-01-01T00:00Z", "2026-02-01T00:00Z", "2026-03-10T12:00Z", "2026-02-02", TestName = "Trigger_catchup: the tick after the last")]
    [TestCase(true, null, null, "2026-03-10T12:00Z", "2026-03-11", TestName = "Trigger_catchup: without a start the next tick")]
    public void Trigger_runs(bool catchup, string? start, string? lastEnd, string now, string expected)
    {
        var tick = At(expected + "T00:00Z");
        Assert.That(Triggers.NextRun(Last(lastEnd), new(Maybe(start), null, catchup), At(now)), Is.EqualTo(new PlannedRun(tick, new(tick, tick), tick)));
    }

    [Test]
    public void A_run_exactly_at_the_end_date_still_runs_and_none_after([Values] bool spans)
    {
        var timetable = spans ? Spans : Triggers;
        var first = timetable.NextRun(null, new(At("2026-02-01T00:00Z"), At("2026-02-01T00:00Z"), true), Now);
        Assert.Multiple(() =>
        {
            Assert.That(first?.LogicalDate, Is.EqualTo(At("2026-02-01T00:00Z")));
            Assert.That(timetable.NextRun(first!.Interval, new(At("2026-02-01T00:00Z"), At("2026-02-01T00:00Z"), true), Now), Is.Null);
        });
    }

    [Test]
    public void A_manual_run_gets_the_last_complete_span_or_its_own_moment() => Assert.Multiple(() =>
    {
        Assert.That(Spans.InferManualInterval(At("2026-03-10T01:00Z")), Is.EqualTo(Day("2026-03-09")));
        Assert.That(Spans.InferManualInterval(At("2026-03-10T00:00Z")), Is.EqualTo(Day("2026-03-09")));
        Assert.That(Triggers.InferManualInterval(Now), Is.EqualTo(new DataInterval(Now, Now)));
        Assert.That(new NullTimetable().InferManualInterval(Now), Is.EqualTo(new DataInterval(Now, Now)));
    });

    [Test]
    public void Catchup_leaves_no_gap_and_no_overlap_through_changes_of_clocks() =>
        Gen.Select(AnyOf("@daily", "@hourly", "30 2 * * *", "0 */2 * * *", "15,45 1-3 * * *"), AnyOf("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"), Gen.Int[0, 365 * 24 * 60])
            .Sample(
                (cron, zone, minute) =>
                {
                    var timetable = TimetableFactory.Create(cron, TimetableFactory.CronDataInterval, zone, null);
                    var start = At("2026-01-01T00:00Z").AddMinutes(minute);
                    List<PlannedRun> runs = [timetable.NextRun(null, new(start, null, true), start)!];
                    while (runs.Count < 60)
                    {
                        runs.Add(timetable.NextRun(runs[^1].Interval, new(start, null, true), start)!);
                    }

                    return runs[0].LogicalDate >= start
                        && runs.Zip(runs.Skip(1)).All(pair => pair.First.Interval.End == pair.Second.Interval.Start)
                        && runs.TrueForAll(run => run.Interval.Length > TimeSpan.Zero && run.RunAfter == run.Interval.End)
                        && runs.SequenceEqual(timetable.RunsBetween(start, runs[^1].LogicalDate));
                },
                iter: 100);

    [Test]
    public void Runs_between_includes_both_ends_and_is_lazy() => Assert.Multiple(() =>
    {
        Assert.That(Spans.RunsBetween(At("2026-02-01T00:00Z"), At("2026-02-03T00:00Z")), Is.EqualTo(new[] { DayOf("2026-02-01"), DayOf("2026-02-02"), DayOf("2026-02-03") }));
        Assert.That(Spans.RunsBetween(At("2026-02-01T00:01Z"), At("2026-02-01T23:00Z")), Is.Empty);
        Assert.That(Spans.RunsBetween(At("2000-01-01T00:00Z"), At("2490-01-01T00:00Z")).Take(2).Count(), Is.EqualTo(2));
    });

    [Test]
    public void Once_runs_once_at_the_start_date_whatever_catchup([Values] bool catchup)
    {
        var once = TimetableFactory.Create("@once", null, null, null);
        var start = At("2026-01-01T07:00Z");
        Assert.Multiple(() =>
        {
            Assert.That(once.NextRun(null, new(start, null, catchup), Now)?.LogicalDate, Is.EqualTo(start));
            Assert.That(once.NextRun(null, new(null, null, catchup), Now)?.LogicalDate, Is.EqualTo(Now));
            Assert.That(once.NextRun(new(start, start), new(start, null, catchup), Now), Is.Null);
            Assert.That(once.NextRun(null, new(start, start.AddDays(-1), catchup), Now), Is.Null);
            Assert.That(once.Periodic, Is.False);
        });
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("None")]
    public void No_schedule_never_runs_by_itself(string? schedule)
    {
        var timetable = TimetableFactory.Create(schedule, null, null, null);
        Assert.Multiple(() =>
        {
            Assert.That(timetable.CanBeScheduled, Is.False);
            Assert.That(timetable.NextRun(null, new(Now, null, true), Now), Is.Null);
        });
    }

    [Test]
    public void A_cron_without_timetable_is_Airflow_3s_trigger_and_says_so() => Assert.Multiple(() =>
    {
        Assert.That(Triggers.Summary, Is.EqualTo("0 0 * * * (cron_trigger)"));
        Assert.That(Spans.Summary, Is.EqualTo("0 0 * * * (cron_data_interval)"));
    });

    [Test]
    public void The_zone_is_the_setting_else_the_offset_of_the_start_date_else_UTC() => Assert.Multiple(() =>
    {
        Assert.That(FirstTick("Europe/Berlin", null), Is.EqualTo(At("2026-03-10T23:00Z")));
        Assert.That(FirstTick(null, DateTimeOffset.Parse("2026-01-01T00:00+05:30", null)), Is.EqualTo(At("2026-03-10T18:30Z")));
        Assert.That(FirstTick(null, At("2026-01-01T00:00Z")), Is.EqualTo(At("2026-03-11T00:00Z")));
    });

    [Test]
    public void Unknown_zone_and_timetable_say_what_to_write() => Assert.Multiple(() =>
    {
        Assert.That(() => TimetableFactory.Create("@daily", null, "Europe/Atlantis", null), Throws.TypeOf<TimetableException>().With.Message.Contains("'Europe/Atlantis'").And.Message.Contains("IANA"));
        Assert.That(() => TimetableFactory.Create("@daily", "lunar", null, null), Throws.TypeOf<TimetableException>().With.Message.Contains("cron_data_interval"));
    });

    private static DateTimeOffset? FirstTick(string? zone, DateTimeOffset? start) =>
        TimetableFactory.Create("0 0 * * *", null, zone, start).RunsBetween(Now, Now.AddDays(2)).First().LogicalDate;

    private static Gen<string> AnyOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, null);

    private static DateTimeOffset? Maybe(string? text) => text is null ? null : At(text);

    private static DataInterval? Last(string? end) => end is null ? null : new(At(end), At(end));

    private static DataInterval Day(string day) => new(At(day + "T00:00Z"), At(day + "T00:00Z").AddDays(1));

    private static PlannedRun DayOf(string day) => new(Day(day).Start, Day(day), Day(day).End);
}
