namespace Pipelines.Model.Timetables;

/// <summary><c>@once</c>: one run at start_date, or at once without one; catchup does not matter.</summary>
public sealed class OnceTimetable : ITimetable
{
    /// <inheritdoc/>
    public string Summary => "@once";

    /// <inheritdoc/>
    public bool CanBeScheduled => true;

    /// <inheritdoc/>
    public bool Periodic => false;

    /// <inheritdoc/>
    public PlannedRun? NextRun(DataInterval? lastAutomated, TimeRestriction restriction, DateTimeOffset now)
    {
        var at = restriction.Earliest ?? now;
        return lastAutomated is not null || at > restriction.Latest ? null : new(at, new(at, at), at);
    }

    /// <inheritdoc/>
    public DataInterval InferManualInterval(DateTimeOffset runAfter) => new(runAfter, runAfter);

    /// <inheritdoc/>
    public IEnumerable<PlannedRun> RunsBetween(DateTimeOffset from, DateTimeOffset to) => [];
}
