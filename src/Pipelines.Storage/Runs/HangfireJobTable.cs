using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>A task instance as Hangfire must show it.</summary>
/// <param name="TaskInstance">As stored now.</param>
/// <param name="Key">Its name.</param>
/// <param name="Queue">Its queue, in Airflow's spelling.</param>
public sealed record HangfireView(TaskInstance TaskInstance, TaskInstanceKey Key, string Queue);

/// <summary>A Hangfire job to be written for a task instance that has none.</summary>
public sealed record NewHangfireJob
{
    public required long TaskInstanceId { get; init; }

    /// <summary>The state that the task instance must still have.</summary>
    public required TaskState TaskState { get; init; }

    /// <summary>Hangfire's name of the job's state.</summary>
    public required string StateName { get; init; }

    public string? Reason { get; init; }

    /// <summary>The state's data, a JSON object of texts.</summary>
    public required string DataJson { get; init; }

    /// <summary>What is called, as Hangfire serialises it.</summary>
    public required string InvocationJson { get; init; }

    /// <summary>A JSON array of serialised arguments.</summary>
    public required string ArgumentsJson { get; init; }

    /// <summary>When Hangfire deletes it; null: never.</summary>
    public TimeSpan? ExpiresIn { get; init; }
}

/// <summary>
/// Table <c>task_instance</c> as seen from Hangfire: which job carries it, and what that job must say. And Hangfire's own tables where many
/// jobs are written at once, which its client cannot: row for row what Hangfire.PostgreSql writes, which a test compares.
/// </summary>
public static class HangfireJobTable
{
    private const string Views =
        $"""
        SELECT {TaskInstanceRow.Columns}, ti.queue, r.dag_id, r.run_id
        FROM pipelines.task_instance ti JOIN pipelines.dag_run r ON r.id = ti.dag_run_id
        WHERE ti.id = ANY(@ids) ORDER BY ti.id
        """;

    private const string Replace =
        "UPDATE pipelines.task_instance SET hangfire_job_id = @jobId WHERE id = @id AND hangfire_job_id IS NOT DISTINCT FROM @previous";

    private const string Add =
        """
        WITH given AS (
            SELECT * FROM unnest(@ids::bigint[], @taskStates::text[], @stateNames::text[], @reasons::text[], @data::text[], @invocations::text[], @arguments::text[], @expireSeconds::float8[])
                AS g (id, task_state, state_name, reason, data, invocation, arguments, expire_seconds)
        ), free AS (
            SELECT g.*, nextval(pg_get_serial_sequence('hangfire.job', 'id')) AS job_id, nextval(pg_get_serial_sequence('hangfire.state', 'id')) AS state_id
            FROM given g JOIN pipelines.task_instance ti ON ti.id = g.id WHERE ti.hangfire_job_id IS NULL AND ti.state = g.task_state
            FOR NO KEY UPDATE OF ti SKIP LOCKED
        ), job AS (
            INSERT INTO hangfire.job (id, stateid, statename, invocationdata, arguments, createdat, expireat)
            SELECT job_id, state_id, state_name, invocation::jsonb, arguments::jsonb, now(), now() + make_interval(secs => expire_seconds) FROM free
        ), state AS (
            INSERT INTO hangfire.state (id, jobid, name, reason, createdat, data) SELECT state_id, job_id, state_name, reason, now(), data::jsonb FROM free
        ), counter AS (
            INSERT INTO hangfire.counter (key, value) SELECT 'stats:succeeded', count(*) FROM free WHERE state_name = 'Succeeded' HAVING count(*) > 0
        ), attempt AS (
            UPDATE pipelines.task_attempt a SET hangfire_job_id = free.job_id::text FROM free WHERE a.task_instance_id = free.id AND a.hangfire_job_id IS NULL
        )
        UPDATE pipelines.task_instance ti SET hangfire_job_id = free.job_id::text FROM free WHERE ti.id = free.id
        """;

    private const string Unrecorded =
        """
        SELECT id FROM pipelines.task_instance
        WHERE hangfire_job_id IS NULL AND token > 0 AND state IN ('success', 'failed', 'skipped') AND end_date < @before AND id > @after ORDER BY id LIMIT @limit
        """;

    /// <summary>By id; those that are gone are absent.</summary>
    public static async Task<IReadOnlyList<HangfireView>> ViewsAsync(Transaction tx, IReadOnlyList<long> ids) =>
        [.. (await tx.QueryAsync<Row>(Views, new { ids = ids.ToArray() })).Select(row => row.ToView())];

    /// <summary>Sets the job that carries a task instance. False when somebody else has set another one meanwhile.</summary>
    public static async Task<bool> ReplaceAsync(Transaction tx, long id, string? previous, string jobId) =>
        await tx.ExecuteAsync(Replace, new { id, previous, jobId }) == 1;

    /// <summary>Writes jobs for task instances that still have none and are still in the state given; leaves out the others.</summary>
    /// <returns>How many were written.</returns>
    public static Task<int> AddAsync(Transaction tx, IReadOnlyList<NewHangfireJob> jobs) => tx.ExecuteAsync(Add, new
    {
        ids = jobs.Select(job => job.TaskInstanceId).ToArray(),
        taskStates = jobs.Select(job => StateNames.ToName(job.TaskState)).ToArray(),
        stateNames = jobs.Select(job => job.StateName).ToArray(),
        reasons = jobs.Select(job => job.Reason).ToArray(),
        data = jobs.Select(job => job.DataJson).ToArray(),
        invocations = jobs.Select(job => job.InvocationJson).ToArray(),
        arguments = jobs.Select(job => job.ArgumentsJson).ToArray(),
        expireSeconds = jobs.Select(job => job.ExpiresIn?.TotalSeconds).ToArray(),
    });

    /// <summary>Ended attempts of which Hangfire has no record, because their worker died before it wrote it; by id.</summary>
    /// <param name="tx">The transaction.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="before">Ended before it.</param>
    /// <param name="after">Only ids above it.</param>
    public static Task<IReadOnlyList<long>> UnrecordedAsync(Transaction tx, int limit, DateTimeOffset before, long after) =>
        tx.QueryAsync<long>(Unrecorded, new { limit, before, after });

    private sealed class Row : TaskInstanceRow
    {
        public string Queue { get; init; } = "";

        public string DagId { get; init; } = "";

        public string RunId { get; init; } = "";

        public HangfireView ToView() => new(ToTaskInstance(), new TaskInstanceKey(DagId, RunId, TaskId, MapIndex), Queue);
    }
}
