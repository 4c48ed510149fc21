namespace Pipelines.Storage.Runs;

/// <summary>Reads of <c>backfill</c> for people; they lock nothing.</summary>
public static class BackfillQueries
{
    private const string ByState =
        """
        count(*) FILTER (WHERE r.state = 'queued') AS queued, count(*) FILTER (WHERE r.state = 'running') AS running,
        count(*) FILTER (WHERE r.state = 'success') AS success, count(*) FILTER (WHERE r.state = 'failed') AS failed
        """;

    private const string WithProgress =
        $"""
        SELECT {BackfillTable.Columns}, c.* FROM pipelines.backfill b CROSS JOIN LATERAL (
            SELECT count(*) AS windows, count(*) FILTER (WHERE o.exception_reason IS NOT NULL) AS skipped, {ByState},
                (avg(extract(epoch FROM r.end_date - r.start_date)) FILTER (WHERE r.state = 'success'))::float8 AS mean_seconds
            FROM pipelines.backfill_dag_run o LEFT JOIN pipelines.dag_run r ON r.id = o.dag_run_id WHERE o.backfill_id = b.id) c
        """;

    private const string Find = $"{WithProgress} WHERE b.id = @id";

    private const string Page =
        $"""
        {WithProgress}
        WHERE b.id < @before AND (@dagId::text IS NULL OR b.dag_id = @dagId) AND (NOT @unfinishedOnly OR b.completed_at IS NULL)
        ORDER BY b.id DESC LIMIT @limit
        """;

    private const string Windows =
        """
        SELECT o.sort_ordinal, o.logical_date, o.exception_reason, r.run_id, r.state, r.start_date, r.end_date, r.reason,
            CASE WHEN r.backfill_id <> o.backfill_id THEN r.backfill_id END AS taken_over_by
        FROM pipelines.backfill_dag_run o LEFT JOIN pipelines.dag_run r ON r.id = o.dag_run_id
        WHERE o.backfill_id = @id AND o.sort_ordinal > @after ORDER BY o.sort_ordinal LIMIT @limit
        """;

    private const string Days =
        $"""
        SELECT (r.logical_date AT TIME ZONE 'UTC')::date::timestamp AS day, {ByState} FROM pipelines.dag_run r
        WHERE r.dag_id = @dagId AND r.logical_date >= @from AND r.logical_date < @to GROUP BY 1 ORDER BY 1
        """;

    // What a task of one type moves, the next type moves on: the largest sum over types counts each row once.
    private const string Typical =
        """
        SELECT count(*) AS runs, coalesce(avg(seconds), 0)::float8 AS mean_seconds, coalesce(avg(rows), 0)::float8 AS mean_rows FROM (
            SELECT max(seconds) AS seconds, max(rows) AS rows FROM (
                SELECT r.id, sum(a.progress_rows) AS rows,
                    extract(epoch FROM max(max(t.end_date)) OVER (PARTITION BY r.id) - min(min(t.start_date)) OVER (PARTITION BY r.id)) AS seconds
                FROM (SELECT id FROM pipelines.dag_run WHERE dag_id = @dagId AND state = 'success' ORDER BY run_after DESC, id DESC LIMIT @limit) r
                JOIN pipelines.task_instance t ON t.dag_run_id = r.id AND (cardinality(@taskIds::text[]) = 0 OR t.task_id = ANY(@taskIds))
                JOIN pipelines.task_attempt a ON a.task_instance_id = t.id AND a.token = t.token AND a.state = 'success'
                GROUP BY r.id, t.operator) by_operator
            GROUP BY id) by_run
        """;

    /// <summary>Null when unknown.</summary>
    public static Task<BackfillProgress?> FindAsync(Transaction tx, long id) => tx.FindAsync<BackfillProgress>(Find, new { id });

    /// <summary>The newest first.</summary>
    /// <param name="dagId">Null: of every DAG.</param>
    /// <param name="before">For the next page: the smallest id of this one.</param>
    public static Task<IReadOnlyList<BackfillProgress>> PageAsync(
        Transaction tx, string? dagId, int limit, bool unfinishedOnly = false, long before = long.MaxValue) =>
        tx.QueryAsync<BackfillProgress>(Page, new { dagId, limit, unfinishedOnly, before });

    /// <summary>Its windows in the order in which they run.</summary>
    /// <param name="after">For the next page: the last ordinal of this one.</param>
    public static Task<IReadOnlyList<BackfillDate>> WindowsAsync(Transaction tx, long id, int limit, int after = 0) =>
        tx.QueryAsync<BackfillDate>(Windows, new { id, limit, after });

    /// <summary>Runs of a DAG by the UTC day of their logical date, <paramref name="to"/> exclusive.</summary>
    public static Task<IReadOnlyList<DayRuns>> DaysAsync(Transaction tx, string dagId, DateTimeOffset from, DateTimeOffset to) =>
        tx.QueryAsync<DayRuns>(Days, new { dagId, from, to });

    /// <summary>What the last runs that succeeded took and moved, as far as these tasks go.</summary>
    /// <param name="taskIds">Empty: all tasks.</param>
    /// <param name="limit">Runs to go by, at most.</param>
    public static Task<TypicalRun> TypicalAsync(Transaction tx, string dagId, string[] taskIds, int limit) =>
        tx.SingleAsync<TypicalRun>(Typical, new { dagId, taskIds, limit });
}
