using Pipelines.Model.Timetables;

namespace Pipelines.UnitTests.Timetables;

/// <summary>airflow-semantics.md §2: what is not one cron.</summary>
public sealed class OtherTimetableTests
{
    private static readonly DateTimeOffset Now = At("2026-03-10T12:34:56Z");

    // Each: kind, catchup, start_date, end of the last automated run, expected interval's start and end (null: no run).
    [TestCase(null, true, "2026-03-01T01:00Z", null, "2026-03-01T01:00Z", "2026-03-01T01:00Z", TestName = "Delta_trigger_catchup: at the start date, which is no multiple of anything")]
    [TestCase(null, true, "2026-03-01T01:00Z", "2026-03-01T01:00Z", "2026-03-01T07:00Z", "2026-03-01T07:00Z", TestName = "Delta_trigger_catchup: a delta after the last")]
    [TestCase(null, false, "2026-03-01T01:00Z", null, "2026-03-10T12:34:56Z", "2026-03-10T12:34:56Z", TestName = "Delta_trigger_no_catchup: now, since every moment is a tick")]
    [TestCase(null, false, null, "2026-03-10T12:00Z", "2026-03-10T18:00Z", "2026-03-10T18:00Z", TestName = "Delta_trigger_no_catchup: a delta after the last")]
    [TestCase(null, false, null, "2026-03-01T12:00Z", "2026-03-10T12:34:56Z", "2026-03-10T12:34:56Z", TestName = "Delta_trigger_no_catchup: what was missed runs once, now")]
    [TestCase(null, false, "2026-04-01T01:00Z", null, "2026-04-01T01:00Z", "2026-04-01T01:00Z", TestName = "Delta_trigger_no_catchup: a start ahead")]
    [TestCase("delta_data_interval", true, "2026-03-01T01:00Z", null, "2026-03-01T01:00Z", "2026-03-01T07:00Z", TestName = "Delta_span_catchup: from the start date")]
    [TestCase("delta_data_interval", true, "2026-03-01T01:00Z", "2026-03-01T07:00Z", "2026-03-01T07:00Z", "2026-03-01T13:00Z", TestName = "Delta_span_catchup: goes on where the last ended")]
    [TestCase("delta_data_interval", true, null, null, null, null, TestName = "Delta_span_catchup: no start, no run")]
    [TestCase("delta_data_interval", false, null, null, "2026-03-10T06:00Z", "2026-03-10T12:00Z", TestName = "Delta_span_no_catchup: one before the last multiple since 1970")]
    [TestCase("delta_data_interval", false, null, "2026-03-10T11:00Z", "2026-03-10T11:00Z", "2026-03-10T17:00Z", TestName = "Delta_span_no_catchup: goes on where the last ended")]
    public void Every_six_hours(string? kind, bool catchup, string? start, string? lastEnd, string? expectedStart, string? expectedEnd)
    {
        var run = TimetableFactory.Create("06:00:00", kind, null, null).NextRun(Last(lastEnd), new(Maybe(start), null, catchup), Now);

        Assert.That(run, Is.EqualTo(expectedStart is null ? null : new PlannedRun(At(expectedStart), new(At(expectedStart), At(expectedEnd!)), At(expectedEnd!))));
    }

    [Test]
    public void A_delta_before_1970_rounds_down_as_well() => Assert.That(
        new DeltaTicks("06:00:00", new(0, TimeSpan.FromHours(6))).LastComplete(At("1969-12-31T23:00Z")), Is.EqualTo(At("1969-12-31T12:00Z")));

    // Each: schedule, kind, end of the last automated run, expected interval's start and end.
    [TestCase("P1M", null, "2026-01-31T06:00Z", "2026-02-28T06:00Z", "2026-02-28T06:00Z", TestName = "Months_trigger: to the last day of a shorter month")]
    [TestCase("P1M", null, "2026-02-28T06:00Z", "2026-03-28T06:00Z", "2026-03-28T06:00Z", TestName = "Months_trigger: from there on, as Airflow counts")]
    [TestCase("P1Y", null, "2024-02-29T00:00Z", "2025-02-28T00:00Z", "2025-02-28T00:00Z", TestName = "Years_trigger: from a leap day")]
    [TestCase("P1Y2M10DT6H", null, "2024-12-31T00:00Z", "2026-03-10T06:00Z", "2026-03-10T06:00Z", TestName = "Months_trigger: months first, then days and hours")]
    [TestCase("P3M", "delta_data_interval", "2026-01-01T00:00Z", "2026-01-01T00:00Z", "2026-04-01T00:00Z", TestName = "Months_span: goes on where the last ended")]
    public void Months_and_years_follow_the_calendar(string schedule, string? kind, string lastEnd, string start, string end)
    {
        var timetable = TimetableFactory.Create(schedule, kind, null, null);
        Assert.That(timetable.NextRun(Last(lastEnd), new(At("2020-01-01T00:00Z"), null, true), Now), Is.EqualTo(new PlannedRun(At(start), new(At(start), At(end)), At(end))));
    }

