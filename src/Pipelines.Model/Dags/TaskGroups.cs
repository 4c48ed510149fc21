namespace Pipelines.Model.Dags;

/// <summary>
/// Which tasks are in which task group (airflow-semantics.md §10). Beside those that are drawn (<see cref="Dag.Groups"/>) every prefix of ids is
/// a group: <c>load.orders</c> and <c>load.items.lines</c> are in <c>load</c>, the latter in <c>load.items</c> too.
/// </summary>
public static class TaskGroups
{
    /// <summary>The tasks of a group that come after no other of it, in the order of the DAG; none: the DAG has no such group.</summary>
    public static IReadOnlyList<string> Roots(Dag dag, string groupId)
    {
        var within = Tasks(dag, groupId).ToHashSet(StringComparer.Ordinal);
        return [.. dag.Tasks.Where(task => within.Contains(task.TaskId) && !task.Upstream.Any(within.Contains)).Select(task => task.TaskId)];
    }

    /// <summary>The tasks of a group, in the order of the DAG; none: the DAG has no such group.</summary>
    public static IEnumerable<string> Tasks(Dag dag, string groupId) =>
        dag.Tasks.Where(task => Of(dag, task.TaskId).Contains(groupId, StringComparer.Ordinal)).Select(task => task.TaskId);

    /// <summary>The groups that a task is in, the outermost first.</summary>
    /// <param name="dag">The DAG.</param>
    /// <param name="taskId">Of it.</param>
    public static IReadOnlyList<string> Of(Dag dag, string taskId)
    {
        List<string> around = [];
        for (var id = dag.TasksById[taskId].GroupId; id is not null; id = dag.Groups.FirstOrDefault(group => group.GroupId == id)?.ParentId) around.Insert(0, id);
        return around.Count > 0 ? around : [.. taskId.Index().Where(place => place.Item == '.' && place.Index > 0).Select(place => taskId[..place.Index])];
    }
}
