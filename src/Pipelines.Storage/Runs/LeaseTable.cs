using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>A task instance that a worker has just claimed.</summary>
/// <param name="TaskInstance">Running, with the new token.</param>
/// <param name="AttemptId">The attempt, for its log.</param>
public sealed record Claim(TaskInstance TaskInstance, long AttemptId)
{
    /// <summary>With what it goes on after a deferral; null: it was not deferred.</summary>
    public Resumption? Resumption { get; init; }
}

/// <summary>A claim that its worker wants to keep.</summary>
/// <param name="TaskInstanceId">Of what.</param>
/// <param name="Token">Under which it was claimed.</param>
public readonly record struct Hold(long TaskInstanceId, long Token);

/// <summary>What became of a renewal; holds that are in neither list are locked by somebody: ask again soon.</summary>
/// <param name="Renewed">Those that were prolonged.</param>
/// <param name="Gone">Those whose task instance was cleared, marked or lost.</param>
public sealed record Renewal(IReadOnlyList<Hold> Renewed, IReadOnlyList<Hold> Gone);

/// <summary>A task instance whose worker has not renewed its lease.</summary>
public sealed record LostLease
{
    public required long TaskInstanceId { get; init; }

    public required long DagRunId { get; init; }

    public required string Worker { get; init; }

    public required DateTimeOffset LeaseUntil { get; init; }
}

/// <summary>
/// Table <c>task_instance</c> as a worker changes it: claim, renew, end. All but the claim are refused under a stale token. Leases go by
/// the database's clock alone, so that hosts whose clocks differ or jump agree on them.
/// </summary>
public static class LeaseTable
{
    // clock_timestamp: the transaction may have waited for a lock.
    private const string Take =
        $"""
        ti AS (
            UPDATE pipelines.task_instance t SET state = 'running', token = token + 1, worker = @worker, lease_until = clock_timestamp() + make_interval(secs => @seconds),
                handed_at = NULL, start_date = CASE WHEN attempt_goes_on THEN start_date ELSE @now END, end_date = NULL, reason = NULL, error = NULL
            FROM wanted WHERE t.id = wanted.id AND t.state = 'queued' RETURNING t.*
        ), begun AS (
            INSERT INTO pipelines.task_attempt (task_instance_id, try_number, token, worker, hangfire_job_id, start_date)
            SELECT id, try_number, token, @worker, hangfire_job_id, @now FROM ti WHERE NOT attempt_goes_on RETURNING id, task_instance_id
        ), gone_on AS (
            UPDATE pipelines.task_attempt a SET token = ti.token, worker = @worker, hangfire_job_id = ti.hangfire_job_id, state = 'running'
            FROM ti WHERE ti.attempt_goes_on AND a.task_instance_id = ti.id AND a.token = ti.token - 1 RETURNING a.id, a.task_instance_id
        ), attempt AS (
            SELECT * FROM begun UNION ALL SELECT * FROM gone_on
        ), forgotten AS (
            DELETE FROM pipelines.xcom x USING ti WHERE x.task_instance_id = ti.id AND NOT EXISTS (SELECT FROM pipelines.trigger tr WHERE tr.task_instance_id = ti.id)
        )
        SELECT {TaskInstanceRow.Columns}, attempt.id AS attempt_id, tr.ended, tr.next_kwargs::text AS next_kwargs, tr.payload::text AS payload, tr.error AS trigger_error
        FROM ti JOIN attempt ON attempt.task_instance_id = ti.id JOIN wanted ON wanted.id = ti.id
        LEFT JOIN pipelines.trigger tr ON tr.task_instance_id = ti.id ORDER BY wanted.place
        """;

    private const string ClaimQueued = $"WITH wanted AS (SELECT @id::bigint AS id, 1 AS place), {Take}";

    // As slots are granted: live runs first, then by priority; and of those, who waits longest. Runs of dags test are carried in a terminal.
    private const string ClaimNext =
        $"""
        WITH queued AS (
            SELECT ti.id, r.backfill_id IS NOT NULL AS is_backfill, ti.priority_weight, ti.queued_at
            FROM pipelines.task_instance ti JOIN pipelines.dag_run r ON r.id = ti.dag_run_id AND r.triggered_by <> 'test'
            WHERE ti.state = 'queued' AND ti.queue = ANY(@queues)
            ORDER BY is_backfill, ti.priority_weight DESC, ti.queued_at, ti.id LIMIT @limit FOR NO KEY UPDATE OF ti SKIP LOCKED
        ), wanted AS (
            SELECT id, row_number() OVER (ORDER BY is_backfill, priority_weight DESC, queued_at, id) AS place FROM queued
        ), {Take}
        """;

