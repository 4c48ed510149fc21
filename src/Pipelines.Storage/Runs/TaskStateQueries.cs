using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>States of task instances alone.</summary>
public static class TaskStateQueries
{
    private const string OfRun = "SELECT task_id, state FROM pipelines.task_instance WHERE dag_run_id = @dagRunId AND task_id = ANY(@taskIds)";

    /// <summary>By task, of these tasks of a run; those that it does not have are absent.</summary>
    public static async Task<IReadOnlyDictionary<string, TaskState>> OfRunAsync(Transaction tx, long dagRunId, IReadOnlyCollection<string> taskIds) =>
        TaskSummary.Of((await tx.QueryAsync<(string TaskId, string State)>(OfRun, new { dagRunId, taskIds = taskIds.ToArray() })).Select(row => (row.TaskId, StateNames.Parse<TaskState>(row.State))));
}
