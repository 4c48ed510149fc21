using System.Text.Json.Nodes;
using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>A backfill to be made.</summary>
public sealed record NewBackfill(string DagId, BackfillRange Range)
{
    public required int MaxActiveRuns { get; init; }

    public JsonObject Conf { get; init; } = [];

    /// <summary>Empty: all tasks.</summary>
    public IReadOnlyCollection<string> TaskIds { get; init; } = [];

    public DateTimeOffset? StartAt { get; init; }

    public required string CreatedBy { get; init; }
}

/// <summary>What became of one logical date of a backfill.</summary>
/// <param name="LogicalDate">The date.</param>
/// <param name="DagRunId">Its run; null: it gets none.</param>
/// <param name="ExceptionReason">Why it gets none, for people; null: it has a run.</param>
public sealed record NewBackfillDate(DateTimeOffset LogicalDate, long? DagRunId, string? ExceptionReason);

/// <summary>Table <c>backfill</c> and what it decided per date: statements that change it. Reads for people are in <see cref="BackfillQueries"/>.</summary>
public static class BackfillTable
{
    internal const string Columns =
        """
        b.id, b.dag_id, b.from_date, b.to_date, b.max_active_runs, b.run_backwards, b.reprocess_behavior, b.task_ids, b.start_at, b.is_paused,
        b.created_by, b.created_at, b.completed_at, b.cancelled_by
        """;

    private const string Add =
        """
        INSERT INTO pipelines.backfill (dag_id, from_date, to_date, max_active_runs, run_backwards, reprocess_behavior, conf, task_ids, start_at, created_by, created_at)
        VALUES (@DagId, @From, @To, @MaxActiveRuns, @RunBackwards, @reprocess, @conf::json, @taskIds, @StartAt, @CreatedBy, @now)
        ON CONFLICT (dag_id) WHERE completed_at IS NULL DO NOTHING RETURNING id
        """;

    private const string AddDates =
        """
        INSERT INTO pipelines.backfill_dag_run (backfill_id, dag_run_id, logical_date, sort_ordinal, exception_reason)
        SELECT @backfillId, d.dag_run_id, d.logical_date, d.ordinal, d.reason
        FROM unnest(@runIds::bigint[], @logicalDates::timestamptz[], @reasons::text[]) WITH ORDINALITY AS d (dag_run_id, logical_date, reason, ordinal)
        """;

    private const string Find = $"SELECT {Columns} FROM pipelines.backfill b WHERE id = @id";

    private const string OfDag = $"SELECT {Columns} FROM pipelines.backfill b WHERE dag_id = @dagId ORDER BY id DESC";

    private const string SetPaused = "UPDATE pipelines.backfill SET is_paused = @isPaused WHERE id = @id AND is_paused <> @isPaused AND completed_at IS NULL";

    private const string Cancel = "UPDATE pipelines.backfill SET completed_at = @now, cancelled_by = @by WHERE id = @id AND completed_at IS NULL";

    private const string FailQueued =
        """
        UPDATE pipelines.dag_run SET state = 'failed', start_date = @now, end_date = @now, reason = @reason, wake_at = NULL
        WHERE backfill_id = @id AND state = 'queued' RETURNING id
        """;

    private const string Complete =
        """
        UPDATE pipelines.backfill SET completed_at = @now WHERE id IN (
            SELECT id FROM pipelines.backfill b WHERE completed_at IS NULL
              AND NOT EXISTS (SELECT FROM pipelines.dag_run r WHERE r.backfill_id = b.id AND r.state IN ('queued', 'running'))
            FOR NO KEY UPDATE SKIP LOCKED)
        RETURNING dag_id
        """;

    /// <summary>Adds it. Returns its id; null when another backfill of the DAG is not completed.</summary>
    public static Task<long?> AddAsync(Transaction tx, NewBackfill backfill, DateTimeOffset now) => tx.FindAsync<long?>(Add, new
    {
        backfill.DagId,
        backfill.Range.From,
        backfill.Range.To,
        backfill.MaxActiveRuns,
        backfill.Range.RunBackwards,
        reprocess = StateNames.ToName(backfill.Range.Reprocess),
        conf = backfill.Conf.ToJsonString(),
        taskIds = backfill.TaskIds.ToArray(),
        backfill.StartAt,
        backfill.CreatedBy,
        now,
    });

    /// <summary>Notes what became of its dates, in the order in which they are to run.</summary>
    public static Task AddDatesAsync(Transaction tx, long backfillId, IReadOnlyList<NewBackfillDate> dates) => tx.ExecuteAsync(AddDates, new
    {
        backfillId,
        runIds = dates.Select(date => date.DagRunId).ToArray(),
        logicalDates = dates.Select(date => date.LogicalDate.UtcDateTime).ToArray(),
        reasons = dates.Select(date => date.ExceptionReason).ToArray(),
    });

    /// <summary>Null when unknown.</summary>
    public static Task<Backfill?> FindAsync(Transaction tx, long id) => tx.FindAsync<Backfill>(Find, new { id });

    /// <summary>The newest first.</summary>
    public static Task<IReadOnlyList<Backfill>> OfDagAsync(Transaction tx, string dagId) => tx.QueryAsync<Backfill>(OfDag, new { dagId });

    /// <summary>False when it was so already, or is over. Hold the DAG's lock, as the scheduler does while it starts runs.</summary>
    public static async Task<bool> SetPausedAsync(Transaction tx, long id, bool isPaused) => await tx.ExecuteAsync(SetPaused, new { id, isPaused }) == 1;

    /// <summary>Ends it and its queued runs; running ones go on. Hold the DAG's lock, as the scheduler does while it starts runs.</summary>
    /// <returns>Ids of the runs that failed thereby; null when it was over before.</returns>
    public static async Task<IReadOnlyList<long>?> CancelAsync(Transaction tx, long id, string by, string reason, DateTimeOffset now) =>
        await tx.ExecuteAsync(Cancel, new { id, by, now }) == 1 ? await tx.QueryAsync<long>(FailQueued, new { id, reason, now }) : null;

    /// <summary>Completes those of which no run is unfinished.</summary>
    /// <returns>Their DAGs.</returns>
    public static Task<IReadOnlyList<string>> CompleteAsync(Transaction tx, DateTimeOffset now) => tx.QueryAsync<string>(Complete, new { now });
}
