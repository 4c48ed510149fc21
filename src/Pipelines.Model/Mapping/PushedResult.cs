using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;

namespace Pipelines.Model.Mapping;

/// <summary>
/// Whether others can be mapped over what a task returned (airflow-semantics.md §11). If not, it is the task that fails, not those after it: its
/// author can mend it, and nothing has been made of it yet.
/// </summary>
public static class PushedResult
{
    /// <summary>Passes when it can, or nothing is mapped over it. What one of several mapped task instances returns is one entry, whatever it is.</summary>
    /// <param name="dag">The DAG of the run.</param>
    /// <param name="task">Who returned it.</param>
    /// <param name="mapIndex">-1 when not mapped.</param>
    /// <param name="returned">What it returned.</param>
    /// <param name="maxMapLength">The longest list or dict that others may be mapped over (core.max_map_length).</param>
    /// <exception cref="TaskFailure">It cannot; another attempt may return something better.</exception>
    public static void Check(Dag dag, DagTask task, int mapIndex, JsonNode? returned, int maxMapLength)
    {
        if (mapIndex >= 0) return;
        List<string> mapped = [.. task.Downstream.Where(taskId => dag.TasksById[taskId].Mapping?.TaskIds.Contains(task.TaskId, StringComparer.Ordinal) == true).Select(taskId => $"'{taskId}'")];
        if (mapped.Count == 0) return;
        var whose = $"{FirstFew.Of(mapped)} {(mapped.Count == 1 ? "is" : "are")} mapped over what '{task.TaskId}' returns";
        if (returned is null) throw new TaskFailure($"{whose}, but it returned nothing. Let it return a list or a dict; an empty one skips them.");
        if (MapItems.Count(returned) is not { } length)
            throw new TaskFailure($"{whose}, but it returned a {returned.GetValueKind().ToString().ToLowerInvariant()}. Let it return a list or a dict.");
        if (length > maxMapLength)
            throw new TaskFailure($"{whose}, but it returned {length} entries, and at most {maxMapLength} are allowed (max_map_length). Let it return fewer, e.g. several in one entry.");
    }
}
