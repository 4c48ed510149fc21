namespace Pipelines.Model.Runs;

/// <summary>What is taken of every limit while slots are granted, and in words what stands against one more (airflow-semantics.md §15, in its order).</summary>
internal sealed class TakenSlots(IReadOnlyDictionary<string, PoolSlots> pools, SlotLimits limits)
{
    private readonly Dictionary<string, int> _occupied = pools.ToDictionary(pool => pool.Key, pool => pool.Value.Occupied, StringComparer.Ordinal);
    private readonly Dictionary<long, int> _activeByRun = limits.ActiveTasksByRun.ToDictionary();
    private readonly Dictionary<(string DagId, string TaskId), int> _takenByTask = [];
    private readonly Dictionary<(long DagRunId, string TaskId), int> _takenByTaskOfRun = [];
    private int _active = limits.Active;

    /// <summary>Why it must wait; null: nothing is in its way.</summary>
    public string? Obstacle(SlotCandidate candidate) =>
        PoolObstacle(candidate) ?? RunObstacle(candidate) ?? TaskObstacle(candidate) ?? TaskOfRunObstacle(candidate)
        ?? (_active >= limits.Parallelism
            ? $"waits for any task to end: {_active} of at most {limits.Parallelism} are queued or running in the whole installation (PIPELINES_PARALLELISM)" : null);

    /// <summary>Counts it.</summary>
    public void Take(SlotCandidate candidate)
    {
        _occupied[candidate.Pool] += candidate.PoolSlots;
        _activeByRun[candidate.DagRunId] = _activeByRun.GetValueOrDefault(candidate.DagRunId) + 1;
        _takenByTask[OfTask(candidate)] = _takenByTask.GetValueOrDefault(OfTask(candidate)) + 1;
        _takenByTaskOfRun[OfTaskOfRun(candidate)] = _takenByTaskOfRun.GetValueOrDefault(OfTaskOfRun(candidate)) + 1;
        _active++;
    }

    private string? PoolObstacle(SlotCandidate candidate)
    {
        var (pool, needed) = (candidate.Pool, candidate.PoolSlots);
        if (!pools.TryGetValue(pool, out var slots)) return $"pool '{pool}' does not exist: create it ('pipelines pools set') or give the task another pool";
        if (slots.Total == 0) return $"pool '{pool}' has no slots: give it some ('pipelines pools set')";
        if (slots.Total < 0) return null;
        if (needed > slots.Total)
            return $"needs {needed} slots, but pool '{pool}' has only {slots.Total}, so it can never start: give the pool more ('pipelines pools set') or let the task take fewer (pool_slots)";
        var occupied = _occupied[pool];
        return occupied + needed <= slots.Total ? null : $"waits for {(needed == 1 ? "a slot" : $"{needed} slots")} of pool '{pool}' ({occupied} of {slots.Total} taken)";
    }

    private string? RunObstacle(SlotCandidate candidate) => _activeByRun.GetValueOrDefault(candidate.DagRunId) is var active && active >= candidate.MaxActiveTasks
        ? $"waits for another task of its run to end: {active} of at most {candidate.MaxActiveTasks} are active (max_active_tasks)"
        : null;

    private string? TaskObstacle(SlotCandidate candidate) => candidate.PerDag is { } limit && limit.Active + _takenByTask.GetValueOrDefault(OfTask(candidate)) is var active && active >= limit.Most
        ? $"waits for '{candidate.TaskId}' of another run to end: {active} of at most {limit.Most} are active over all runs (max_active_tis_per_dag)"
        : null;

    private string? TaskOfRunObstacle(SlotCandidate candidate) => candidate.PerDagrun is { } limit && limit.Active + _takenByTaskOfRun.GetValueOrDefault(OfTaskOfRun(candidate)) is var active && active >= limit.Most
        ? $"waits for another '{candidate.TaskId}' of its run to end: {active} of at most {limit.Most} are active (max_active_tis_per_dagrun)"
        : null;

    private static (string DagId, string TaskId) OfTask(SlotCandidate candidate) => (candidate.DagId, candidate.TaskId);

    private static (long DagRunId, string TaskId) OfTaskOfRun(SlotCandidate candidate) => (candidate.DagRunId, candidate.TaskId);
}
