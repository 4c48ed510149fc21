using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>A task instance as Hangfire must show it.</summary>
/// <param name="TaskInstance">As stored now.</param>
/// <param name="Key">Its name.</param>
/// <param name="Queue">Its queue, in Airflow's spelling.</param>
public sealed record HangfireView(TaskInstance TaskInstance, TaskInstanceKey Key, string Queue);

/// <summary>Table <c>task_instance</c> as seen from Hangfire: which job carries it, and what that job must say.</summary>
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

    /// <summary>By id; those that are gone are absent.</summary>
    public static async Task<IReadOnlyList<HangfireView>> ViewsAsync(Transaction tx, IReadOnlyList<long> ids) =>
        [.. (await tx.QueryAsync<Row>(Views, new { ids = ids.ToArray() })).Select(row => row.ToView())];

    /// <summary>Sets the job that carries a task instance. False when somebody else has set another one meanwhile.</summary>
    public static async Task<bool> ReplaceAsync(Transaction tx, long id, string? previous, string jobId) =>
        await tx.ExecuteAsync(Replace, new { id, previous, jobId }) == 1;

    private sealed class Row : TaskInstanceRow
    {
        public string Queue { get; init; } = "";

        public string DagId { get; init; } = "";

        public string RunId { get; init; } = "";

        public HangfireView ToView() => new(ToTaskInstance(), new TaskInstanceKey(DagId, RunId, TaskId, MapIndex), Queue);
    }
}
