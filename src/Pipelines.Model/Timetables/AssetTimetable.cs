namespace Pipelines.Model.Timetables;

/// <summary>Runs when assets were updated (airflow-semantics.md §17), and with a second timetable also at its times (AssetOrTimeSchedule).</summary>
/// <param name="time">The times; null: only assets call for runs.</param>
public sealed class AssetTimetable(ITimetable? time) : ITimetable
{
    /// <summary>The summary where no time calls for runs, as Airflow shows it.</summary>
    public const string OnlyAssets = "Asset";

    /// <inheritdoc/>
    public string Summary => time is null ? OnlyAssets : $"{OnlyAssets} or {time.Summary}";

    /// <inheritdoc/>
    public bool CanBeScheduled => time is { CanBeScheduled: true };

    /// <inheritdoc/>
    public bool Periodic => time is { Periodic: true };

    /// <inheritdoc/>
    public int? ActiveRunsLimit => time?.ActiveRunsLimit;

    /// <inheritdoc/>
    public bool ForgetsThePast => time is { ForgetsThePast: true };

    /// <inheritdoc/>
    public PlannedRun? NextRun(DataInterval? lastAutomated, TimeRestriction restriction, DateTimeOffset now) => time?.NextRun(lastAutomated, restriction, now);

    /// <inheritdoc/>
    public DataInterval InferManualInterval(DateTimeOffset runAfter) => time?.InferManualInterval(runAfter) ?? new(runAfter, runAfter);

    /// <inheritdoc/>
    public IEnumerable<PlannedRun> RunsBetween(DateTimeOffset from, DateTimeOffset to) => time?.RunsBetween(from, to) ?? [];
}
