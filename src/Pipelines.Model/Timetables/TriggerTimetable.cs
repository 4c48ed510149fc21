namespace Pipelines.Model.Timetables;

/// <summary>
/// A run at every tick (airflow-semantics.md §2.2; Airflow 3's default). Its data interval ends at the tick and has a length of its own,
/// zero unless the DAG says otherwise; the logical date is the interval's start. Without catchup the most recent missed tick runs once, at
/// once, as in Airflow.
/// </summary>
/// <param name="ticks">The ticks.</param>
/// <param name="kind">Its name, e.g. <c>cron_trigger</c>.</param>
/// <param name="options">Further settings.</param>
public sealed class TriggerTimetable(ITicks ticks, string kind, TriggerOptions options) : ITimetable
{
    /// <inheritdoc/>
    public string Summary => $"{ticks.Expression} ({kind})";

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
    public DataInterval InferManualInterval(DateTimeOffset runAfter) => new(runAfter - options.Interval, runAfter);

    /// <inheritdoc/>
    public IEnumerable<PlannedRun> RunsBetween(DateTimeOffset from, DateTimeOffset to) =>
        ticks.Between(from + options.Interval, to + options.Interval).Select(RunAt);

    private DateTimeOffset NextWithCatchup(DataInterval? lastAutomated, TimeRestriction restriction, DateTimeOffset now) =>
        lastAutomated is { } last ? ticks.Next(last.End)
        : restriction.Earliest is { } earliest ? ticks.AlignNext(earliest)
        : FirstRun(now);

    private DateTimeOffset NextWithoutCatchup(DataInterval? lastAutomated, TimeRestriction restriction, DateTimeOffset now)
    {
        var tick = ticks.AlignPrevious(now);
        if (lastAutomated is { } last)
        {
            tick = Later(tick, ticks.Next(last.End));
        }
        else if (restriction.Earliest is null)
        {
            tick = Later(tick, FirstRun(now));
        }

        return restriction.Earliest is { } earliest ? Later(tick, ticks.AlignNext(earliest)) : tick;
    }

    /// <summary>Without start_date and earlier run: the tick just past when it is near, else the next.</summary>
    private DateTimeOffset FirstRun(DateTimeOffset now)
    {
        var (past, next) = (ticks.AlignPrevious(now), ticks.AlignNext(now));
        var near = options.RunImmediately ?? TimeSpan.FromTicks(Math.Max((next - past).Ticks / 10, TimeSpan.FromMinutes(5).Ticks));
        return now - past <= near ? past : next;
    }

    private PlannedRun RunAt(DateTimeOffset tick) => new(tick - options.Interval, new(tick - options.Interval, tick), tick);

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}

/// <summary>What a trigger timetable may be told besides its ticks.</summary>
/// <param name="Interval">Length of a run's data interval, which ends at the tick.</param>
/// <param name="RunImmediately">
/// How long ago a tick may be that the first run of a DAG without start date is for; null: a tenth of the gap between two ticks, at least 5
/// minutes. (Airflow's <c>run_immediately</c>, where false means the same as nothing.)
/// </param>
public readonly record struct TriggerOptions(TimeSpan Interval, TimeSpan? RunImmediately)
{
    /// <summary>Airflow's <c>run_immediately=True</c>: the tick just past, however long ago.</summary>
    public static readonly TimeSpan Always = TimeSpan.MaxValue;
}
