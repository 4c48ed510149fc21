namespace Pipelines.Model.Timetables;

/// <summary><c>@continuous</c>: the next run begins when the one before has ended, and is about the time since (airflow-semantics.md §2.3).</summary>
public sealed class ContinuousTimetable : ITimetable
{
    // The finest step that a stored date has.
    private static readonly TimeSpan Step = TimeSpan.FromMicroseconds(1);

    /// <inheritdoc/>
    public string Summary => "@continuous";

    /// <inheritdoc/>
    public bool CanBeScheduled => true;

    /// <inheritdoc/>
    public bool Periodic => false;

    /// <inheritdoc/>
    public int? ActiveRunsLimit => 1;

    /// <inheritdoc/>
    /// <remarks>After a run without length the next one starts a microsecond later, since two runs of a DAG cannot have one logical date.</remarks>
    public PlannedRun? NextRun(DataInterval? lastAutomated, TimeRestriction restriction, DateTimeOffset now)
    {
        var start = lastAutomated is not { } last ? restriction.Earliest ?? now : last.Length == TimeSpan.Zero ? last.End + Step : last.End;
        var end = start > now ? start : now;
        return end > restriction.Latest ? null : new(start, new(start, end), end);
    }

    /// <inheritdoc/>
    public DataInterval InferManualInterval(DateTimeOffset runAfter) => new(runAfter, runAfter);

    /// <inheritdoc/>
    public IEnumerable<PlannedRun> RunsBetween(DateTimeOffset from, DateTimeOffset to) => [];
}
