namespace Pipelines.Model.Timetables;

/// <summary>
/// A run per span between two ticks, started when the span is over: logical date = start of the span (airflow-semantics.md §2.1;
/// Airflow 2's meaning of a schedule).
/// </summary>
/// <param name="ticks">The ticks.</param>
/// <param name="kind">Its name, e.g. <c>cron_data_interval</c>.</param>
public sealed class DataIntervalTimetable(ITicks ticks, string kind) : ITimetable
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
        var earliest = Earliest(restriction, now);

        // Aligned because the schedule may have changed since the last run.
        var following = lastAutomated is { } last ? ticks.AlignPrevious(last.End) : earliest;
        var start = Later(following, earliest);
        return start is null || start > restriction.Latest ? null : RunOf(start.Value);
    }

    /// <inheritdoc/>
    public DataInterval InferManualInterval(DateTimeOffset runAfter)
    {
        var end = ticks.AlignPrevious(runAfter);
        return new(ticks.Previous(end), end);
    }

    /// <inheritdoc/>
    public IEnumerable<PlannedRun> RunsBetween(DateTimeOffset from, DateTimeOffset to) => ticks.Between(from, to).Select(RunOf);

    private DateTimeOffset? Earliest(TimeRestriction restriction, DateTimeOffset now)
    {
        DateTimeOffset? aligned = restriction.Earliest is { } earliest ? ticks.AlignNext(earliest) : null;
        return restriction.Catchup ? aligned : Later(ticks.LastComplete(now), aligned);
    }

    private PlannedRun RunOf(DateTimeOffset start)
    {
        var end = ticks.Next(start);
        return new(start, new(start, end), end);
    }

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one > other || other is null ? one : other;
}
