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
    /// <param name="isInRun">Whether the run has a task that directly follows one of <paramref name="succeeded"/>.</param>
    public static bool Any(Dag dag, IEnumerable<string> succeeded, IReadOnlySet<string> unfinished, Func<string, bool> isInRun) =>
        unfinished.Count == 0 || succeeded.Any(taskId => !dag.TasksById.TryGetValue(taskId, out var task) || task.SkipsDownstream || task.IsSetup || task.Downstream.Any(child => !isInRun(child) || MayMove(dag, child, unfinished) || MayExpand(dag, child, taskId, unfinished)));

    // A setup is waited for by more than its children, see SetupRule.
    // Of what a child is mapped with, the map index that it waits for may have ended while others have not.
    // Behind a child that the run lacks wait those that come after it (see NearestTasks), whichever they are; that is rare enough to ask the
    // planner. Before a child a task that the run lacks may hide one that has not ended: then the planner is asked once too often.
    private static bool MayMove(Dag dag, string child, IReadOnlySet<string> unfinished) =>
        dag.TasksById[child] is var task && (!TriggerRules.StaysAfterSuccess(task.TriggerRule) || !task.Upstream.Any(before => unfinished.Contains(before) && !dag.TasksById[before].IsMappedWith(task)));

    // What it is mapped over may be all that it still waits for, though others before it have not ended.
    private static bool MayExpand(Dag dag, string child, string succeeded, IReadOnlySet<string> unfinished) =>
        dag.TasksById[child].Mapping?.TaskIds is { } sources && sources.Contains(succeeded, StringComparer.Ordinal) && !sources.Any(unfinished.Contains);
}
