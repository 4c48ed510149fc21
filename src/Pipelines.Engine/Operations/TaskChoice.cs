using Pipelines.Model.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>A task of a run with all that it is mapped to, or one of its mapped task instances.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="MapIndex">Null: all of it; -1: the one of a task that is not mapped.</param>
public readonly record struct TaskChoice(string TaskId, int? MapIndex = null)
{
    /// <summary>All of a task.</summary>
    public static implicit operator TaskChoice(string taskId) => new(taskId);

    /// <summary>One task instance.</summary>
    public static implicit operator TaskChoice(TaskInstanceKey key) => new(key.TaskId, key.MapIndex);
}
