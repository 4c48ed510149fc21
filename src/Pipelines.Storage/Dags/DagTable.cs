using Pipelines.Model.Timetables;

namespace Pipelines.Storage.Dags;

/// <summary>A row of <c>dag</c>: what is known of a DAG without compiling it.</summary>
public sealed record StoredDag
{
    public required string DagId { get; init; }

    /// <summary>Relative to the DAG folder.</summary>
    public required string FileName { get; init; }

    /// <summary>For people, instead of the id; null: it has none.</summary>
    public string? DisplayName { get; init; }

    public string? Description { get; init; }

    public required string TimetableSummary { get; init; }

    public required string Owner { get; init; }

    public string[] Tags { get; init; } = [];

    /// <summary>Queued and running runs at a time, backfills not counted.</summary>
    public required int MaxActiveRuns { get; init; }

    public bool IsPaused { get; init; }

    /// <summary>Why the scheduler paused it, in words; null: it is not paused, or a person did.</summary>
    public string? PauseReason { get; init; }

    /// <summary>True: its file is gone.</summary>
    public bool IsStale { get; init; }

    public long? CurrentVersionId { get; init; }

    public DateTimeOffset? NextLogicalDate { get; init; }

    public DateTimeOffset? NextIntervalStart { get; init; }

    public DateTimeOffset? NextIntervalEnd { get; init; }

    public DateTimeOffset? NextRunAfter { get; init; }

    /// <summary>The next scheduled run; null: none.</summary>
    public PlannedRun? NextRun => NextLogicalDate is { } logicalDate
        ? new PlannedRun(logicalDate, new DataInterval(NextIntervalStart!.Value, NextIntervalEnd!.Value), NextRunAfter!.Value)
        : null;
}

/// <summary>Table <c>dag</c>.</summary>
public static class DagTable
{
    private const string Put =
        """
        INSERT INTO pipelines.dag (dag_id, file_name, description, timetable_summary, owner, tags, max_active_runs, is_paused, display_name)
        VALUES (@DagId, @FileName, @Description, @TimetableSummary, @Owner, @Tags, @MaxActiveRuns, @IsPaused, @DisplayName)
        ON CONFLICT (dag_id) DO UPDATE SET file_name = excluded.file_name, description = excluded.description, is_stale = false,
            timetable_summary = excluded.timetable_summary, owner = excluded.owner, tags = excluded.tags,
            max_active_runs = excluded.max_active_runs, display_name = excluded.display_name
        """;

    // Files of a folder on a slow drive are read under the lock, and meanwhile the session is idle.
    private const string Patience = "idle_in_transaction_session_timeout";

    private const string TryLockFolder =
        $"SELECT pg_try_advisory_xact_lock(hashtextextended('pipelines.dag_folder', 0)) FROM (SELECT set_config('{Patience}', '5min', true)) patient";

    private const string LockFolder = "SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended('pipelines.dag_folder', 0))) waited";

    private const string SetOneStale = "UPDATE pipelines.dag SET is_stale = true WHERE dag_id = @dagId AND NOT is_stale";

    private const string SetVersion = "UPDATE pipelines.dag SET current_version_id = @versionId WHERE dag_id = @dagId";

    private const string SetStale =
        """
        UPDATE pipelines.dag SET is_stale = true WHERE dag_id IN (
            SELECT dag_id FROM pipelines.dag WHERE NOT is_stale AND NOT file_name = ANY(@present) FOR NO KEY UPDATE SKIP LOCKED)
        RETURNING dag_id
        """;

    private const string StoredFiles =
        """
        SELECT d.file_name, v.id || '/' || extract(epoch FROM v.created_at) FROM pipelines.dag d JOIN pipelines.dag_version v ON v.id = d.current_version_id
        WHERE NOT d.is_stale
        """;

    private const string Find = "SELECT * FROM pipelines.dag WHERE dag_id = @dagId";

