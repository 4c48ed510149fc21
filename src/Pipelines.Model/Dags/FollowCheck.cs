namespace Pipelines.Model.Dags;

/// <summary>Whether the tasks that a branch names in the file are there and after it (airflow-semantics.md §8).</summary>
internal sealed class FollowCheck(IReadOnlyList<DagTask> tasks, IReadOnlyList<TaskGroup> groups, IReadOnlyList<DagEdge> edges, DagFileReport report)
{
    private readonly ILookup<string, string> _after = edges.ToLookup(edge => tasks[edge.From].TaskId, edge => tasks[edge.To].TaskId, StringComparer.Ordinal);
    private readonly Dictionary<string, DagTask> _tasks = tasks.DistinctBy(task => task.TaskId).ToDictionary(task => task.TaskId, StringComparer.Ordinal);

    /// <summary>Reports those that are not.</summary>
    public void Check(IEnumerable<(string TaskId, NamedId Named)> followed)
    {
        foreach (var (taskId, named) in followed)
        {
            var direct = _after[taskId].SelectMany(WithGroups).ToHashSet(StringComparer.Ordinal);
            if (direct.Contains(named.Id)) continue;
            var what = $"Input '{named.Input}' of '{taskId}' names '{named.Id}'";
            if (!_tasks.ContainsKey(named.Id) && !IsGroupWithTasks(named.Id))
                report.ForeseenError(named.Place, $"{what}, and there is no such task or task group.{NearestName.Hint(named.Id, direct)} Name one that is directly after '{taskId}'.");
            else if (IsAnywhereAfter(taskId, named.Id))
                report.Warn(named.Place, $"{what}, which is after it but not directly: when it is chosen, every task directly after '{taskId}' is skipped, and '{named.Id}' runs only if its trigger rule lets it. Connect it, if you do not mean that.");
            else if (_tasks[taskId].AsksPeople)
                report.ForeseenError(named.Place, $"{what}, which is not after it: whoever chose it would have every task after '{taskId}' skipped. Connect it, or name a task that is directly after '{taskId}'.");
            else
                report.Warn(named.Place, $"{what}, which is not after it: when it is chosen, every task after '{taskId}' is skipped. Connect it, or name a task that is directly after '{taskId}'.");
        }
    }

    private bool IsGroupWithTasks(string id) => tasks.Any(task => WithGroups(task.TaskId).Contains(id, StringComparer.Ordinal));

    private IEnumerable<string> WithGroups(string taskId)
    {
        yield return taskId;
        for (var id = _tasks[taskId].GroupId; id is not null; id = groups.FirstOrDefault(group => group.GroupId == id)?.ParentId) yield return id;
    }

    private bool IsAnywhereAfter(string taskId, string id)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        Stack<string> next = new(_after[taskId]);
        while (next.TryPop(out var at))
        {
            if (!seen.Add(at)) continue;
            if (WithGroups(at).Contains(id, StringComparer.Ordinal)) return true;
            foreach (var after in _after[at]) next.Push(after);
        }
        return false;
    }
}