    [Test]
    public void Without_catchup_a_span_of_months_begins_before_a_multiple_of_thirty_days_as_in_Airflow()
    {
        // 20,522.5 days since 1970 is 684 times 30 days, and a rest; the multiple is 2026-03-08.
        var run = TimetableFactory.Create("P1M", "delta_data_interval", null, null).NextRun(null, new(null, null, false), Now)!;
        Assert.That(run.Interval, Is.EqualTo(new DataInterval(At("2026-02-08T00:00Z"), At("2026-03-08T00:00Z"))));
    }

    [TestCase("P0M", "no time at all")]
    [TestCase("P1M1X", "P1M1X")]
    [TestCase("P9999Y", "leaves the calendar")]
    public void Months_that_make_no_sense_are_told(string schedule, string words) =>
        Assert.That(() => TimetableFactory.Create(schedule, null, null, null).NextRun(Last("2026-01-01T00:00Z"), new(null, null, true), Now), Throws.InstanceOf<TimetableException>().With.Message.Contains(words));

    [Test]
    public void A_triggers_interval_ends_at_its_tick_and_the_logical_date_is_its_start()
    {
        var timetable = TimetableFactory.Create("0 0 * * *", null, null, null, new(TimeSpan.FromDays(1), null, false));
        var day = new PlannedRun(At("2026-03-09T00:00Z"), new(At("2026-03-09T00:00Z"), At("2026-03-10T00:00Z")), At("2026-03-10T00:00Z"));

        Assert.That(timetable.NextRun(null, new(At("2026-01-01T00:00Z"), null, false), Now), Is.EqualTo(day));
        Assert.That(timetable.NextRun(day.Interval, new(At("2026-01-01T00:00Z"), null, true), Now)!.Interval, Is.EqualTo(new DataInterval(At("2026-03-10T00:00Z"), At("2026-03-11T00:00Z"))));
        Assert.That(timetable.RunsBetween(At("2026-03-09T00:00Z"), At("2026-03-09T23:00Z")), Is.EqualTo(new[] { day }), "a backfill's range is of logical dates");
        Assert.That(timetable.InferManualInterval(Now), Is.EqualTo(new DataInterval(Now.AddDays(-1), Now)));
    }

    [TestCase(null, "2026-03-11T00:00Z", TestName = "Run_immediately: by itself not a tick twelve hours ago")]
    [TestCase(13.0, "2026-03-10T00:00Z", TestName = "Run_immediately: within the given time")]
    [TestCase(12.0, "2026-03-11T00:00Z", TestName = "Run_immediately: not longer ago")]
    [TestCase(double.PositiveInfinity, "2026-03-10T00:00Z", TestName = "Run_immediately: true")]
    public void Run_immediately(double? hours, string expected)
    {
        TimeSpan? past = hours is null ? null : double.IsInfinity(hours.Value) ? TriggerOptions.Always : TimeSpan.FromHours(hours.Value);
        var timetable = TimetableFactory.Create("0 0 * * *", null, null, null, new(TimeSpan.Zero, past, false));

        Assert.That(timetable.NextRun(null, new(null, null, true), Now)!.LogicalDate, Is.EqualTo(At(expected)));
    }

    [Test]
    public void Several_crons_run_whenever_one_ticks_and_once_where_two_do()
    {
        var timetable = TimetableFactory.Create("0 6 * * *; 0 */12 * * *\n0 12 * * *", null, null, null);

        Assert.That(timetable.RunsBetween(At("2026-03-01T00:00Z"), At("2026-03-02T00:00Z")).Select(run => run.LogicalDate.Hour), Is.EqualTo(new[] { 0, 6, 12, 0 }));
        Assert.That(timetable.NextRun(Last("2026-03-01T00:00Z"), new(At("2026-01-01T00:00Z"), null, true), Now)!.LogicalDate, Is.EqualTo(At("2026-03-01T06:00Z")));
        Assert.That(timetable.NextRun(Last("2026-03-01T00:00Z"), new(At("2026-01-01T00:00Z"), null, false), Now)!.LogicalDate, Is.EqualTo(At("2026-03-10T12:00Z")), "the latest that was missed");
        Assert.That(timetable.NextRun(Last("2026-03-10T12:00Z"), new(At("2026-01-01T00:00Z"), null, false), Now)!.LogicalDate, Is.EqualTo(At("2026-03-11T00:00Z")), "else the next");
        Assert.That(timetable.NextRun(Last("2026-03-10T12:00Z"), new(null, At("2026-03-10T20:00Z"), false), Now), Is.Null);
    }

