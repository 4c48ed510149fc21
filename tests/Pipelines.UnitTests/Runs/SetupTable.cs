using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Runs.Readiness;

namespace Pipelines.UnitTests.Runs;

/// <summary>The setup constraint of airflow-semantics.md §7 in its own words: what the product's is compared with.</summary>
internal static class SetupTable
{
    /// <summary>The setups that constrain a task beside its trigger rule.</summary>
    public static IReadOnlyList<string> Needed(Dag dag, DagTask task) => task.IsTeardown || task.TriggerRule == TriggerRule.Always ? []
        : [.. dag.Tasks.Where(setup => setup.IsSetup && IsBefore(dag, setup.TaskId, task.TaskId) && !task.Upstream.Contains(setup.TaskId))
            .Where(setup => Teardowns(dag, setup) is var teardowns && (teardowns.Length == 0 || teardowns.Any(teardown => IsBefore(dag, task.TaskId, teardown))))
            .Select(setup => setup.TaskId)];

    public static ReadinessVerdict Join(TaskState[] setups, ReadinessVerdict byTriggerRule) =>
        setups.Any(HasFailed) ? ReadinessVerdict.UpstreamFailed
        : setups.Contains(TaskState.Skipped) ? ReadinessVerdict.Skipped
        : byTriggerRule == ReadinessVerdict.Passed && setups.Any(state => state != TaskState.Success) ? ReadinessVerdict.Waiting
        : byTriggerRule;

    public static bool HasFailed(TaskState state) => state is TaskState.Failed or TaskState.UpstreamFailed;

    private static string[] Teardowns(Dag dag, DagTask setup) => [.. dag.Tasks.Where(task => task.IsTeardown && task.Upstream.Contains(setup.TaskId)).Select(task => task.TaskId)];

    private static bool IsBefore(Dag dag, string earlier, string later)
    {
        HashSet<string> before = [later];
        foreach (var task in dag.Tasks.Reverse().Where(task => before.Contains(task.TaskId))) before.UnionWith(task.Upstream);
        return earlier != later && before.Contains(earlier);
    }
}
