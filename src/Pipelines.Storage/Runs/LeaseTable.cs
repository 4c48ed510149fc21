using System.Text.Json;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>A task instance that a worker has just claimed.</summary>
/// <param name="TaskInstance">Running, with the new token.</param>
/// <param name="AttemptId">The attempt, for its log.</param>
public sealed record Claim(TaskInstance TaskInstance, long AttemptId);

/// <summary>How an attempt ended, under the token it was claimed with.</summary>
public sealed record AttemptEnd
{
    public required long TaskInstanceId { get; init; }

    public required long Token { get; init; }

    /// <summary>Running or restarting: the state it must still have.</summary>
    public required TaskState From { get; init; }

    /// <summary>The task instance's new state, see <see cref="TaskTransitions"/>.</summary>
    public required TaskState To { get; init; }

    /// <summary>What became of the attempt itself: success, failed or skipped.</summary>
    public required TaskState AttemptState { get; init; }

    /// <summary>The failure's message, or why it was skipped; null for success.</summary>
    public string? Error { get; init; }

    /// <summary>The failure's message part by part; empty: the message alone.</summary>
    public IReadOnlyList<FailureFact> Facts { get; init; } = [];

    /// <summary>Why it has its new state, for the user; null: nothing to say.</summary>
    public string? Reason { get; init; }

    /// <summary>Set exactly when <see cref="To"/> is up_for_retry.</summary>
    public DateTimeOffset? NextRetryAt { get; init; }
}

/// <summary>A task instance whose worker has not renewed its lease.</summary>
public sealed record LostLease
{
    public required long TaskInstanceId { get; init; }

    public required long DagRunId { get; init; }

    public required string Worker { get; init; }

    public required DateTimeOffset LeaseUntil { get; init; }
}

/// <summary>Table <c>task_instance</c> as a worker changes it: claim, renew, end. All but the claim are refused under a stale token.</summary>
public static class LeaseTable
{
    private const string ClaimQueued =
        $"""
        WITH ti AS (
            UPDATE pipelines.task_instance SET state = 'running', token = token + 1, worker = @worker, lease_until = @leaseUntil,
                handed_at = NULL, start_date = @now, end_date = NULL, reason = NULL, error = NULL
            WHERE id = @id AND state = 'queued' RETURNING *
        ), attempt AS (
            INSERT INTO pipelines.task_attempt (task_instance_id, try_number, token, worker, hangfire_job_id, start_date)
            SELECT id, try_number, token, @worker, hangfire_job_id, @now FROM ti RETURNING id
        ), forgotten AS (
            DELETE FROM pipelines.xcom x USING ti WHERE x.task_instance_id = ti.id
        )
        SELECT {TaskInstanceRow.Columns}, attempt.id AS attempt_id FROM ti, attempt
        """;

    private const string Renew =
        "UPDATE pipelines.task_instance SET lease_until = @leaseUntil WHERE id = @id AND token = @token AND state = 'running'";

    private const string End =
        """
        WITH ended AS (
            UPDATE pipelines.task_instance SET state = @next, end_date = @now, lease_until = NULL, next_retry_at = @nextRetryAt,
                error = @error, reason = @reason
            WHERE id = @id AND token = @token AND state = @previous AND state IN ('running', 'restarting') RETURNING id, token
        ), closed AS (
            UPDATE pipelines.task_attempt a SET state = @attemptState, end_date = @now, error = @error, error_facts = @facts::json
            FROM ended WHERE a.task_instance_id = ended.id AND a.token = ended.token
        )
        SELECT count(*) FROM ended
        """;

    private const string Lost =
        """
        SELECT id AS task_instance_id, dag_run_id, worker, lease_until FROM pipelines.task_instance
        WHERE state IN ('running', 'restarting') AND lease_until < @now ORDER BY lease_until LIMIT @limit
        """;

    private const string IsLost =
        "SELECT EXISTS (SELECT FROM pipelines.task_instance WHERE id = @id AND state IN ('running', 'restarting') AND lease_until < @now)";

    /// <summary>queued → running under a new token, with a new attempt; the XComs of earlier attempts are gone.</summary>
    /// <param name="worker">Who, for people: host and process.</param>
    /// <returns>Null when it is not queued: nothing to run.</returns>
    public static async Task<Claim?> ClaimAsync(Transaction tx, long id, string worker, DateTimeOffset now, DateTimeOffset leaseUntil) =>
        await tx.FindAsync<ClaimRow>(ClaimQueued, new { id, worker, now, leaseUntil }) is { } row ? new Claim(row.ToTaskInstance(), row.AttemptId) : null;

    /// <summary>False when the attempt must stop: it was cleared, marked, or has lost its lease.</summary>
    public static async Task<bool> RenewAsync(Transaction tx, long id, long token, DateTimeOffset leaseUntil) =>
        await tx.ExecuteAsync(Renew, new { id, token, leaseUntil }) == 1;

    /// <summary>Ends an attempt, exactly once. Lock the run first: the caller plans it next.</summary>
    /// <returns>False when refused: another attempt holds the task instance, or it is in another state.</returns>
    public static async Task<bool> EndAsync(Transaction tx, AttemptEnd end, DateTimeOffset now) => await tx.SingleAsync<long>(End, new
    {
        id = end.TaskInstanceId,
        end.Token,
        previous = StateNames.ToName(end.From),
        next = StateNames.ToName(end.To),
        attemptState = StateNames.ToName(end.AttemptState),
        error = end.Error,
        facts = end.Facts.Count == 0 ? null : JsonSerializer.Serialize(end.Facts),
        reason = end.Reason,
        nextRetryAt = end.NextRetryAt,
        now,
    }) == 1;

    /// <summary>Leases that ran out before <paramref name="now"/>, the oldest first. Locks nothing.</summary>
    public static Task<IReadOnlyList<LostLease>> LostAsync(Transaction tx, int limit, DateTimeOffset now) =>
        tx.QueryAsync<LostLease>(Lost, new { limit, now });

    /// <summary>Asks again under the run's lock.</summary>
    public static Task<bool> IsLostAsync(Transaction tx, long id, DateTimeOffset now) => tx.SingleAsync<bool>(IsLost, new { id, now });

    private sealed class ClaimRow : TaskInstanceRow
    {
        public long AttemptId { get; init; }
    }
}