    // Never waits for a row: one that somebody holds locked must not cost the others their leases.
    private const string Renew =
        """
        WITH held AS (
            SELECT ti.id FROM pipelines.task_instance ti JOIN unnest(@ids::bigint[], @tokens::bigint[]) AS h (id, token) ON h.id = ti.id AND h.token = ti.token
            WHERE ti.state = 'running' FOR NO KEY UPDATE OF ti SKIP LOCKED
        )
        UPDATE pipelines.task_instance ti SET lease_until = clock_timestamp() + make_interval(secs => @seconds) FROM held WHERE ti.id = held.id RETURNING ti.id, ti.token
        """;

    private const string Gone =
        """
        SELECT h.id, h.token FROM unnest(@ids::bigint[], @tokens::bigint[]) AS h (id, token)
        WHERE NOT EXISTS (SELECT FROM pipelines.task_instance ti WHERE ti.id = h.id AND ti.token = h.token AND ti.state = 'running')
        """;

    private const string End =
        """
        WITH ends AS (
            SELECT * FROM unnest(@ids::bigint[], @tokens::bigint[], @previous::text[], @nexts::text[], @attemptStates::text[], @errors::text[], @facts::text[],
                @reasons::text[], @nextRetryAts::timestamptz[], @rescheduleDates::timestamptz[], @unbegun::boolean[])
                AS e (id, token, previous, next, attempt_state, error, facts, reason, next_retry_at, reschedule_date, is_unbegun)
        ), ended AS (
            UPDATE pipelines.task_instance ti SET state = e.next, end_date = @now, lease_until = NULL, next_retry_at = e.next_retry_at,
                reschedule_date = e.reschedule_date, attempt_goes_on = e.next IN ('up_for_reschedule', 'deferred'),
                first_reschedule = CASE WHEN e.reschedule_date IS NULL OR e.is_unbegun THEN ti.first_reschedule ELSE coalesce(ti.first_reschedule, ti.start_date) END,
                error = e.error, reason = e.reason
            FROM ends e WHERE ti.id = e.id AND ti.token = e.token AND ti.state = e.previous AND ti.state IN ('running', 'restarting') RETURNING ti.id
        ), closed AS (
            UPDATE pipelines.task_attempt a SET state = e.attempt_state, end_date = CASE WHEN e.next NOT IN ('up_for_reschedule', 'deferred') THEN @now END, error = e.error, error_facts = e.facts::json
            FROM ends e JOIN ended USING (id) WHERE a.task_instance_id = e.id AND a.token = e.token
        ), resumed AS (
            DELETE FROM pipelines.trigger t USING ends e JOIN ended USING (id) WHERE t.task_instance_id = e.id AND e.next NOT IN ('deferred', 'scheduled') AND NOT e.is_unbegun
        )
        SELECT id FROM ended
        """;

    // After a restart of the database every worker first needs the time to renew.
    private const string IsOver =
        """
        state IN ('running', 'restarting') AND lease_until < clock_timestamp()
            AND pg_postmaster_start_time() < clock_timestamp() - make_interval(secs => @graceSeconds)
        """;

    private const string Lost =
        $"SELECT id AS task_instance_id, dag_run_id, worker, lease_until FROM pipelines.task_instance WHERE {IsOver} AND id > @after ORDER BY id LIMIT @limit";

    private const string IsLost = $"SELECT EXISTS (SELECT FROM pipelines.task_instance WHERE id = @id AND {IsOver})";

    private const string OfWorker =
        "SELECT dag_run_id, id, token FROM pipelines.task_instance WHERE state = 'running' AND worker = @worker AND start_date < @before ORDER BY id";

    /// <summary>queued → running under a new token, with a new attempt or the one that goes on; the XComs of earlier attempts are gone.</summary>
    /// <param name="worker">Who, for people: host and process.</param>
    /// <param name="lease">How long the claim holds without renewal, from now on.</param>
    /// <returns>Null when it is not queued: nothing to run.</returns>
    public static async Task<Claim?> ClaimAsync(Transaction tx, long id, string worker, TimeSpan lease, DateTimeOffset now) =>
        await tx.FindAsync<ClaimRow>(ClaimQueued, new { id, worker, seconds = lease.TotalSeconds, now }) is { } row ? row.ToClaim() : null;

    /// <summary>As <see cref="ClaimAsync"/>, of the queued task instances that are first in turn.</summary>
    /// <param name="queues">The queues to look at, in Airflow's spelling.</param>
    /// <returns>At most <paramref name="limit"/>, in turn.</returns>
    public static async Task<IReadOnlyList<Claim>> ClaimNextAsync(Transaction tx, IReadOnlyList<string> queues, int limit, string worker, TimeSpan lease, DateTimeOffset now) =>
        [.. (await tx.QueryAsync<ClaimRow>(ClaimNext, new { queues = queues.ToArray(), limit, worker, seconds = lease.TotalSeconds, now }))
            .Select(row => row.ToClaim())];

