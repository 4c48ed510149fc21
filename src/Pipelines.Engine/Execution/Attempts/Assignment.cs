using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>What one attempt is about: everything it needs to know, as it was when the task instance was claimed.</summary>
/// <param name="TaskInstance">Running, with its token and try number.</param>
/// <param name="AttemptId">The attempt's row, for its log.</param>
/// <param name="Run">Its run.</param>
/// <param name="Dag">The version of the DAG that the run uses.</param>
/// <param name="Task">The task.</param>
internal sealed record Assignment(TaskInstance TaskInstance, long AttemptId, DagRun Run, Dag Dag, DagTask Task)
{
    /// <summary>With what it goes on after a deferral; null: it was not deferred.</summary>
    public Resumption? Resumption { get; init; }

    /// <summary>Its name.</summary>
    public TaskInstanceKey Key => new(Run.DagId, Run.RunId, TaskInstance.TaskId, TaskInstance.MapIndex);
}
