using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>Reads of <c>dag_run</c> that lock nothing.</summary>
public static class DagRunQueries
{
    private const string Find = $"SELECT {DagRunRow.Columns} FROM pipelines.dag_run r WHERE id = @id";

    private const string FindByRunId = $"SELECT {DagRunRow.Columns} FROM pipelines.dag_run r WHERE dag_id = @dagId AND run_id = @runId";

    private const string FindByLogicalDate = $"SELECT {DagRunRow.Columns} FROM pipelines.dag_run r WHERE dag_id = @dagId AND logical_date = @logicalDate";

    /// <summary>Those that come after <c>@before</c> where the newest are first; all when there is no such run (any more).</summary>
    internal const string Older =
        "(run_after, id) < (coalesce((SELECT b.run_after FROM pipelines.dag_run b WHERE b.id = @before AND b.dag_id = @dagId), 'infinity'), @before)";

    private const string Newest =
        $"SELECT {DagRunRow.Columns} FROM pipelines.dag_run r WHERE dag_id = @dagId AND {Older} ORDER BY run_after DESC, id DESC LIMIT @limit";

    private const string NewestPerDag =
        $"""
        SELECT {DagRunRow.Columns} FROM pipelines.dag d
        CROSS JOIN LATERAL (SELECT * FROM pipelines.dag_run x WHERE x.dag_id = d.dag_id ORDER BY x.run_after DESC, x.id DESC LIMIT @limit) r
        WHERE NOT d.is_stale ORDER BY r.dag_id, r.run_after DESC, r.id DESC
        """;

    private const string OfBackfill =
        $"SELECT {DagRunRow.Columns} FROM pipelines.dag_run r WHERE backfill_id = @backfillId ORDER BY logical_date";

    private const string BetweenLogicalDates =
        $"""
        SELECT {DagRunRow.Columns} FROM pipelines.dag_run r
        WHERE dag_id = @dagId AND logical_date BETWEEN @from AND @to ORDER BY logical_date
        """;

    private const string Beside =
        $"""
        SELECT {DagRunRow.Columns} FROM pipelines.dag_run r
        WHERE dag_id = @dagId AND ((@past AND logical_date < @at) OR (@future AND logical_date > @at)) ORDER BY logical_date
        """;

    private const string SuccessBefore =
        $"""
        SELECT {DagRunRow.Columns} FROM pipelines.dag_run r
        WHERE dag_id = @dagId AND logical_date < @before AND state = 'success' ORDER BY logical_date DESC LIMIT 1
        """;

    /// <summary>Null when unknown.</summary>
    public static async Task<DagRun?> FindAsync(Transaction tx, long id) => (await tx.FindAsync<DagRunRow>(Find, new { id }))?.ToDagRun();

    /// <summary>Null when unknown.</summary>
    public static async Task<DagRun?> FindAsync(Transaction tx, string dagId, string runId) =>
        (await tx.FindAsync<DagRunRow>(FindByRunId, new { dagId, runId }))?.ToDagRun();

    /// <summary>Null when there is none.</summary>
    public static async Task<DagRun?> FindAsync(Transaction tx, string dagId, DateTimeOffset logicalDate) =>
        (await tx.FindAsync<DagRunRow>(FindByLogicalDate, new { dagId, logicalDate }))?.ToDagRun();

    /// <summary>The run of the newest logical date before this one that succeeded; null when there is none.</summary>
    public static async Task<DagRun?> SuccessBeforeAsync(Transaction tx, string dagId, DateTimeOffset before) =>
        (await tx.FindAsync<DagRunRow>(SuccessBefore, new { dagId, before }))?.ToDagRun();

    /// <summary>Runs of a DAG, the newest first: by the moment from which they may run, as Airflow's grid does, not by when they were made.</summary>
    /// <param name="before">For the next page: the id of this one's last.</param>
    public static Task<IReadOnlyList<DagRun>> NewestAsync(Transaction tx, string dagId, int limit, long before = long.MaxValue) =>
        ListAsync(tx, Newest, new { dagId, limit, before });

    /// <summary>The newest runs of every DAG that is not stale, by DAG, the newest first.</summary>
    public static Task<IReadOnlyList<DagRun>> NewestPerDagAsync(Transaction tx, int limit) => ListAsync(tx, NewestPerDag, new { limit });

    /// <summary>Runs of a backfill by logical date.</summary>
    public static Task<IReadOnlyList<DagRun>> OfBackfillAsync(Transaction tx, long backfillId) => ListAsync(tx, OfBackfill, new { backfillId });

    /// <summary>Runs with from ≤ logical date ≤ to, oldest first.</summary>
    public static Task<IReadOnlyList<DagRun>> BetweenLogicalDatesAsync(Transaction tx, string dagId, DateTimeOffset from, DateTimeOffset to) =>
        ListAsync(tx, BetweenLogicalDates, new { dagId, from, to });

    /// <summary>Runs with a logical date before or after <paramref name="at"/>, or both; the oldest first.</summary>
    public static Task<IReadOnlyList<DagRun>> BesideAsync(Transaction tx, string dagId, DateTimeOffset at, bool past, bool future) =>
        ListAsync(tx, Beside, new { dagId, at, past, future });

    private static async Task<IReadOnlyList<DagRun>> ListAsync(Transaction tx, string sql, object parameters) =>
        [.. (await tx.QueryAsync<DagRunRow>(sql, parameters)).Select(row => row.ToDagRun())];
}
