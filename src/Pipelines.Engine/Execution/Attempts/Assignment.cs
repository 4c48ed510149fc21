using Pipelines.Model.Dags;
using Pipelines.Model.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>What one attempt is about: everything it needs to know, as it was when the task instance was claimed.</summary>
/// <param name="TaskInstance">Running, with its token and try number.</param>
/// <param name="AttemptId">The attempt's row, for its log.</param>
/// <param name="ClaimedAt">The clock's timestamp before the claim.</param>
/// <param name="Run">Its run.</param>
/// <param name="Dag">The version of the DAG that the run uses.</param>
/// <param name="Task">The task.</param>
internal sealed record Assignment(TaskInstance TaskInstance, long AttemptId, long ClaimedAt, DagRun Run, Dag Dag, DagTask Task)
{
    /// <summary>Its name.</summary>
    public TaskInstanceKey Key => new(Run.DagId, Run.RunId, TaskInstance.TaskId, TaskInstance.MapIndex);
}