    private const string Lock = "SELECT * FROM pipelines.dag WHERE dag_id = @dagId FOR NO KEY UPDATE";

    private const string TryLock = $"{Lock} SKIP LOCKED";

    private const string List = "SELECT * FROM pipelines.dag WHERE @withStale OR NOT is_stale ORDER BY dag_id";

    private const string OfIds = "SELECT * FROM pipelines.dag WHERE dag_id = ANY(@dagIds) ORDER BY dag_id";

    private const string CountWithDrafts =
        "SELECT count(*) FROM (SELECT dag_id FROM pipelines.dag WHERE NOT is_stale UNION SELECT dag_id FROM pipelines.dag_draft) known";

    private const string LockDue =
        """
        SELECT * FROM pipelines.dag WHERE next_create_after <= @now AND NOT is_paused AND NOT is_stale
        ORDER BY next_create_after LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
        """;

    private const string LockWithQueuedRuns =
        """
        SELECT * FROM pipelines.dag d WHERE NOT is_paused AND NOT is_stale AND dag_id > @after
          AND EXISTS (SELECT FROM pipelines.dag_run r WHERE r.dag_id = d.dag_id AND r.state = 'queued' AND r.run_after <= @now)
        ORDER BY dag_id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
        """;

    private const string SetPaused = "UPDATE pipelines.dag SET is_paused = @isPaused, pause_reason = @reason WHERE dag_id = @dagId AND is_paused <> @isPaused";

    private const string SetNext =
        """
        UPDATE pipelines.dag SET next_logical_date = @logicalDate, next_interval_start = @start, next_interval_end = @end,
            next_run_after = @runAfter, next_create_after = @runAfter
        WHERE dag_id = @dagId
        """;

    private const string SetCreateAfter = "UPDATE pipelines.dag SET next_create_after = @at WHERE dag_id = @dagId AND next_run_after IS NOT NULL";

    private const string Unblock =
        """
        UPDATE pipelines.dag SET next_create_after = next_run_after WHERE dag_id IN (
            SELECT dag_id FROM pipelines.dag d
            WHERE next_create_after IS NULL AND next_run_after IS NOT NULL AND NOT is_paused AND NOT is_stale AND max_active_runs > (
                SELECT count(*) FROM pipelines.dag_run r
                WHERE r.dag_id = d.dag_id AND r.state IN ('queued', 'running') AND r.backfill_id IS NULL)
            FOR NO KEY UPDATE SKIP LOCKED)
        """;

    /// <summary>The lock of the one who reads the DAG folder, until the transaction's end. False: another process has it.</summary>
    public static Task<bool> TryLockFolderAsync(Transaction tx) => tx.SingleAsync<bool>(TryLockFolder);

    /// <summary>As <see cref="TryLockFolderAsync"/>, but waits for it: for who writes a file there.</summary>
    public static async Task LockFolderAsync(Transaction tx)
    {
        // A first look at many files takes longer than rows may be held.
        await tx.ExecuteAsync($"SET LOCAL lock_timeout = '30s'; SET LOCAL {Patience} = '5min'");
        await tx.SingleAsync<int>(LockFolder);
    }

    /// <summary>The files of the DAGs that are not stale, each with what names the version that was made of it and changes when that is overwritten.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> StoredFilesAsync(Transaction tx) =>
        (await tx.QueryAsync<(string File, string Version)>(StoredFiles)).ToDictionary(row => row.File, row => row.Version, StringComparer.Ordinal);

    /// <summary>Says that a DAG's file is gone; its history stays.</summary>
    public static Task SetStaleAsync(Transaction tx, string dagId) => tx.ExecuteAsync(SetOneStale, new { dagId });

    /// <summary>Adds it, or updates all but whether it is paused; it is no longer stale.</summary>
    public static Task PutAsync(Transaction tx, StoredDag dag) => tx.ExecuteAsync(Put, dag);

