using System.Text.Json.Nodes;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;

namespace Pipelines.Storage.Runs;

/// <summary>A run to be created, queued.</summary>
public sealed record NewDagRun
{
    public required string DagId { get; init; }

    public required string RunId { get; init; }

    public required DagRunType RunType { get; init; }

    public DateTimeOffset? LogicalDate { get; init; }

    /// <summary>Null exactly when <see cref="LogicalDate"/> is.</summary>
    public DataInterval? Interval { get; init; }

    public required DateTimeOffset RunAfter { get; init; }

    public required RunTriggeredBy TriggeredBy { get; init; }

    /// <summary>Who asked for it; null: the scheduler.</summary>
    public string? TriggeringUser { get; init; }

    public JsonObject Conf { get; init; } = [];

    public long? BackfillId { get; init; }

    public required long DagVersionId { get; init; }

    /// <summary>Of its DAG, kept with the run so that granting slots needs no DAG.</summary>
    public required int MaxActiveTasks { get; init; }
}

/// <summary>Table <c>dag_run</c>: statements that change runs. Reads for people are in <see cref="DagRunQueries"/>.</summary>
public static class DagRunTable
{
    private const string Add =
        """
        INSERT INTO pipelines.dag_run (dag_id, run_id, run_type, state, logical_date, interval_start, interval_end, run_after,
            triggered_by, triggering_user, conf, backfill_id, dag_version_id, max_active_tasks, queued_at)
        SELECT r.dag_id, r.run_id, r.run_type, 'queued', r.logical_date, r.interval_start, r.interval_end, r.run_after,
            r.triggered_by, r.triggering_user, r.conf, r.backfill_id, r.dag_version_id, r.max_active_tasks, @now
        FROM unnest(@dagIds::text[], @runIds::text[], @runTypes::text[], @logicalDates::timestamptz[], @starts::timestamptz[], @ends::timestamptz[], @runAfters::timestamptz[],
            @triggeredBy::text[], @triggeringUsers::text[], @confs::json[], @backfillIds::bigint[], @versionIds::bigint[], @maxActiveTasks::integer[])
            AS r (dag_id, run_id, run_type, logical_date, interval_start, interval_end, run_after, triggered_by, triggering_user, conf, backfill_id, dag_version_id, max_active_tasks)
        ON CONFLICT DO NOTHING RETURNING dag_id, run_id, id
        """;

    private const string Lock = $"SELECT {DagRunRow.Columns} FROM pipelines.dag_run r WHERE id = @id FOR NO KEY UPDATE";

    private const string TryLock = $"SELECT {DagRunRow.Columns} FROM pipelines.dag_run r WHERE id = @id FOR NO KEY UPDATE SKIP LOCKED";

    private const string LockDue =
        $"""
        SELECT {DagRunRow.Columns} FROM pipelines.dag_run r WHERE state = 'running' AND wake_at <= @now AND triggered_by <> 'test'
        ORDER BY backfill_id IS NOT NULL, wake_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
        """;

    private const string LockQueued =
        $"""
        SELECT {DagRunRow.Columns} FROM pipelines.dag_run r LEFT JOIN pipelines.backfill_dag_run o ON o.dag_run_id = r.id AND o.backfill_id = r.backfill_id
        WHERE r.dag_id = @dagId AND r.state = 'queued' AND r.run_after <= @now AND r.backfill_id IS NOT DISTINCT FROM @backfillId
        ORDER BY o.sort_ordinal, r.run_after, r.id LIMIT @limit FOR NO KEY UPDATE OF r SKIP LOCKED
        """;

    private const string CountActive =
        """
        SELECT state, backfill_id, count(*) AS runs FROM pipelines.dag_run
        WHERE dag_id = @dagId AND state IN ('queued', 'running') GROUP BY state, backfill_id
        """;

    private const string LastAutomated =
        """
        SELECT interval_start, interval_end FROM pipelines.dag_run
        WHERE dag_id = @dagId AND run_type IN ('scheduled', 'backfill') AND logical_date IS NOT NULL ORDER BY logical_date DESC LIMIT 1
        """;

    private const string Start =
        "UPDATE pipelines.dag_run SET state = 'running', start_date = @now, wake_at = @now, reason = NULL WHERE id = @id AND state = 'queued'";

    private const string Finish =
        """
        UPDATE pipelines.dag_run SET state = @state, end_date = @now, start_date = coalesce(start_date, @now), reason = @reason, wake_at = NULL
        WHERE id = @id AND state IN ('queued', 'running')
        """;

    private const string SetWake = "UPDATE pipelines.dag_run SET wake_at = @wakeAt, reason = @reason WHERE id = @id AND state = 'running'";

    private const string WakeBy = "UPDATE pipelines.dag_run SET wake_at = @wakeAt WHERE id = @id AND state = 'running' AND (wake_at IS NULL OR wake_at > @wakeAt)";

