namespace Pipelines.Model.Runs;

/// <summary>A scheduled task instance that asks for a slot.</summary>
/// <param name="TaskInstanceId">Which.</param>
/// <param name="DagRunId">Its run.</param>
/// <param name="Pool">Its pool.</param>
/// <param name="PriorityWeight">Higher first.</param>
/// <param name="LogicalDate">Of its run; earlier first, none last.</param>
/// <param name="MaxActiveTasks">The DAG's max_active_tasks, which Airflow 3 counts per run.</param>
/// <param name="IsBackfill">Of a backfill's run: after every live one, whatever its priority.</param>
public sealed record SlotCandidate(
    long TaskInstanceId, long DagRunId, string Pool, int PriorityWeight, DateTimeOffset? LogicalDate, int MaxActiveTasks, bool IsBackfill = false);

/// <summary>How full a pool is.</summary>
/// <param name="Total">Its slots; -1: without end.</param>
/// <param name="Occupied">Queued and running task instances in it.</param>
public sealed record PoolSlots(int Total, int Occupied);

/// <summary>Limits beside the pools.</summary>
/// <param name="ActiveTasksByRun">Queued and running task instances by run; a run that is absent has none.</param>
/// <param name="OpenSlots">How many more task instances the installation may queue now (parallelism − occupied).</param>
public sealed record SlotLimits(IReadOnlyDictionary<long, int> ActiveTasksByRun, int OpenSlots);

/// <summary>Which scheduled task instances become queued now (airflow-semantics.md §15).</summary>
/// <param name="Granted">Their ids, first the one to queue first.</param>
/// <param name="Waits">Why the others wait.</param>
public sealed record SlotGrant(IReadOnlyList<long> Granted, IReadOnlyList<TaskWait> Waits)
{
    /// <summary>Decides in the order live before backfill, priority_weight (high first), logical date, id. One that finds its pool or run full does not hold up those after it.</summary>
    /// <param name="candidates">Scheduled task instances of running runs of DAGs that are not paused.</param>
    /// <param name="pools">Pools by name.</param>
    /// <param name="limits">The other limits.</param>
    public static SlotGrant Decide(IReadOnlyList<SlotCandidate> candidates, IReadOnlyDictionary<string, PoolSlots> pools, SlotLimits limits)
    {
        List<long> granted = [];
        List<TaskWait> waits = [];
        var occupied = pools.ToDictionary(pool => pool.Key, pool => pool.Value.Occupied, StringComparer.Ordinal);
        var active = limits.ActiveTasksByRun.ToDictionary();
        foreach (var candidate in InOrder(candidates))
        {
            var activeInRun = active.GetValueOrDefault(candidate.DagRunId);
            var obstacle = PoolObstacle(candidate.Pool, pools, occupied) ?? RunObstacle(candidate, activeInRun)
                ?? (granted.Count >= limits.OpenSlots ? "waits for any task to end: the installation's parallelism is used up" : null);
            if (obstacle is not null)
            {
                waits.Add(new(candidate.TaskInstanceId, obstacle));
                continue;
            }

            granted.Add(candidate.TaskInstanceId);
            occupied[candidate.Pool]++;
            active[candidate.DagRunId] = activeInRun + 1;
        }

        return new(granted, waits);
    }

    private static IEnumerable<SlotCandidate> InOrder(IReadOnlyList<SlotCandidate> candidates) => candidates
        .OrderBy(candidate => candidate.IsBackfill)
        .ThenByDescending(candidate => candidate.PriorityWeight)
        .ThenBy(candidate => candidate.LogicalDate ?? DateTimeOffset.MaxValue)
        .ThenBy(candidate => candidate.TaskInstanceId);

    private static string? PoolObstacle(string pool, IReadOnlyDictionary<string, PoolSlots> pools, Dictionary<string, int> occupied) =>
        !pools.TryGetValue(pool, out var slots) ? $"pool '{pool}' does not exist: create it or give the task another pool"
        : slots.Total == 0 ? $"pool '{pool}' has no slots: give it some"
        : slots.Total > 0 && occupied[pool] >= slots.Total ? $"waits for a slot of pool '{pool}' ({occupied[pool]} of {slots.Total} taken)"
        : null;

    private static string? RunObstacle(SlotCandidate candidate, int active) => active >= candidate.MaxActiveTasks
        ? $"waits for another task of its run to end: {active} of at most {candidate.MaxActiveTasks} are active (max_active_tasks)"
        : null;
}
