using Pipelines.Model.Dags;
using Pipelines.Model.Runs.Readiness;

namespace Pipelines.Model.Runs;

/// <summary>
/// What the tasks before a task say of it (airflow-semantics.md §7, §8, §11), and what happens to it when they say that it never runs.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="states">Its states, which change while it is planned.</param>
internal sealed class UpstreamJudgement(RunSnapshot run, RunStates states)
{
    /// <summary>Judges a task for all of its task instances.</summary>
    public (ReadinessAnswer Answer, TaskEvent Happened) Judge(DagTask task, MapExtent extent)
    {
        var before = Upstream(task);
        if (NotPreviouslySkippedRule.Judge(task, before, run.Decisions) is { Verdict: ReadinessVerdict.Skipped } skipped)
        {
            return (skipped, TaskEvent.NotFollowed);
        }

        var upstream = SetupRule.Join(Setups(task), TriggerRules.Judge(task.TriggerRule, before));
        if (upstream.Verdict == ReadinessVerdict.Passed && task.Mapping is not null)
        {
            upstream = MappedUpstreamRule.Judge(task, states, extent.Length);
        }

        return (upstream, upstream.Verdict == ReadinessVerdict.Skipped ? TaskEvent.UpstreamSkipped : TaskEvent.UpstreamFailed);
    }

    private List<UpstreamState> Upstream(DagTask task) =>
        [.. NearestTasks.Of(run.Dag, task.Upstream, before => before.Upstream, Counts(task)).SelectMany(State)];

    /// <summary>The setups that it needs and its trigger rule does not ask; always is as in Airflow always.</summary>
    private IReadOnlyList<UpstreamState> Setups(DagTask task) => run.Dag.SetupsOf(task.TaskId) is not { Count: > 0 } setups || task.TriggerRule == TriggerRule.Always ? []
        : [.. setups.Except(task.Upstream).Where(Counts(task)).SelectMany(State)];

    private IEnumerable<UpstreamState> State(string taskId) => states.AsUpstream(taskId, run.Dag.TasksById[taskId].IsSetup);

    private Func<string, bool> Counts(DagTask task) => run.Subset.Contains(task.TaskId) ? CountsForSubset : states.ContainsKey;

    /// <summary>Outside the subset only what somebody has cleared since counts: it will come to something new.</summary>
    private bool CountsForSubset(string taskId) =>
        states.TryGetValue(taskId, out var state) && (run.Subset.Contains(taskId) || !state.IsFinished());
}
