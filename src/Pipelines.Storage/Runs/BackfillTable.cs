using System.Text.Json.Nodes;
using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>A row of <c>backfill</c>.</summary>
public sealed record Backfill
{
    public long Id { get; init; }

    public required string DagId { get; init; }

    public required DateTimeOffset FromDate { get; init; }

    public required DateTimeOffset ToDate { get; init; }

    public required int MaxActiveRuns { get; init; }

    public bool IsPaused { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null while a run of it is queued or running.</summary>
    public DateTimeOffset? CompletedAt { get; init; }
}

/// <summary>Table <c>backfill</c> and what it decided per date.</summary>
public static class BackfillTable
{
    private const string Add =
        """
        INSERT INTO pipelines.backfill (dag_id, from_date, to_date, max_active_runs, run_backwards, reprocess_behavior, conf, created_by, created_at)
        VALUES (@dagId, @From, @To, @maxActiveRuns, @RunBackwards, @reprocess, @conf::json, @createdBy, @now)
        ON CONFLICT (dag_id) WHERE completed_at IS NULL DO NOTHING RETURNING id
        """;

    private const string AddDate =
        """
        INSERT INTO pipelines.backfill_dag_run (backfill_id, dag_run_id, logical_date, sort_ordinal, exception_reason)
        VALUES (@backfillId, @dagRunId, @logicalDate, @ordinal, @exceptionReason)
        """;

    private const string Columns = "id, dag_id, from_date, to_date, max_active_runs, is_paused, created_at, completed_at";

    private const string Find = $"SELECT {Columns} FROM pipelines.backfill WHERE id = @id";

    private const string OfDag = $"SELECT {Columns} FROM pipelines.backfill WHERE dag_id = @dagId ORDER BY id DESC";

    private const string Complete =
        """
        UPDATE pipelines.backfill b SET completed_at = @now WHERE completed_at IS NULL
          AND NOT EXISTS (SELECT FROM pipelines.dag_run r WHERE r.backfill_id = b.id AND r.state IN ('queued', 'running'))
        """;

    /// <summary>Adds it. Returns its id; null when another backfill of the DAG is not completed.</summary>
    public static Task<long?> AddAsync(Transaction tx, string dagId, BackfillRange range, int maxActiveRuns, JsonObject conf, string createdBy, DateTimeOffset now) =>
        tx.FindAsync<long?>(Add, new
        {
            dagId,
            range.From,
            range.To,
            maxActiveRuns,
            range.RunBackwards,
            reprocess = StateNames.ToName(range.Reprocess),
            conf = conf.ToJsonString(),
            createdBy,
            now,
        });

    /// <summary>Notes what happens for a date: a run, or the reason why there is none.</summary>
    public static Task AddDateAsync(Transaction tx, long backfillId, long? dagRunId, DateTimeOffset logicalDate, int ordinal, string? exceptionReason) =>
        tx.ExecuteAsync(AddDate, new { backfillId, dagRunId, logicalDate, ordinal, exceptionReason });

    /// <summary>Null when unknown.</summary>
    public static Task<Backfill?> FindAsync(Transaction tx, long id) => tx.FindAsync<Backfill>(Find, new { id });

    /// <summary>The newest first.</summary>
    public static Task<IReadOnlyList<Backfill>> OfDagAsync(Transaction tx, string dagId) => tx.QueryAsync<Backfill>(OfDag, new { dagId });

    /// <summary>Completes those of which no run is unfinished.</summary>
    public static Task CompleteAsync(Transaction tx, DateTimeOffset now) => tx.ExecuteAsync(Complete, new { now });
}
