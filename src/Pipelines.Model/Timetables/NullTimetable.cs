namespace Pipelines.Model.Timetables;

/// <summary>Schedule None: runs only when somebody triggers them.</summary>
public sealed class NullTimetable : ITimetable
{
    /// <inheritdoc/>
    public string Summary => "None";

    /// <inheritdoc/>
    public bool CanBeScheduled => false;

    /// <inheritdoc/>
    public bool Periodic => false;

    /// <inheritdoc/>
    public PlannedRun? NextRun(DataInterval? lastAutomated, TimeRestriction restriction, DateTimeOffset now) => null;

    /// <inheritdoc/>
    public DataInterval InferManualInterval(DateTimeOffset runAfter) => new(runAfter, runAfter);

    /// <inheritdoc/>
    public IEnumerable<PlannedRun> RunsBetween(DateTimeOffset from, DateTimeOffset to) => [];
}
