using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>Table <c>task_instance</c> on the way from scheduled to queued, and the heal of what was lost on the way to Hangfire.</summary>
public static class SlotTable
{
    private const string AnyWaiting = "SELECT EXISTS (SELECT FROM pipelines.task_instance WHERE state = 'scheduled')";

    // Whoever waits is read in turn from an index. Statistics never know how many those are just now, and take them for so few that reading
    // and sorting them all looks as cheap.
    private const string Lock = "SELECT set_config('enable_bitmapscan', 'off', true) FROM pg_advisory_xact_lock(hashtextextended('pipelines.slots', 0))";

    private const string InTurn = "ORDER BY ti.is_backfill, ti.priority_weight DESC, ti.logical_date, ti.id";

    // Runs of dags test are carried in a terminal, by DagTest, here and below.
    private const string OpenRun = "r.state = 'running' AND r.triggered_by <> 'test' AND NOT d.is_paused";

    private const string Columns =
        """
        ti.id AS task_instance_id, ti.dag_run_id, ti.task_id, ti.pool, ti.pool_slots, ti.priority_weight, ti.logical_date, ti.is_backfill,
            ti.max_active_tis_per_dag, ti.max_active_tis_per_dagrun
        """;

    private const string Active =
        """
        active AS MATERIALIZED (
            SELECT a.dag_run_id, ar.dag_id, a.task_id, a.pool, a.pool_slots FROM pipelines.task_instance a JOIN pipelines.dag_run ar ON ar.id = a.dag_run_id
            WHERE a.state IN ('queued', 'running', 'restarting'))
        """;

    // Counted only where there is a limit.
    private const string Limits =
        """
        r.dag_id, r.max_active_tasks,
            CASE WHEN ti.max_active_tis_per_dag IS NOT NULL
                THEN (SELECT count(*) FROM active a WHERE a.task_id = ti.task_id AND a.dag_id = r.dag_id) END AS active_in_dag,
            CASE WHEN ti.max_active_tis_per_dagrun IS NOT NULL
                THEN (SELECT count(*) FROM active a WHERE a.task_id = ti.task_id AND a.dag_run_id = ti.dag_run_id) END AS active_in_dagrun
        """;

    private const string Waiting =
        $"""
        WITH {Active}
        SELECT {Columns}, {Limits} FROM pipelines.task_instance ti
        JOIN pipelines.dag_run r ON r.id = ti.dag_run_id JOIN pipelines.dag d ON d.dag_id = r.dag_id
        WHERE ti.state = 'scheduled' AND {OpenRun} {InTurn} LIMIT @limit
        """;

    // IS TRUE keeps the planner from joining: it looks pools and runs up while it reads in turn, and stops at the limit. What few tasks have
    // is looked up for those alone.
    // SKIP LOCKED: a row that another transaction has just scheduled or cleared is granted by that one, after us.
    private const string Placeable =
        $"""
        WITH {Active},
        open_pool AS MATERIALIZED (
            SELECT p.name, p.slots < 0 AS is_endless, p.slots - coalesce(a.slots, 0) - coalesce(f.slots, 0) AS open_slots FROM pipelines.pool p
            LEFT JOIN (SELECT pool, sum(pool_slots) AS slots FROM active GROUP BY pool) a ON a.pool = p.name
            LEFT JOIN LATERAL (SELECT sum(pool_slots) AS slots FROM pipelines.task_instance WHERE p.include_deferred AND pool = p.name AND state = 'deferred') f ON true
            WHERE p.slots < 0 OR p.slots > coalesce(a.slots, 0) + coalesce(f.slots, 0)),
        open_run AS MATERIALIZED (
            SELECT r.id, r.dag_id, r.max_active_tasks FROM pipelines.dag_run r JOIN pipelines.dag d ON d.dag_id = r.dag_id
            LEFT JOIN (SELECT dag_run_id, count(*) AS tasks FROM active GROUP BY dag_run_id) a ON a.dag_run_id = r.id
            WHERE {OpenRun} AND r.max_active_tasks > coalesce(a.tasks, 0)),
        first AS MATERIALIZED (
            SELECT {Columns} FROM pipelines.task_instance ti
            WHERE ti.state = 'scheduled' AND (ti.pool IN (SELECT name FROM open_pool)) IS TRUE AND (ti.dag_run_id IN (SELECT id FROM open_run)) IS TRUE
                AND (ti.pool_slots = 1 OR (SELECT p.is_endless OR p.open_slots >= ti.pool_slots FROM open_pool p WHERE p.name = ti.pool))
                AND (ti.max_active_tis_per_dag IS NULL OR ti.max_active_tis_per_dag > (SELECT count(*) FROM active a
                    WHERE a.task_id = ti.task_id AND a.dag_id = (SELECT tr.dag_id FROM pipelines.dag_run tr WHERE tr.id = ti.dag_run_id)))
                AND (ti.max_active_tis_per_dagrun IS NULL OR ti.max_active_tis_per_dagrun > (SELECT count(*) FROM active a
                    WHERE a.task_id = ti.task_id AND a.dag_run_id = ti.dag_run_id))
            {InTurn} LIMIT @limit FOR NO KEY UPDATE SKIP LOCKED)
        SELECT ti.*, {Limits} FROM first ti JOIN open_run r ON r.id = ti.dag_run_id
        ORDER BY ti.is_backfill, ti.priority_weight DESC, ti.logical_date, ti.task_instance_id
        """;

