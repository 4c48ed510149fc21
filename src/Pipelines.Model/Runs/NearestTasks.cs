using Pipelines.Model.Dags;

namespace Pipelines.Model.Runs;

/// <summary>
/// Order among the tasks of a run that does not have all tasks of its DAG (a backfill of some tasks, a task added later): of a→b→c
/// without b, c still comes after a.
/// </summary>
internal static class NearestTasks
{
    /// <summary>The tasks that count, reached from <paramref name="direct"/> through those that do not.</summary>
    /// <param name="direct">The tasks directly before (or after) the one in question.</param>
    /// <param name="onward">The tasks directly before (or after) another.</param>
    /// <param name="counts">Whether a task counts.</param>
    public static IReadOnlyList<string> Of(Dag dag, IReadOnlyList<string> direct, Func<DagTask, IReadOnlyList<string>> onward, Func<string, bool> counts)
    {
        if (direct.All(counts)) return direct;
        List<string> found = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        Stack<string> open = new(direct.Reverse());
        while (open.TryPop(out var taskId))
        {
            if (!seen.Add(taskId)) continue;
            if (counts(taskId)) found.Add(taskId);
            else foreach (var next in onward(dag.TasksById[taskId])) open.Push(next);
        }

        return found;
    }
}
