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
    /// <param name="mapIndex">Which of its task instances; -1 when it is not mapped.</param>
    /// <param name="upstream">The tasks before it that the run waits for.</param>
    /// <param name="decisions">By the name of the task instance that took them.</param>
    public static ReadinessAnswer Judge(DagTask task, int mapIndex, IReadOnlyList<UpstreamState> upstream, IReadOnlyDictionary<string, DownstreamDecision> decisions)
    {
        if (decisions.Count == 0) return Passed;
        // As in Airflow, of a mapped one only that of the same map index counts.
        foreach (var before in upstream.Where(before => before.State == TaskState.Success && (before.MapIndex < 0 || before.MapIndex == mapIndex)))
        {
            // The run may lack tasks between the two; then it is not this task that was decided of.
            if (decisions.TryGetValue(before.Name, out var decision) && task.Upstream.Contains(before.TaskId, StringComparer.Ordinal) && decision.Skips(task.TaskId))
                return new(ReadinessVerdict.Skipped, decision.Words(before.Name));
        }

        return Passed;
    }

    private static ReadinessAnswer Passed => new(ReadinessVerdict.Passed, "no task before it skipped it");
}
