using Pipelines.Model.Dags;

namespace Pipelines.Model.Runs.Readiness;

/// <summary>
/// Whether what a task depends on in the run before this one has ended well (airflow-semantics.md §5.2): the task itself, and with
/// wait_for_downstream the tasks directly after it.
/// </summary>
public static class PreviousRunRule
{
    /// <summary>Judges.</summary>
    /// <param name="dag">The version of this run.</param>
    /// <param name="task">The task.</param>
    /// <param name="previous">The run before this one; null: there is none to wait for.</param>
    public static ReadinessAnswer Judge(Dag dag, DagTask task, PreviousRun? previous)
    {
        if (!task.DependsOnPast) return new(ReadinessVerdict.Passed, "it does not depend on its past");
        if (previous is null) return new(ReadinessVerdict.Passed, "no run before this one counts");
        if (dag.Catchup && previous.LogicalDate < dag.StartOf(task)) return new(ReadinessVerdict.Passed, "the task had not begun at the run before");
        if (!previous.States.TryGetValue(task.TaskId, out var state))
        {
            return task.IgnoreFirstDependsOnPast && !previous.RanBefore.Contains(task.TaskId)
                ? new(ReadinessVerdict.Passed, "it is the first of its task")
                : new(ReadinessVerdict.Waiting, $"depends_on_past: the run before, {previous.RunId}, has no task '{task.TaskId}'. Have it run there, or mark this one");
        }

        if (!EndedWell(state)) return new(ReadinessVerdict.Waiting, $"depends_on_past: waits for '{task.TaskId}' of the run before, {Words(previous, state)}");
        return task.WaitForDownstream && task.Downstream.FirstOrDefault(after => previous.States.TryGetValue(after, out var other) && !EndedWell(other)) is { } open
            ? new(ReadinessVerdict.Waiting, $"wait_for_downstream: waits for '{open}' of the run before, {Words(previous, previous.States[open])}")
            : new(ReadinessVerdict.Passed, "it ended well in the run before");
    }

    private static bool EndedWell(TaskState state) => state is TaskState.Success or TaskState.Skipped;

    private static string Words(PreviousRun previous, TaskState state) => (state, previous.State) switch
    {
        (TaskState.Failed or TaskState.UpstreamFailed or TaskState.Removed, _) =>
            $"{previous.RunId}, where it is {StateNames.ToName(state)}: clear it there, or mark it success",
        (TaskState.None, DagRunState.Success or DagRunState.Failed) => $"{previous.RunId}, which ended without it: clear it there, or mark it success",
        (TaskState.None, DagRunState.Queued) => $"{previous.RunId}, which is queued",
        (TaskState.None, _) => $"{previous.RunId}, where it has not started",
        // Not in which state: there it goes on, and these words are stored here.
        _ => $"{previous.RunId}, where it has not ended",
    };
}
