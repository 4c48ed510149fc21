namespace Pipelines.Storage.Runs;

/// <summary>One cell of the grid: a task of a run.</summary>
public sealed record TaskCell(long DagRunId, string TaskId, string State);

/// <summary>What the grid shows of task instances.</summary>
public static class TaskCellQueries
{
    private const string OfRuns =
        "SELECT dag_run_id, task_id, state FROM pipelines.task_instance WHERE dag_run_id = ANY(@runIds) ORDER BY dag_run_id, id";

    /// <summary>Of all tasks of these runs.</summary>
    public static Task<IReadOnlyList<TaskCell>> OfRunsAsync(Transaction tx, long[] runIds) => tx.QueryAsync<TaskCell>(OfRuns, new { runIds });
}