    private const string SetReasons = "UPDATE pipelines.dag_run r SET reason = t.reason FROM unnest(@ids::bigint[], @reasons::text[]) AS t (id, reason) WHERE r.id = t.id";

    private const string SetNote = "UPDATE pipelines.dag_run SET note = @note WHERE id = @id";

    private const string SetVersion = "UPDATE pipelines.dag_run SET dag_version_id = @versionId, max_active_tasks = @maxActiveTasks WHERE id = @id";

    private const string WakeAllOfDag = "UPDATE pipelines.dag_run SET wake_at = @now WHERE dag_id = @dagId AND state = 'running'";

    private const string Requeue =
        """
        UPDATE pipelines.dag_run SET state = 'queued', start_date = NULL, end_date = NULL, reason = NULL, wake_at = NULL, queued_at = @now,
            clear_number = clear_number + 1
        WHERE id = @id AND state IN ('success', 'failed')
        """;

    private const string Delete = "DELETE FROM pipelines.dag_run WHERE id = @id AND state IN ('success', 'failed')";

    private const string TakeOver =
        """
        UPDATE pipelines.dag_run SET run_type = 'backfill', triggered_by = 'backfill', backfill_id = @backfillId,
            conf = coalesce(@conf::json, conf)
        WHERE id = @id
        """;

    /// <summary>Has a running run planned at that moment at the latest.</summary>
    public static Task WakeByAsync(Transaction tx, long id, DateTimeOffset wakeAt) => tx.ExecuteAsync(WakeBy, new { id, wakeAt });

    /// <summary>Forgets a run that has ended, with its task instances; false when it has not, or is gone.</summary>
    public static async Task<bool> DeleteAsync(Transaction tx, long id) => await tx.ExecuteAsync(Delete, new { id }) == 1;

    /// <summary>Creates a queued run without task instances.</summary>
    /// <returns>Its id; null when its run_id or logical date is taken.</returns>
    public static async Task<long?> AddAsync(Transaction tx, NewDagRun run, DateTimeOffset now) => (await AddAsync(tx, [run], now))[0];

    /// <summary>Creates queued runs without task instances, all at once.</summary>
    /// <returns>Their ids, in their order; null where a run_id or logical date is taken.</returns>
    public static async Task<IReadOnlyList<long?>> AddAsync(Transaction tx, IReadOnlyList<NewDagRun> runs, DateTimeOffset now)
    {
        var added = await tx.QueryAsync<(string DagId, string RunId, long Id)>(Add, new
        {
            dagIds = runs.Select(run => run.DagId).ToArray(),
            runIds = runs.Select(run => run.RunId).ToArray(),
            runTypes = runs.Select(run => StateNames.ToName(run.RunType)).ToArray(),
            logicalDates = runs.Select(run => run.LogicalDate?.UtcDateTime).ToArray(),
            starts = runs.Select(run => run.Interval?.Start.UtcDateTime).ToArray(),
            ends = runs.Select(run => run.Interval?.End.UtcDateTime).ToArray(),
            runAfters = runs.Select(run => run.RunAfter.UtcDateTime).ToArray(),
            triggeredBy = runs.Select(run => StateNames.ToName(run.TriggeredBy)).ToArray(),
            triggeringUsers = runs.Select(run => run.TriggeringUser).ToArray(),
            confs = runs.Select(run => run.Conf.ToJsonString()).ToArray(),
            backfillIds = runs.Select(run => run.BackfillId).ToArray(),
            versionIds = runs.Select(run => run.DagVersionId).ToArray(),
            maxActiveTasks = runs.Select(run => run.MaxActiveTasks).ToArray(),
            now,
        });
        var ids = added.ToDictionary(run => (run.DagId, run.RunId), run => (long?)run.Id);
        return [.. runs.Select(run => ids.GetValueOrDefault((run.DagId, run.RunId)))];
    }

    /// <summary>Locks a run for planning or for changing its task instances; null when unknown.</summary>
    public static async Task<DagRun?> LockAsync(Transaction tx, long id) => (await tx.FindAsync<DagRunRow>(Lock, new { id }))?.ToDagRun();

    /// <summary>As <see cref="LockAsync"/>, but does not wait: null also when somebody holds it.</summary>
    public static async Task<DagRun?> TryLockAsync(Transaction tx, long id) => (await tx.FindAsync<DagRunRow>(TryLock, new { id }))?.ToDagRun();

    /// <summary>Locks one running run that wants to be planned by now and that nobody holds, nor <c>dags test</c> carries; null when there is none.</summary>
    public static async Task<DagRun?> LockDueAsync(Transaction tx, DateTimeOffset now) =>
        (await tx.FindAsync<DagRunRow>(LockDue, new { now }))?.ToDagRun();

