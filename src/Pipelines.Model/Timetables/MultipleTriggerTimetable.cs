namespace Pipelines.Model.Timetables;

/// <summary>A run whenever one of several crons ticks, and one only where several do (airflow-semantics.md §2.2, MultipleCronTrigger).</summary>
/// <param name="timetables">One per cron, all with the same options.</param>
public sealed class MultipleTriggerTimetable(IReadOnlyList<TriggerTimetable> timetables) : ITimetable
{
    /// <inheritdoc/>
    public string Summary => string.Join(", ", timetables.Select(timetable => timetable.Summary));

    /// <inheritdoc/>
    public bool CanBeScheduled => true;

    /// <inheritdoc/>
    public bool Periodic => true;

    /// <inheritdoc/>
    public PlannedRun? NextRun(DataInterval? lastAutomated, TimeRestriction restriction, DateTimeOffset now)
    {
        var runs = timetables.Select(timetable => timetable.NextRun(lastAutomated, restriction, now)).OfType<PlannedRun>().OrderBy(run => run.LogicalDate).ToList();
        // Without catchup as few missed ticks as possible: the latest one that has passed, and only where none has the next to come.
        return restriction.Catchup ? runs.FirstOrDefault() : runs.LastOrDefault(run => run.LogicalDate <= now) ?? runs.FirstOrDefault();
    }

    /// <inheritdoc/>
    public DataInterval InferManualInterval(DateTimeOffset runAfter) => timetables[0].InferManualInterval(runAfter);

    /// <inheritdoc/>
    public IEnumerable<PlannedRun> RunsBetween(DateTimeOffset from, DateTimeOffset to)
    {
        var queues = new PriorityQueue<IEnumerator<PlannedRun>, DateTimeOffset>();
        foreach (var runs in timetables.Select(timetable => timetable.RunsBetween(from, to).GetEnumerator())) Enqueue(runs);
        DateTimeOffset? before = null;
        while (queues.TryDequeue(out var runs, out var date))
        {
            if (date != before) yield return runs.Current;
            before = date;
            Enqueue(runs);
        }

        void Enqueue(IEnumerator<PlannedRun> runs)
        {
            if (runs.MoveNext()) queues.Enqueue(runs, runs.Current.LogicalDate);
            else runs.Dispose();
        }
    }
}
