using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>Table <c>task_instance</c>: what people do to task instances (airflow-semantics.md §19). Hold the run's lock for all of it.</summary>
public static class InterventionTable
{
    // A worker may just have claimed or ended one. In a statement of its own: what the next one looks at is then as it is, and stays so.
    private const string Lock = "SELECT id FROM pipelines.task_instance WHERE id = ANY(@ids) ORDER BY id FOR NO KEY UPDATE";

    // A waiting attempt ends, and its series of pokes. A running task keeps its lease: its worker sees that it was cleared at its next renewal, and ends
    // the attempt.
    private const string Clear =
        """
        WITH wanted AS (
            SELECT t.id, t.retries, ti.token, ti.state IN ('running', 'restarting') AS held
            FROM unnest(@ids::bigint[], @retries::integer[]) AS t (id, retries) JOIN pipelines.task_instance ti ON ti.id = t.id
        ), forgotten AS (
            DELETE FROM pipelines.xcom x USING wanted WHERE x.task_instance_id = wanted.id AND NOT wanted.held
        ), closed AS (
            UPDATE pipelines.task_attempt a SET state = 'failed', end_date = @now, error = 'Cleared before it went on.'
            FROM wanted WHERE NOT wanted.held AND a.task_instance_id = wanted.id AND a.token = wanted.token AND a.end_date IS NULL
        ), dropped AS (
            DELETE FROM pipelines.trigger t USING wanted WHERE t.task_instance_id = wanted.id
        )
        UPDATE pipelines.task_instance ti SET max_tries = ti.try_number + wanted.retries,
            state = CASE WHEN held THEN 'restarting' ELSE 'none' END,
            reason = NULL, error = NULL, next_retry_at = NULL, reschedule_date = NULL, first_reschedule = NULL, attempt_goes_on = false, handed_at = NULL, queued_at = NULL, scheduled_at = NULL, end_date = NULL, rendered_map_index = NULL,
            start_date = CASE WHEN held THEN start_date END, worker = CASE WHEN held THEN worker END
        FROM wanted WHERE ti.id = wanted.id
        """;

    private const string Mark =
        """
        WITH marked AS (
            UPDATE pipelines.task_instance SET state = @state, reason = @reason, error = NULL, end_date = @now,
                next_retry_at = NULL, reschedule_date = NULL, attempt_goes_on = false, handed_at = NULL, lease_until = NULL
            WHERE id = @id AND state = @previous RETURNING id, token
        ), closed AS (
            UPDATE pipelines.task_attempt a SET state = @state, end_date = @now, error = CASE WHEN @state = 'failed' THEN @reason END
            FROM marked WHERE a.task_instance_id = marked.id AND a.token = marked.token AND a.end_date IS NULL
        ), dropped AS (
            DELETE FROM pipelines.trigger t USING marked WHERE t.task_instance_id = marked.id
        )
        SELECT count(*) FROM marked
        """;

    private const string RetryNow =
        """
        UPDATE pipelines.task_instance SET next_retry_at = CASE state WHEN 'up_for_retry' THEN @now::timestamptz END,
            reschedule_date = CASE state WHEN 'up_for_reschedule' THEN @now::timestamptz END
        WHERE id = @id AND state IN ('up_for_retry', 'up_for_reschedule')
        """;

    /// <summary>Has task instances run again: running ones become restarting, others none (airflow-semantics.md §19).</summary>
    /// <param name="retriesById">How many retries each gets from its present try number on.</param>
    public static async Task ClearAsync(Transaction tx, IReadOnlyDictionary<long, int> retriesById, DateTimeOffset now)
    {
        if (retriesById.Count == 0) return;
        var ids = retriesById.Keys.ToArray();
        await tx.QueryAsync<long>(Lock, new { ids });
        await tx.ExecuteAsync(Clear, new { ids, retries = retriesById.Values.ToArray(), now });
    }

    /// <summary>Sets success or failed by hand and closes an open attempt, whose report is refused from then on.</summary>
    /// <returns>False when it is no longer in state <paramref name="from"/>.</returns>
    public static async Task<bool> MarkAsync(Transaction tx, long id, TaskState from, TaskState to, string reason, DateTimeOffset now) =>
        await tx.SingleAsync<long>(Mark, new { id, previous = StateNames.ToName(from), state = StateNames.ToName(to), reason, now }) == 1;

    /// <summary>Makes a waiting retry or poke due. False when it waits for none.</summary>
    public static async Task<bool> RetryNowAsync(Transaction tx, long id, DateTimeOffset now) => await tx.ExecuteAsync(RetryNow, new { id, now }) == 1;
}
