namespace Pipelines.Model.Dags;

/// <summary>
/// Task groups (airflow-semantics.md §10). As in Airflow a group's id is the prefix of its tasks' ids: <c>load.orders</c> and
/// <c>load.items.lines</c> are in the group <c>load</c>, the latter in <c>load.items</c> too.
/// </summary>
internal static class TaskGroups
{
    /// <summary>The tasks of a group that come after no other of it, in the order of the DAG; none: the DAG has no such group.</summary>
    public static IReadOnlyList<string> Roots(Dag dag, string groupId)
    {
        bool IsIn(string taskId) => taskId.StartsWith(groupId + ".", StringComparison.Ordinal);
        return [.. dag.Tasks.Where(task => IsIn(task.TaskId) && !task.Upstream.Any(IsIn)).Select(task => task.TaskId)];
    }

    /// <summary>The groups that a task is in, the outermost first.</summary>
    public static IEnumerable<string> Of(string taskId) => taskId.Index().Where(place => place.Item == '.' && place.Index > 0).Select(place => taskId[..place.Index]);
}