    /// <summary>Locks queued runs that may start by now, in the order in which they are to. Hold the DAG's lock.</summary>
    /// <param name="backfillId">Those of this backfill; null: those of none.</param>
    public static async Task<IReadOnlyList<DagRun>> LockQueuedAsync(Transaction tx, string dagId, long? backfillId, int limit, DateTimeOffset now) =>
        [.. (await tx.QueryAsync<DagRunRow>(LockQueued, new { dagId, backfillId, limit, now })).Select(row => row.ToDagRun())];

    /// <summary>Unfinished runs of a DAG by state and backfill.</summary>
    public static async Task<IReadOnlyList<ActiveRuns>> CountActiveAsync(Transaction tx, string dagId) =>
        [.. (await tx.QueryAsync<(string State, long? BackfillId, long Runs)>(CountActive, new { dagId }))
            .Select(row => new ActiveRuns(StateNames.Parse<DagRunState>(row.State), row.BackfillId, (int)row.Runs))];

    /// <summary>True when max_active_runs lets no more runs of the DAG be made; those of backfills do not count.</summary>
    public static async Task<bool> IsFullAsync(Transaction tx, Dag dag) =>
        (await CountActiveAsync(tx, dag.DagId)).Where(runs => runs.BackfillId is null).Sum(runs => runs.Runs) >= dag.MaxActiveRuns;

    /// <summary>Data interval of the latest scheduled or backfill run; null when there was none.</summary>
    public static async Task<DataInterval?> LastAutomatedAsync(Transaction tx, string dagId) =>
        await tx.FindAsync<IntervalRow>(LastAutomated, new { dagId }) is { } found ? new DataInterval(found.IntervalStart, found.IntervalEnd) : null;

    /// <summary>queued → running, to be planned at once. False when it is not queued.</summary>
    public static async Task<bool> StartAsync(Transaction tx, long id, DateTimeOffset now) => await tx.ExecuteAsync(Start, new { id, now }) == 1;

    /// <summary>Ends an unfinished run. False when it has ended before: a run finishes exactly once.</summary>
    public static async Task<bool> FinishAsync(Transaction tx, long id, DagRunState state, string? reason, DateTimeOffset now) =>
        await tx.ExecuteAsync(Finish, new { id, state = StateNames.ToName(state), reason, now }) == 1;

    /// <summary>Says when a running run is to be planned again; null: only after an event.</summary>
    /// <param name="reason">Why it cannot go on now; null: it goes on.</param>
    public static Task SetWakeAsync(Transaction tx, long id, DateTimeOffset? wakeAt, string? reason = null) =>
        tx.ExecuteAsync(SetWake, new { id, wakeAt, reason });

    /// <summary>Stores why queued runs wait.</summary>
    public static Task SetReasonsAsync(Transaction tx, IReadOnlyCollection<(long DagRunId, string Reason)> waits) => waits.Count == 0 ? Task.CompletedTask
        : tx.ExecuteAsync(SetReasons, new { ids = waits.Select(wait => wait.DagRunId).ToArray(), reasons = waits.Select(wait => wait.Reason).ToArray() });

    /// <summary>Stores what a person has written on it; null takes it away.</summary>
    public static Task SetNoteAsync(Transaction tx, long id, string? note) => tx.ExecuteAsync(SetNote, new { id, note });

    /// <summary>Has a run go on with another version of its DAG.</summary>
    public static Task SetVersionAsync(Transaction tx, long id, long versionId, int maxActiveTasks) => tx.ExecuteAsync(SetVersion, new { id, versionId, maxActiveTasks });

    /// <summary>Has all running runs of a DAG planned again, e.g. after it was unpaused.</summary>
    public static Task WakeAllOfDagAsync(Transaction tx, string dagId, DateTimeOffset now) => tx.ExecuteAsync(WakeAllOfDag, new { dagId, now });

    /// <summary>finished → queued, after a clear. False when it has not finished.</summary>
    public static async Task<bool> RequeueAsync(Transaction tx, long id, DateTimeOffset now) => await tx.ExecuteAsync(Requeue, new { id, now }) == 1;

    /// <summary>Makes an existing run one of a backfill (airflow-semantics.md §18).</summary>
    /// <param name="conf">Replaces the run's conf; null keeps it.</param>
    public static Task TakeOverAsync(Transaction tx, long id, long backfillId, JsonObject? conf) =>
        tx.ExecuteAsync(TakeOver, new { id, backfillId, conf = conf?.ToJsonString() });

    private sealed class IntervalRow
    {
        public DateTimeOffset IntervalStart { get; init; }

        public DateTimeOffset IntervalEnd { get; init; }
    }
}

/// <summary>How many runs of a DAG are in a state, per backfill (null: of none).</summary>
public sealed record ActiveRuns(DagRunState State, long? BackfillId, int Runs);