    /// <summary>Says which version new runs use.</summary>
    public static Task SetVersionAsync(Transaction tx, string dagId, long versionId) => tx.ExecuteAsync(SetVersion, new { dagId, versionId });

    /// <summary>Marks DAGs whose file is not in <paramref name="present"/> as stale; one whose row somebody holds has its turn the next time.</summary>
    /// <returns>The ids of those that were not stale before.</returns>
    public static Task<IReadOnlyList<string>> SetStaleAsync(Transaction tx, IReadOnlyCollection<string> present) =>
        tx.QueryAsync<string>(SetStale, new { present = present.ToArray() });

    /// <summary>Null when unknown.</summary>
    public static Task<StoredDag?> FindAsync(Transaction tx, string dagId) => tx.FindAsync<StoredDag>(Find, new { dagId });

    /// <summary>Locks its row against schedulers and other writers; null when unknown.</summary>
    public static Task<StoredDag?> LockAsync(Transaction tx, string dagId) => tx.FindAsync<StoredDag>(Lock, new { dagId });

    /// <summary>As <see cref="LockAsync"/>, but does not wait: null also when somebody holds it.</summary>
    public static Task<StoredDag?> TryLockAsync(Transaction tx, string dagId) => tx.FindAsync<StoredDag>(TryLock, new { dagId });

    /// <summary>By id.</summary>
    public static Task<IReadOnlyList<StoredDag>> ListAsync(Transaction tx, bool withStale = false) => tx.QueryAsync<StoredDag>(List, new { withStale });

    /// <summary>Those of these ids that are known, stale ones too.</summary>
    public static Task<IReadOnlyList<StoredDag>> OfIdsAsync(Transaction tx, IReadOnlyCollection<string> dagIds) =>
        tx.QueryAsync<StoredDag>(OfIds, new { dagIds = dagIds.ToArray() });

    /// <summary>How many there are, with those that are only drafts.</summary>
    public static Task<long> CountWithDraftsAsync(Transaction tx) => tx.SingleAsync<long>(CountWithDrafts);

    /// <summary>Locks one DAG whose next run is due and that no other scheduler holds; null when there is none.</summary>
    public static Task<StoredDag?> LockDueAsync(Transaction tx, DateTimeOffset now) => tx.FindAsync<StoredDag>(LockDue, new { now });

    /// <summary>Locks the first DAG after <paramref name="after"/> that has queued runs which may start by now; null when there is none.</summary>
    public static Task<StoredDag?> LockWithQueuedRunsAsync(Transaction tx, string after, DateTimeOffset now) =>
        tx.FindAsync<StoredDag>(LockWithQueuedRuns, new { after, now });

    /// <summary>False when it was so already, or there is no such DAG.</summary>
    /// <param name="reason">Why the scheduler pauses it; null: a person does.</param>
    public static async Task<bool> SetPausedAsync(Transaction tx, string dagId, bool isPaused, string? reason = null) =>
        await tx.ExecuteAsync(SetPaused, new { dagId, isPaused, reason }) == 1;

    /// <summary>Says what the next scheduled run is; null: none.</summary>
    public static Task SetNextAsync(Transaction tx, string dagId, PlannedRun? next) =>
        tx.ExecuteAsync(SetNext, new { dagId, logicalDate = next?.LogicalDate, start = next?.Interval.Start, end = next?.Interval.End, runAfter = next?.RunAfter });

    /// <summary>When the tick looks at it again for its next run.</summary>
    /// <param name="at">Null: when fewer runs than max_active_runs are unfinished, see <see cref="UnblockAsync"/>.</param>
    public static Task SetCreateAfterAsync(Transaction tx, string dagId, DateTimeOffset? at) => tx.ExecuteAsync(SetCreateAfter, new { dagId, at });

    /// <summary>Lets DAGs that waited for max_active_runs create runs again, where one has finished.</summary>
    public static Task UnblockAsync(Transaction tx) => tx.ExecuteAsync(Unblock);
}