    /// <summary>Prolongs leases, from now on.</summary>
    public static async Task<Renewal> RenewAsync(Transaction tx, IReadOnlyCollection<Hold> holds, TimeSpan lease)
    {
        var (ids, tokens) = (holds.Select(hold => hold.TaskInstanceId).ToArray(), holds.Select(hold => hold.Token).ToArray());
        var renewed = await HoldsAsync(tx, Renew, new { ids, tokens, seconds = lease.TotalSeconds });
        return new Renewal(renewed, renewed.Count == ids.Length ? [] : await HoldsAsync(tx, Gone, new { ids, tokens }));
    }

    /// <summary>Ends attempts, each exactly once. Lock their run first: the caller plans it next.</summary>
    /// <returns>The task instances whose attempt ended; refused are others: another attempt holds them, or they are in another state.</returns>
    public static Task<IReadOnlyList<long>> EndAsync(Transaction tx, IReadOnlyList<AttemptEnd> ends, DateTimeOffset now) => tx.QueryAsync<long>(End, new
    {
        ids = ends.Select(end => end.TaskInstanceId).ToArray(),
        tokens = ends.Select(end => end.Token).ToArray(),
        previous = ends.Select(end => StateNames.ToName(end.From)).ToArray(),
        nexts = ends.Select(end => StateNames.ToName(end.To)).ToArray(),
        attemptStates = ends.Select(end => StateNames.ToName(end.AttemptState)).ToArray(),
        errors = ends.Select(end => end.Error).ToArray(),
        facts = ends.Select(end => end.Facts.Count == 0 ? null : JsonSerializer.Serialize(end.Facts)).ToArray(),
        reasons = ends.Select(end => end.Reason).ToArray(),
        nextRetryAts = ends.Select(end => end.NextRetryAt?.UtcDateTime).ToArray(),
        rescheduleDates = ends.Select(end => end.RescheduleDate?.UtcDateTime).ToArray(),
        unbegun = ends.Select(end => end.IsUnbegun).ToArray(),
        now,
    });

    /// <inheritdoc cref="EndAsync(Transaction, IReadOnlyList{AttemptEnd}, DateTimeOffset)"/>
    /// <returns>False when refused.</returns>
    public static async Task<bool> EndAsync(Transaction tx, AttemptEnd end, DateTimeOffset now) => (await EndAsync(tx, [end], now)).Count == 1;

    /// <summary>What a worker has claimed before a moment, with the run of each.</summary>
    public static async Task<IReadOnlyList<(long DagRunId, Hold Hold)>> OfWorkerAsync(Transaction tx, string worker, DateTimeOffset before) =>
        [.. (await tx.QueryAsync<(long DagRunId, long Id, long Token)>(OfWorker, new { worker, before })).Select(row => (row.DagRunId, new Hold(row.Id, row.Token)))];

    /// <summary>Leases that ran out, by the ids of their task instances. Locks nothing.</summary>
    /// <param name="graceAfterRestart">No lease counts as lost for this long after the database's server has started.</param>
    /// <param name="after">Only greater ids.</param>
    public static Task<IReadOnlyList<LostLease>> LostAsync(Transaction tx, int limit, TimeSpan graceAfterRestart, long after) =>
        tx.QueryAsync<LostLease>(Lost, new { limit, graceSeconds = graceAfterRestart.TotalSeconds, after });

    /// <summary>Asks again under the run's lock.</summary>
    public static Task<bool> IsLostAsync(Transaction tx, long id, TimeSpan graceAfterRestart) =>
        tx.SingleAsync<bool>(IsLost, new { id, graceSeconds = graceAfterRestart.TotalSeconds });

    private static async Task<IReadOnlyList<Hold>> HoldsAsync(Transaction tx, string sql, object parameters) =>
        [.. (await tx.QueryAsync<(long Id, long Token)>(sql, parameters)).Select(row => new Hold(row.Id, row.Token))];

    private sealed class ClaimRow : TaskInstanceRow
    {
        public long AttemptId { get; init; }

        public string? Ended { get; init; }

        public string? NextKwargs { get; init; }

        public string? Payload { get; init; }

        public string? TriggerError { get; init; }

        public Claim ToClaim() => new(ToTaskInstance(), AttemptId)
        {
            Resumption = Ended is null ? null : new Resumption(
                StateNames.Parse<TriggerEnd>(Ended), (JsonObject)JsonNode.Parse(NextKwargs!)!, Payload is null ? null : JsonNode.Parse(Payload), TriggerError),
        };
    }
}
