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
    /// <summary>What is before a task is the same for all of its task instances, unless it is mapped with its group.</summary>
    public static bool IsSameForAll(DagTask task) => task.MappedGroupId is null;

    /// <summary>Judges a task for one of its task instances.</summary>
    /// <param name="extent">Of the task.</param>
    /// <param name="mapIndex">Its map index; any when it is the same for all.</param>
    public (ReadinessAnswer Answer, TaskEvent Happened) Judge(MapExtent extent, int mapIndex)
    {
        var task = extent.Task;
        var before = Upstream(task, mapIndex);
        if (NotPreviouslySkippedRule.Judge(task, mapIndex, before, run.Decisions) is { Verdict: ReadinessVerdict.Skipped } skipped)
        {
            return (skipped, TaskEvent.NotFollowed);
        }

        var upstream = Judge(extent, mapIndex, before);
        return (upstream, upstream.Verdict == ReadinessVerdict.Skipped ? TaskEvent.UpstreamSkipped : TaskEvent.UpstreamFailed);
    }

    private ReadinessAnswer Judge(MapExtent extent, int mapIndex, List<UpstreamState> before)
    {
        var task = extent.Task;
        // A group is expanded as soon as it is known to what: only then do its tasks know which task instances of the others are theirs to wait for.
        if (task.MappedGroupId is not null && extent.IsUnexpanded && MappedUpstreamRule.Judge(task, states, extent.Length) is { Verdict: not ReadinessVerdict.Waiting } known) return known;
        var upstream = SetupRule.Join(Setups(task, mapIndex), TriggerRules.Judge(task.TriggerRule, before));
        return upstream.Verdict == ReadinessVerdict.Passed && task.Mapping is not null ? MappedUpstreamRule.Judge(task, states, extent.Length) : upstream;
    }

    private List<UpstreamState> Upstream(DagTask task, int mapIndex) =>
        [.. NearestTasks.Of(run.Dag, task.Upstream, before => before.Upstream, Counts(task)).SelectMany(before => State(task, mapIndex, before))];

    /// <summary>The setups that it needs and its trigger rule does not ask; always is as in Airflow always.</summary>
    private IReadOnlyList<UpstreamState> Setups(DagTask task, int mapIndex) => run.Dag.SetupsOf(task.TaskId) is not { Count: > 0 } setups || task.TriggerRule == TriggerRule.Always ? []
        : [.. setups.Except(task.Upstream).Where(Counts(task)).SelectMany(setup => State(task, mapIndex, setup))];

    /// <summary>Relevance (airflow-semantics.md §7): of a task that is mapped with it, one sees only the task instance of its own map index.</summary>
    private IEnumerable<UpstreamState> State(DagTask task, int mapIndex, string before)
    {
        var other = run.Dag.TasksById[before];
        return states.AsUpstream(before, other.IsSetup, mapIndex >= 0 && other.IsMappedWith(task) ? mapIndex : null);
    }

    private Func<string, bool> Counts(DagTask task) => run.Subset.Contains(task.TaskId) ? CountsForSubset : states.ContainsKey;

    /// <summary>Outside the subset only what somebody has cleared since counts: it will come to something new.</summary>
    private bool CountsForSubset(string taskId) =>
        states.TryGetValue(taskId, out var state) && (run.Subset.Contains(taskId) || !state.IsFinished());
}
