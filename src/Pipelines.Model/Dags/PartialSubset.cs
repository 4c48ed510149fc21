namespace Pipelines.Model.Dags;

/// <summary>
/// The tasks that a clear of some tasks is about (airflow-semantics.md §9, §19; Airflow's partial_subset): work is not repeated without
/// its setups, and what a setup prepares anew is taken away again.
/// </summary>
public static class PartialSubset
{
    /// <summary>The chosen tasks, those before or after them where wanted, the setups that these need, and the teardowns of all setups among them.</summary>
    /// <param name="dag">The DAG.</param>
    /// <param name="taskIds">The chosen tasks; those that the DAG does not have stay alone.</param>
    /// <param name="upstream">True: also everything before the chosen.</param>
    /// <param name="downstream">True: also everything after the chosen.</param>
    public static HashSet<string> Of(Dag dag, IReadOnlyCollection<string> taskIds, bool upstream, bool downstream)
    {
        var found = downstream ? dag.WithDescendants(taskIds) : taskIds.ToHashSet(StringComparer.Ordinal);
        // A setup or teardown alone is repeated alone.
        var work = Known(dag, found).Where(task => task is { IsSetup: false, IsTeardown: false }).ToList();
        found.UnionWith(work.SelectMany(task => dag.SetupsOf(task.TaskId)));
        if (upstream) found.UnionWith(dag.WithAncestors(taskIds));
        found.UnionWith(Known(dag, found).Where(task => task.IsSetup).SelectMany(dag.TeardownsOf).ToList());
        return found;
    }

    private static IEnumerable<DagTask> Known(Dag dag, HashSet<string> taskIds) => dag.Tasks.Where(task => taskIds.Contains(task.TaskId));
}