    [Test]
    public void Continuous_runs_follow_each_other_without_a_gap_and_never_share_a_logical_date()
    {
        var timetable = TimetableFactory.Create("@continuous", null, null, null);
        var restriction = new TimeRestriction(null, At("2026-03-10T13:00Z"), false);

        var first = timetable.NextRun(null, restriction, Now)!;
        var second = timetable.NextRun(first.Interval, restriction, Now.AddMinutes(1))!;
        var third = timetable.NextRun(second.Interval, restriction, Now.AddMinutes(2))!;

        Assert.That(first.Interval, Is.EqualTo(new DataInterval(Now, Now)));
        Assert.That(second.Interval, Is.EqualTo(new DataInterval(Now.AddMicroseconds(1), Now.AddMinutes(1))));
        Assert.That(third.Interval, Is.EqualTo(new DataInterval(Now.AddMinutes(1), Now.AddMinutes(2))));
        Assert.That(timetable.NextRun(third.Interval, restriction, At("2026-03-10T13:00:01Z")), Is.Null, "after the end date");
        Assert.That(timetable.NextRun(null, new(At("2026-01-01T00:00Z"), null, false), Now)!.Interval, Is.EqualTo(new DataInterval(At("2026-01-01T00:00Z"), Now)));
        Assert.That(timetable.NextRun(null, new(At("2026-04-01T00:00Z"), null, false), Now)!.RunAfter, Is.EqualTo(At("2026-04-01T00:00Z")));
        Assert.That(timetable.ActiveRunsLimit, Is.EqualTo(1));
    }

    [Test]
    public void Events_run_at_their_moments_in_order_and_equal_ones_once()
    {
        var timetable = TimetableFactory.Create("2026-06-01T09:00:00Z; 2026-03-01T10:00:00+01:00\n2026-03-01T09:00:00Z; 2026-03-10T12:34:56Z", TimetableFactory.Events, null, null);
        DateTimeOffset? Next(string? lastEnd, bool catchup) => timetable.NextRun(Last(lastEnd), new(null, null, catchup), Now)?.LogicalDate;

        Assert.That(Next(null, true), Is.EqualTo(At("2026-03-01T09:00Z")));
        Assert.That(Next("2026-03-01T09:00Z", true), Is.EqualTo(Now));
        Assert.That(Next(null, false), Is.EqualTo(Now), "what has passed is past");
        Assert.That(Next("2026-03-10T12:34:56Z", false), Is.EqualTo(At("2026-06-01T09:00Z")));
        Assert.That(Next("2026-06-01T09:00Z", false), Is.Null);
        Assert.That(timetable.RunsBetween(At("2026-03-01T00:00Z"), At("2026-05-01T00:00Z")).Count(), Is.EqualTo(2));
        Assert.That(timetable.InferManualInterval(Now.AddDays(1)).Start, Is.EqualTo(Now.AddDays(1)));
    }

    [TestCase("2026-01-01T00:00Z", "2026-03-01T09:00Z", TestName = "Restricted_events: the first when all are ahead")]
    [TestCase("2026-04-01T00:00Z", "2026-03-01T09:00Z", TestName = "Restricted_events: the latest that has passed")]
    [TestCase("2026-06-01T09:00Z", "2026-06-01T09:00Z", TestName = "Restricted_events: its own moment")]
    public void A_manual_run_may_be_restricted_to_events(string runAfter, string expected) => Assert.That(
        TimetableFactory.Create("2026-06-01T09:00:00Z; 2026-03-01T09:00:00Z", TimetableFactory.Events, null, null, new(TimeSpan.Zero, null, true)).InferManualInterval(At(runAfter)),
        Is.EqualTo(new DataInterval(At(expected), At(expected))));

    [TestCase("06:00:00", "cron_trigger", "is a duration", "delta_trigger")]
    [TestCase("0 0 * * *", "delta_trigger", "is not a duration", "cron_trigger")]
    [TestCase("00:00:00", null, "is no time at all", "a duration such as 00:05:00")]
    [TestCase("0 0 * * *; 0 6 * * *", "cron_data_interval", "has 2 crons", "cron_trigger")]
    [TestCase("2026-03-01; tomorrow", "events", "'tomorrow' is no moment", "2026-03-01T09:00:00Z")]
    [TestCase("@continous", null, "is not a preset", "@daily")]
    public void What_does_not_go_together_is_refused_with_a_way_out(string schedule, string? kind, string what, string instead) => Assert.That(
        () => TimetableFactory.Create(schedule, kind, null, null), Throws.TypeOf<TimetableException>().With.Message.Contains(what).And.Message.Contains(instead));

    [TestCase("@daily", "cron_data_interval", 1, false, false)]
    [TestCase("@once", null, 1, false, false)]
    [TestCase("@daily", null, 0, false, true)]
    [TestCase("06:00:00", null, 0, true, false)]
    [TestCase("2026-03-01", "events", 1, false, false)]
    public void An_option_without_a_meaning_is_refused(string schedule, string? kind, int days, bool immediately, bool restricted) => Assert.That(
        () => TimetableFactory.Create(schedule, kind, null, null, new(TimeSpan.FromDays(days), immediately ? TriggerOptions.Always : null, restricted)),
        Throws.TypeOf<TimetableException>().With.Message.Contains("no meaning"));

    private static DataInterval? Last(string? end) => end is null ? null : new(At(end).AddHours(-6), At(end));

    private static DateTimeOffset? Maybe(string? text) => text is null ? null : At(text);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal);
}
