using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>A trigger whose time has come.</summary>
public sealed record DueTrigger
{
    public required long TaskInstanceId { get; init; }

    public required long DagRunId { get; init; }

    /// <summary>Of the attempt that was deferred.</summary>
    public required long Token { get; init; }

    public required long AttemptId { get; init; }

    public required string ArgumentsJson { get; init; }

    /// <summary>False: it fires now.</summary>
    public required bool IsLookedAt { get; init; }

    public required bool IsTimedOut { get; init; }
}

/// <summary>Table <c>trigger</c>: what deferred task instances wait for. It goes with the attempt.</summary>
public static class TriggerTable
{
    private const string Put =
        """
        INSERT INTO pipelines.trigger (task_instance_id, arguments, next_kwargs, look_at, every, timeout_at, created_at)
        VALUES (@id, @arguments::json, @nextKwargs::json, @lookAt, make_interval(secs => @everySeconds), @timeoutAt, @now)
        ON CONFLICT (task_instance_id) DO UPDATE SET arguments = excluded.arguments, next_kwargs = excluded.next_kwargs, look_at = excluded.look_at,
            every = excluded.every, timeout_at = excluded.timeout_at, looking_until = NULL, created_at = excluded.created_at, ended = NULL, payload = NULL, error = NULL
        """;

    // Whoever takes one looks at it alone; if that process dies, another takes it a moment later.
    private const string Take =
        """
        WITH due AS (
            SELECT t.task_instance_id AS id FROM pipelines.trigger t JOIN pipelines.task_instance ti ON ti.id = t.task_instance_id AND ti.state = 'deferred'
            WHERE t.ended IS NULL AND least(t.look_at, t.timeout_at) <= @now AND (t.looking_until IS NULL OR t.looking_until <= @now)
            ORDER BY least(t.look_at, t.timeout_at) LIMIT @limit FOR NO KEY UPDATE OF t SKIP LOCKED
        )
        UPDATE pipelines.trigger t SET looking_until = @until FROM due, pipelines.task_instance ti, pipelines.task_attempt a
        WHERE t.task_instance_id = due.id AND ti.id = due.id AND a.task_instance_id = ti.id AND a.token = ti.token
        RETURNING t.task_instance_id, ti.dag_run_id, ti.token, a.id AS attempt_id, t.arguments::text AS arguments_json, t.every IS NOT NULL AS is_looked_at,
            t.look_at > @now AS is_timed_out
        """;

    private const string LookAgain =
        "UPDATE pipelines.trigger SET look_at = @now::timestamptz + every, looking_until = NULL WHERE task_instance_id = @id AND ended IS NULL";

    private const string End =
        """
        UPDATE pipelines.trigger t SET ended = @ended, payload = @payload::json, error = @error, looking_until = NULL
        FROM pipelines.task_instance ti WHERE t.task_instance_id = @id AND t.ended IS NULL AND ti.id = t.task_instance_id AND ti.token = @token AND ti.state = 'deferred'
        """;

    /// <summary>Stores what a task instance that has just been deferred waits for.</summary>
    public static Task PutAsync(Transaction tx, long id, Outcome.Deferred deferral, DateTimeOffset now) => tx.ExecuteAsync(Put, new
    {
        id,
        arguments = deferral.Trigger.Arguments.ToJsonString(),
        nextKwargs = deferral.NextKwargs.ToJsonString(),
        lookAt = deferral.Trigger.First,
        everySeconds = deferral.Trigger.Every?.TotalSeconds,
        timeoutAt = now + deferral.Timeout,
        now,
    });

    /// <summary>Takes triggers whose time has come, the first due first.</summary>
    /// <param name="tx">The transaction.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="now">The current instant.</param>
    /// <param name="until">When another may take them again.</param>
    public static Task<IReadOnlyList<DueTrigger>> TakeAsync(Transaction tx, int limit, DateTimeOffset now, DateTimeOffset until) =>
        tx.QueryAsync<DueTrigger>(Take, new { limit, now, until });

    /// <summary>It has not happened: look again after its interval.</summary>
    public static Task LookAgainAsync(Transaction tx, long id, DateTimeOffset now) => tx.ExecuteAsync(LookAgain, new { id, now });

    /// <summary>The wait is over. Lock the run first.</summary>
    /// <param name="tx">The transaction.</param>
    /// <param name="id">Of the task instance.</param>
    /// <param name="token">Of the attempt that was deferred.</param>
    /// <param name="ended">How.</param>
    /// <param name="payload">Of a trigger that fired.</param>
    /// <param name="error">Of one that failed.</param>
    /// <returns>False: it was over before, or the task instance waits no more.</returns>
    public static async Task<bool> EndAsync(Transaction tx, long id, long token, TriggerEnd ended, JsonNode? payload, string? error) =>
        await tx.ExecuteAsync(End, new { id, token, ended = StateNames.ToName(ended), payload = payload?.ToJsonString(), error }) == 1;
}
