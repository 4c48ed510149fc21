namespace Pipelines.Model.Timetables;

/// <summary>
/// A run at every tick with a data interval of zero length at the tick (airflow-semantics.md §2.2; Airflow 3's default for a cron).
/// Without catchup the most recent missed tick runs once, at once, as in Airflow.
/// </summary>
/// <param name="schedule">The ticks.</param>
public sealed class CronTriggerTimetable(CronSchedule schedule) : ITimetable
{
    /// <inheritdoc/>
    public string Summary => $"{schedule.Expression} (cron_trigger)";

    /// <inheritdoc/>
    public bool CanBeScheduled => true;

    /// <inheritdoc/>
    public bool Periodic => true;

    /// <inheritdoc/>
    public PlannedRun? NextRun(DataInterval? lastAutomated, TimeRestriction restriction, DateTimeOffset now)
    {
        var tick = restriction.Catchup ? NextWithCatchup(lastAutomated, restriction, now) : NextWithoutCatchup(lastAutomated, restriction, now);
        return tick > restriction.Latest ? null : RunAt(tick);
    }

    /// <inheritdoc/>
    public DataInterval InferManualInterval(DateTimeOffset runAfter) => new(runAfter, runAfter);

    /// <inheritdoc/>
    public IEnumerable<PlannedRun> RunsBetween(DateTimeOffset from, DateTimeOffset to) => schedule.Between(from, to).Select(RunAt);

    private DateTimeOffset NextWithCatchup(DataInterval? lastAutomated, TimeRestriction restriction, DateTimeOffset now) =>
        lastAutomated is { } last ? schedule.Next(last.End)
        : restriction.Earliest is { } earliest ? schedule.AlignNext(earliest)
        : FirstRun(now);

    private DateTimeOffset NextWithoutCatchup(DataInterval? lastAutomated, TimeRestriction restriction, DateTimeOffset now)
    {
        var tick = schedule.AlignPrevious(now);
        if (lastAutomated is { } last)
        {
            tick = Later(tick, schedule.Next(last.End));
        }
        else if (restriction.Earliest is null)
        {
            tick = Later(tick, FirstRun(now));
        }

        return restriction.Earliest is { } earliest ? Later(tick, schedule.AlignNext(earliest)) : tick;
    }

    /// <summary>Without start_date and earlier run: the tick just past when it is near (a tenth of the gap, at least 5 minutes), else the next.</summary>
    private DateTimeOffset FirstRun(DateTimeOffset now)
    {
        var (past, next) = (schedule.AlignPrevious(now), schedule.AlignNext(now));
        var near = TimeSpan.FromTicks(Math.Max((next - past).Ticks / 10, TimeSpan.FromMinutes(5).Ticks));
        return now - past <= near ? past : next;
    }

    private static PlannedRun RunAt(DateTimeOffset tick) => new(tick, new(tick, tick), tick);

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
