namespace Pipelines.Model.Runs;

/// <summary>Which scheduled task instances become queued now (airflow-semantics.md §15).</summary>
/// <param name="Granted">Their ids, first the one to queue first.</param>
/// <param name="Waits">Why the others wait.</param>
public sealed record SlotGrant(IReadOnlyList<long> Granted, IReadOnlyList<TaskWait> Waits)
{
    /// <summary>
    /// Decides in the order live before backfill, priority_weight (high first), logical date, id. One that finds a limit reached does not hold
    /// up those after it; so a small one may pass one that needs more slots than are free.
    /// </summary>
    /// <param name="candidates">Scheduled task instances of running runs of DAGs that are not paused.</param>
    /// <param name="pools">Pools by name.</param>
    /// <param name="limits">The other limits.</param>
    public static SlotGrant Decide(IReadOnlyList<SlotCandidate> candidates, IReadOnlyDictionary<string, PoolSlots> pools, SlotLimits limits)
    {
        List<long> granted = [];
        List<TaskWait> waits = [];
        var taken = new TakenSlots(pools, limits);
        foreach (var candidate in InOrder(candidates))
        {
            if (taken.Obstacle(candidate) is { } obstacle)
            {
                waits.Add(new(candidate.TaskInstanceId, obstacle));
                continue;
            }

            granted.Add(candidate.TaskInstanceId);
            taken.Take(candidate);
        }

        return new(granted, waits);
    }

    private static IEnumerable<SlotCandidate> InOrder(IReadOnlyList<SlotCandidate> candidates) => candidates
        .OrderBy(candidate => candidate.IsBackfill)
        .ThenByDescending(candidate => candidate.PriorityWeight)
        .ThenBy(candidate => candidate.LogicalDate ?? DateTimeOffset.MaxValue)
        .ThenBy(candidate => candidate.TaskInstanceId);
}