    // Never waits: it holds no run's lock, so it must not stand in the way of who does.
    private const string Explain =
        """
        WITH free AS (
            SELECT ti.id, t.reason FROM pipelines.task_instance ti JOIN unnest(@ids::bigint[], @reasons::text[]) AS t (id, reason) ON t.id = ti.id
            WHERE ti.state = 'scheduled' AND ti.reason IS DISTINCT FROM t.reason FOR NO KEY UPDATE OF ti SKIP LOCKED)
        UPDATE pipelines.task_instance ti SET reason = free.reason FROM free WHERE ti.id = free.id
        """;

    private const string ActiveByRun =
        """
        SELECT dag_run_id, count(*) AS active FROM pipelines.task_instance
        WHERE state IN ('queued', 'running', 'restarting') GROUP BY dag_run_id
        """;

    private const string Queue =
        """
        WITH queued AS (
            UPDATE pipelines.task_instance SET state = 'queued', queued_at = @now, handed_at = @now,
                reason = 'queued: waits for a worker of queue ''' || queue || ''''
            WHERE id = ANY(@ids) AND state = 'scheduled' RETURNING id)
        SELECT id FROM queued ORDER BY array_position(@ids::bigint[], id)
        """;

    private const string HandAgain =
        """
        UPDATE pipelines.task_instance SET handed_at = @now WHERE id IN (
            SELECT ti.id FROM pipelines.task_instance ti
            JOIN pipelines.dag_run r ON r.id = ti.dag_run_id AND r.triggered_by <> 'test'
            WHERE ti.state = 'queued' AND ti.handed_at < @before
            ORDER BY ti.handed_at LIMIT @limit FOR NO KEY UPDATE OF ti SKIP LOCKED)
        RETURNING id
        """;

    /// <summary>True when some task instance is scheduled; asked before the lock is taken.</summary>
    public static Task<bool> AnyWaitingAsync(Transaction tx) => tx.SingleAsync<bool>(AnyWaiting);

    /// <summary>Held until commit by one transaction of all processes, so that the limits hold.</summary>
    public static Task LockAsync(Transaction tx) => tx.ExecuteAsync(Lock);

    /// <summary>Scheduled task instances, those to be queued first at the front.</summary>
    public static Task<IReadOnlyList<SlotCandidate>> WaitingAsync(Transaction tx, int limit) => CandidatesAsync(tx, Waiting, limit);

    /// <summary>As <see cref="WaitingAsync"/>, without those that a limit has no place for now; locks them.</summary>
    public static Task<IReadOnlyList<SlotCandidate>> PlaceableAsync(Transaction tx, int limit) => CandidatesAsync(tx, Placeable, limit);

    /// <summary>Stores what scheduled task instances wait for.</summary>
    public static Task ExplainAsync(Transaction tx, IReadOnlyList<TaskWait> waits) => waits.Count == 0 ? Task.CompletedTask
        : tx.ExecuteAsync(Explain, new { ids = waits.Select(wait => wait.TaskInstanceId).ToArray(), reasons = waits.Select(wait => wait.Reason).ToArray() });

    /// <summary>Queued and running task instances by run; runs without are absent.</summary>
    public static async Task<IReadOnlyDictionary<long, int>> ActiveByRunAsync(Transaction tx) =>
        (await tx.QueryAsync<(long DagRunId, long Active)>(ActiveByRun)).ToDictionary(row => row.DagRunId, row => (int)row.Active);

    /// <summary>scheduled → queued.</summary>
    /// <returns>Those that were; to be handed to Hangfire after the commit.</returns>
    public static Task<IReadOnlyList<long>> QueueAsync(Transaction tx, IReadOnlyList<long> ids, DateTimeOffset now) =>
        tx.QueryAsync<long>(Queue, new { ids = ids.ToArray(), now });

    /// <summary>Queued task instances that were handed to Hangfire before <paramref name="before"/> and are still not claimed.</summary>
    /// <returns>Their ids; they count as handed now.</returns>
    public static Task<IReadOnlyList<long>> HandAgainAsync(Transaction tx, DateTimeOffset before, int limit, DateTimeOffset now) =>
        tx.QueryAsync<long>(HandAgain, new { before, limit, now });

    private static async Task<IReadOnlyList<SlotCandidate>> CandidatesAsync(Transaction tx, string sql, int limit) =>
        [.. (await tx.QueryAsync<CandidateRow>(sql, new { limit })).Select(row => row.ToCandidate())];

    private sealed class CandidateRow
    {
        public long TaskInstanceId { get; init; }

        public long DagRunId { get; init; }

        public string DagId { get; init; } = "";

        public string TaskId { get; init; } = "";

        public string Pool { get; init; } = "";

        public int PoolSlots { get; init; }

        public int PriorityWeight { get; init; }

        public DateTimeOffset? LogicalDate { get; init; }

        public int MaxActiveTasks { get; init; }

        public bool IsBackfill { get; init; }

        public int? MaxActiveTisPerDag { get; init; }

        public int? MaxActiveTisPerDagrun { get; init; }

        public long? ActiveInDag { get; init; }

        public long? ActiveInDagrun { get; init; }

        public SlotCandidate ToCandidate() => new(TaskInstanceId, DagRunId, Pool, PriorityWeight, LogicalDate, MaxActiveTasks, IsBackfill)
        {
            DagId = DagId,
            TaskId = TaskId,
            PoolSlots = PoolSlots,
            PerDag = Limit(MaxActiveTisPerDag, ActiveInDag),
            PerDagrun = Limit(MaxActiveTisPerDagrun, ActiveInDagrun),
        };

        private static TaskLimit? Limit(int? most, long? active) => most is { } limit ? new(limit, (int)active!) : null;
    }
}
