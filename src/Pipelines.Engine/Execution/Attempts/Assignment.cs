using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Callbacks;
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

    /// <summary>What a callback is about that this is for; null: it is an attempt's work.</summary>
    public CallbackMoment? Callback { get; init; }

    /// <summary>Its name.</summary>
    public TaskInstanceKey Key => new(Run.DagId, Run.RunId, TaskInstance.TaskId, TaskInstance.MapIndex);

    /// <summary>False: the run's conf leaves params as they are (Airflow's core.dag_run_conf_overrides_params).</summary>
    public bool ConfOverridesParams { get; init; } = true;

    /// <summary>The page of a task instance's try; null: there is none.</summary>
    public Func<TaskInstanceKey, int, string>? TaskUrl { get; init; }

    /// <summary>The values of the task's params in this run (airflow-semantics.md §20).</summary>
    /// <exception cref="TaskFailure">One is missing or does not fulfil its schema (not retryable).</exception>
    public JsonObject Params
    {
        get
        {
            if (field is not null) return field;
            var conf = ConfOverridesParams ? Run.Conf : [];
            var known = Dag.ParamsOf(Task);
            // People must hear of it also when the params are what went wrong.
            if (Callback is not null) return field = known.Values(conf);
            // What people are asked for need not be there before.
            return (Task.AsksPeople ? Dag.Params : known).Problems(conf) is [_, ..] problems
                ? throw new TaskFailure($"{string.Join(" ", problems)} Trigger a run with other params, or correct them in the DAG.", retryable: false)
                : field = known.Values(conf);
        }
    }
}
