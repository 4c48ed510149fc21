namespace Pipelines.Model.Timetables;

/// <summary>
/// A run per span between two ticks, started when the span is over: logical date = start of the span (airflow-semantics.md §2.1;
/// Airflow 2's meaning of a cron).
/// </summary>
/// <param name="schedule">The ticks.</param>
public sealed class CronDataIntervalTimetable(CronSchedule schedule) : ITimetable
{
    /// <inheritdoc/>
    public string Summary => $"{schedule.Expression} (cron_data_interval)";

    /// <inheritdoc/>
    public bool CanBeScheduled => true;

    /// <inheritdoc/>
    public bool Periodic => true;

    /// <inheritdoc/>
    public PlannedRun? NextRun(DataInterval? lastAutomated, TimeRestriction restriction, DateTimeOffset now)
    {
        var earliest = Earliest(restriction, now);

        // Aligned because the schedule may have changed since the last run.
        var following = lastAutomated is { } last ? schedule.AlignPrevious(last.End) : earliest;
        var start = Later(following, earliest);
        return start is null || start > restriction.Latest ? null : RunOf(start.Value);
    }

    /// <inheritdoc/>
    public DataInterval InferManualInterval(DateTimeOffset runAfter)
    {
        var end = schedule.AlignPrevious(runAfter);
        return new(schedule.Previous(end), end);
    }

    /// <inheritdoc/>
    public IEnumerable<PlannedRun> RunsBetween(DateTimeOffset from, DateTimeOffset to) => schedule.Between(from, to).Select(RunOf);

    private DateTimeOffset? Earliest(TimeRestriction restriction, DateTimeOffset now)
    {
        DateTimeOffset? aligned = restriction.Earliest is { } earliest ? schedule.AlignNext(earliest) : null;

        // Without catchup: the last span that is complete; on a tick that is the one which ends right now.
        return restriction.Catchup ? aligned : Later(schedule.Previous(schedule.AlignPrevious(now)), aligned);
    }

    private PlannedRun RunOf(DateTimeOffset start)
    {
        var end = schedule.Next(start);
        return new(start, new(start, end), end);
    }

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one > other || other is null ? one : other;
}
