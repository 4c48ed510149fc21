namespace Pipelines.Model.Dags;

/// <summary>
/// Which setups a task needs (airflow-semantics.md §7, §9): those anywhere before it whose teardown comes after it, or that have none.
/// What the teardown of a setup has taken away by then, a task cannot need.
/// </summary>
internal static class SetupScopes
{
    /// <summary>The setups by task, in the order of the DAG; tasks that need none, and teardowns, are left out.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Of(Dag dag) =>
        dag.Tasks.Where(task => task.IsSetup)
            .SelectMany(setup => Scope(dag, setup), (setup, taskId) => (TaskId: taskId, Setup: setup.TaskId))
            .GroupBy(pair => pair.TaskId, pair => pair.Setup, StringComparer.Ordinal)
            .ToDictionary(setups => setups.Key, IReadOnlyList<string> (setups) => [.. setups], StringComparer.Ordinal);

    private static IEnumerable<string> Scope(Dag dag, DagTask setup)
    {
        var after = dag.WithDescendants(setup.Downstream);
        if (dag.TeardownsOf(setup) is { Count: > 0 } teardowns) after.IntersectWith(dag.WithAncestors(teardowns));
        return after.Where(taskId => !dag.TasksById[taskId].IsTeardown);
    }
}
