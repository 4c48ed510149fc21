namespace Pipelines.Model.Runs;

/// <summary>The one state that tells of all task instances of a mapped task (airflow-semantics.md §11).</summary>
public static class TaskSummary
{
    /// <summary>The first that one of them is in. What has not ended comes first, so that a task has ended when all of its instances have.</summary>
    internal static readonly TaskState[] Telling =
    [
        TaskState.Running, TaskState.Restarting, TaskState.Deferred, TaskState.Queued, TaskState.Scheduled, TaskState.UpForRetry, TaskState.UpForReschedule,
        TaskState.None, TaskState.Failed, TaskState.UpstreamFailed, TaskState.Success, TaskState.Skipped, TaskState.Removed,
    ];

    /// <summary>By task.</summary>
    /// <param name="instances">The state of each task instance with the task it is of.</param>
    public static IReadOnlyDictionary<string, TaskState> Of(IEnumerable<(string TaskId, TaskState State)> instances) => instances
        .GroupBy(instance => instance.TaskId, instance => instance.State, StringComparer.Ordinal)
        .ToDictionary(task => task.Key, task => task.MinBy(state => Array.IndexOf(Telling, state)), StringComparer.Ordinal);
}
