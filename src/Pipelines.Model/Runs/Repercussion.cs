using Pipelines.Model.Dags;
using Pipelines.Model.Runs.Readiness;

namespace Pipelines.Model.Runs;

/// <summary>
/// Whether the success of some tasks can change anything else in their run. Most ends in a wide DAG change nothing: their children wait
/// for others too. Then the run need not be read and planned, which for a run of ten thousand tasks would cost more than the tasks.
/// </summary>
public static class Repercussion
{
    /// <summary>False only when <see cref="Planner"/> would change nothing; true: ask it.</summary>
    /// <param name="dag">The run's DAG.</param>
    /// <param name="succeeded">Tasks that have just succeeded, in a run that was planned before.</param>
    /// <param name="unfinished">Some tasks of the run that have not ended; none only when all have.</param>
    public static bool Any(Dag dag, IEnumerable<string> succeeded, IReadOnlySet<string> unfinished) =>
        unfinished.Count == 0 || succeeded.Any(taskId => !dag.TasksById.TryGetValue(taskId, out var task) || task.SkipsDownstream || task.Downstream.Any(child => MayMove(dag, child, unfinished)));

    private static bool MayMove(Dag dag, string child, IReadOnlySet<string> unfinished) =>
        dag.TasksById[child] is var task && (!TriggerRules.StaysAfterSuccess(task.TriggerRule) || !task.Upstream.Any(unfinished.Contains));
}
