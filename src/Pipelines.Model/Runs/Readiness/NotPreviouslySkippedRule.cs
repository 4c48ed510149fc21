using Pipelines.Model.Dags;

namespace Pipelines.Model.Runs.Readiness;

/// <summary>
/// Whether a task directly before it decided that the task does not run (airflow-semantics.md §7, NotPreviouslySkipped): so a skip
/// outlives a clear of the skipped task.
/// </summary>
public static class NotPreviouslySkippedRule
{
    /// <summary>Judges.</summary>
    /// <param name="task">The task.</param>
    /// <param name="upstream">The tasks before it that the run waits for.</param>
    /// <param name="decisions">By the task that took them.</param>
    public static ReadinessAnswer Judge(DagTask task, IReadOnlyList<UpstreamState> upstream, IReadOnlyDictionary<string, DownstreamDecision> decisions)
    {
        if (decisions.Count == 0) return Passed;
        foreach (var before in upstream.Where(before => before.State == TaskState.Success))
        {
            // The run may lack tasks between the two; then it is not this task that was decided of.
            if (decisions.TryGetValue(before.TaskId, out var decision) && task.Upstream.Contains(before.TaskId, StringComparer.Ordinal) && decision.Skips(task.TaskId))
                return new(ReadinessVerdict.Skipped, decision.Words(before.TaskId));
        }

        return Passed;
    }

    private static ReadinessAnswer Passed => new(ReadinessVerdict.Passed, "no task before it skipped it");
}
