using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>Table <c>task_instance</c> on the way from scheduled to queued, and the heal of what was lost on the way to Hangfire.</summary>
public static class SlotTable
{
    private const string AnyWaiting = "SELECT EXISTS (SELECT FROM pipelines.task_instance WHERE state = 'scheduled')";

    private const string Lock = "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended('pipelines.slots', 0))";

    // Runs of dags test are carried in a terminal, by DagTest, here and below.
    // SKIP LOCKED: a row that another transaction has just scheduled or cleared is granted by that one, after us.
    private const string Candidates =
        """
        SELECT ti.id AS task_instance_id, ti.dag_run_id, ti.pool, ti.priority_weight, r.logical_date, r.max_active_tasks, r.backfill_id IS NOT NULL AS is_backfill
        FROM pipelines.task_instance ti
        JOIN pipelines.dag_run r ON r.id = ti.dag_run_id AND r.state = 'running' AND r.triggered_by <> 'test'
        JOIN pipelines.dag d ON d.dag_id = r.dag_id AND NOT d.is_paused
        WHERE ti.state = 'scheduled'
        ORDER BY is_backfill, ti.priority_weight DESC, r.logical_date, ti.id LIMIT @limit FOR NO KEY UPDATE OF ti SKIP LOCKED
        """;

    private const string Pools =
        """
        SELECT p.name, p.slots AS total, count(ti.id) AS occupied FROM pipelines.pool p
        LEFT JOIN pipelines.task_instance ti ON ti.pool = p.name AND ti.state IN ('queued', 'running', 'restarting')
        GROUP BY p.name, p.slots
        """;

    private const string ActiveByRun =
        """
        SELECT dag_run_id, count(*) AS active FROM pipelines.task_instance
        WHERE state IN ('queued', 'running', 'restarting') GROUP BY dag_run_id
        """;

    private const string Queue =
        """
        UPDATE pipelines.task_instance SET state = 'queued', queued_at = @now, handed_at = @now,
            reason = 'queued: waits for a worker of queue ''' || queue || ''''
        WHERE id = ANY(@ids) AND state = 'scheduled' RETURNING id
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

    /// <summary>Scheduled task instances, those to be queued first at the front; locks them.</summary>
    public static async Task<IReadOnlyList<SlotCandidate>> CandidatesAsync(Transaction tx, int limit) =>
        [.. (await tx.QueryAsync<CandidateRow>(Candidates, new { limit })).Select(row => row.ToCandidate())];

    /// <summary>All pools by name.</summary>
    public static async Task<IReadOnlyDictionary<string, PoolSlots>> PoolsAsync(Transaction tx) =>
        (await tx.QueryAsync<(string Name, int Total, long Occupied)>(Pools))
            .ToDictionary(row => row.Name, row => new PoolSlots(row.Total, (int)row.Occupied), StringComparer.Ordinal);

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

    private sealed class CandidateRow
    {
        public long TaskInstanceId { get; init; }

        public long DagRunId { get; init; }

        public string Pool { get; init; } = "";

        public int PriorityWeight { get; init; }

        public DateTimeOffset? LogicalDate { get; init; }

        public int MaxActiveTasks { get; init; }

        public bool IsBackfill { get; init; }

        public SlotCandidate ToCandidate() => new(TaskInstanceId, DagRunId, Pool, PriorityWeight, LogicalDate, MaxActiveTasks, IsBackfill);
    }
}
