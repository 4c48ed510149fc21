namespace Pipelines.Model.Runs;

/// <summary>A scheduled task instance that asks for a place.</summary>
/// <param name="TaskInstanceId">Which.</param>
/// <param name="DagRunId">Its run.</param>
/// <param name="Pool">Its pool.</param>
/// <param name="PriorityWeight">Higher first; with what its weight rule added.</param>
/// <param name="LogicalDate">Of its run; earlier first, none last.</param>
/// <param name="MaxActiveTasks">The DAG's max_active_tasks, which Airflow 3 counts per run.</param>
/// <param name="IsBackfill">Of a backfill's run: after every live one, whatever its priority.</param>
public sealed record SlotCandidate(
    long TaskInstanceId, long DagRunId, string Pool, int PriorityWeight, DateTimeOffset? LogicalDate, int MaxActiveTasks, bool IsBackfill = false)
{
    /// <summary>The DAG of its run.</summary>
    public required string DagId { get; init; }

    /// <summary>Its task.</summary>
    public required string TaskId { get; init; }

    /// <summary>Slots of the pool that it takes; 1 or more.</summary>
    public int PoolSlots { get; init; } = 1;

    /// <summary>max_active_tis_per_dag; null: no limit.</summary>
    public TaskLimit? PerDag { get; init; }

    /// <summary>max_active_tis_per_dagrun; null: no limit.</summary>
    public TaskLimit? PerDagrun { get; init; }
}

/// <summary>How many task instances of one task may be queued or running together.</summary>
/// <param name="Most">The limit.</param>
/// <param name="Active">How many are.</param>
public sealed record TaskLimit(int Most, int Active);

/// <summary>How full a pool is.</summary>
/// <param name="Total">Its slots; -1: without end.</param>
/// <param name="Occupied">Slots that queued and running task instances take.</param>
public sealed record PoolSlots(int Total, int Occupied)
{
    /// <summary>Slots that are free; -1: without end. None where a pool was made smaller than what is in it.</summary>
    public int Open => Total < 0 ? -1 : Math.Max(0, Total - Occupied);
}

/// <summary>Limits beside the pools.</summary>
/// <param name="ActiveTasksByRun">Queued and running task instances by run; a run that is absent has none.</param>
/// <param name="Parallelism">How many task instances may be queued or running in the whole installation.</param>
public sealed record SlotLimits(IReadOnlyDictionary<long, int> ActiveTasksByRun, int Parallelism)
{
    /// <summary>Queued and running task instances.</summary>
    public int Active { get; } = ActiveTasksByRun.Values.Sum();

    /// <summary>How many more may be queued now.</summary>
    public int OpenSlots => Math.Max(0, Parallelism - Active);
}
