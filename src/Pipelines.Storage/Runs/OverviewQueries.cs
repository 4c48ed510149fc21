namespace Pipelines.Storage.Runs;

/// <summary>How many runs or task instances are in a state.</summary>
public sealed record StateCount(string State, long Count);

/// <summary>A failed run and the first of its tasks that failed.</summary>
public sealed record FailedRun
{
    public required string DagId { get; init; }

    public required string RunId { get; init; }

    public required DateTimeOffset EndDate { get; init; }

    /// <summary>Null: the run failed without a failed task, e.g. by its timeout.</summary>
    public string? TaskId { get; init; }

    /// <summary>Of that task, for the user; of the run when no task failed.</summary>
    public string? Error { get; init; }
}

/// <summary>Bytes on the database's disk.</summary>
public sealed record DatabaseSize
{
    /// <summary>All of it.</summary>
    public required long Total { get; init; }

    /// <summary>Logs of tasks; old days of them go by themselves.</summary>
    public required long Logs { get; init; }

    /// <summary>Hangfire's jobs.</summary>
    public required long Jobs { get; init; }
}

/// <summary>What the start page says of the whole installation. Each statement's cost follows the unfinished work and the last day, not the history.</summary>
public static class OverviewQueries
{
    private const string Runs =
        """
        SELECT state, count(*) FROM pipelines.dag_run WHERE state IN ('queued', 'running') GROUP BY state
        UNION ALL
        SELECT state, count(*) FROM pipelines.dag_run WHERE end_date >= @since AND state = 'success' GROUP BY state
        """;

    private const string Tasks =
        """
        SELECT state, count(*) FROM pipelines.task_instance WHERE state = 'scheduled' GROUP BY state
        UNION ALL
        SELECT state, count(*) FROM pipelines.task_instance WHERE state IN ('queued', 'running', 'restarting') GROUP BY state
        """;

    // A run that was cancelled with its backfill before a task of it began failed by somebody's will.
    private const string HasFailed =
        """
        r.end_date >= @since AND r.state = 'failed'
            AND (NOT EXISTS (SELECT FROM pipelines.backfill b WHERE b.id = r.backfill_id AND b.cancelled_by IS NOT NULL)
                OR EXISTS (SELECT FROM pipelines.task_instance ti WHERE ti.dag_run_id = r.id AND ti.token > 0))
        """;

    private const string CountFailed = $"SELECT count(*) FROM pipelines.dag_run r WHERE {HasFailed}";

    private const string Failed =
        $"""
        SELECT r.dag_id, r.run_id, r.end_date, t.task_id, coalesce(t.error, t.reason, r.reason) AS error
        FROM pipelines.dag_run r LEFT JOIN LATERAL (
            SELECT task_id, error, reason FROM pipelines.task_instance WHERE dag_run_id = r.id AND state = 'failed' ORDER BY end_date, id LIMIT 1) t ON true
        WHERE {HasFailed} ORDER BY r.end_date DESC LIMIT @limit
        """;

    private const string PausedWithRuns =
        """
        SELECT d.dag_id FROM pipelines.dag d WHERE d.is_paused AND NOT d.is_stale
          AND EXISTS (SELECT FROM pipelines.dag_run r WHERE r.dag_id = d.dag_id AND r.state IN ('queued', 'running')) ORDER BY 1
        """;

    private const string Size =
        """
        SELECT pg_database_size(current_database()) AS total,
            (SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint FROM pg_inherits WHERE inhparent = 'pipelines.log_chunk'::regclass) AS logs,
            (SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class WHERE relnamespace = to_regnamespace('hangfire') AND relkind = 'r') AS jobs
        """;

    /// <summary>Unfinished runs, and runs that succeeded at or after <paramref name="since"/>.</summary>
    public static Task<IReadOnlyList<StateCount>> RunsAsync(Transaction tx, DateTimeOffset since) => tx.QueryAsync<StateCount>(Runs, new { since });

    /// <summary>Task instances that wait for a slot, a worker, or run.</summary>
    public static Task<IReadOnlyList<StateCount>> TasksAsync(Transaction tx) => tx.QueryAsync<StateCount>(Tasks);

    /// <summary>How many runs <see cref="FailedAsync"/> knows.</summary>
    public static Task<long> CountFailedAsync(Transaction tx, DateTimeOffset since) => tx.SingleAsync<long>(CountFailed, new { since });

    /// <summary>Runs that failed at or after <paramref name="since"/>, the latest first.</summary>
    public static Task<IReadOnlyList<FailedRun>> FailedAsync(Transaction tx, DateTimeOffset since, int limit) =>
        tx.QueryAsync<FailedRun>(Failed, new { since, limit });

    /// <summary>Paused DAGs whose runs wait.</summary>
    public static Task<IReadOnlyList<string>> PausedWithRunsAsync(Transaction tx) => tx.QueryAsync<string>(PausedWithRuns);

    /// <summary>How much the metadata database holds.</summary>
    public static Task<DatabaseSize> SizeAsync(Transaction tx) => tx.SingleAsync<DatabaseSize>(Size);
}
