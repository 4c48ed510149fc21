using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>Reads how many values tasks of a run have passed on that others are mapped over, for the planner.</summary>
internal static class MapLengths
{
    private static readonly Dictionary<string, int> None = [];

    /// <summary>By the task that passed them on. Asks the database only where a mapped task that has not ended waits for what has.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> OfAsync(Transaction tx, Dag dag, DagRun run, IReadOnlyList<TaskInstance> instances)
    {
        if (dag.TasksMappedOver.Count == 0) return None;
        var unfinished = instances.Where(instance => !instance.State.IsFinished()).Select(instance => instance.TaskId).ToHashSet(StringComparer.Ordinal);
        var waiting = instances.Where(instance => instance.State is TaskState.None or TaskState.UpForRetry or TaskState.UpForReschedule or TaskState.Removed).Select(instance => instance.TaskId).ToHashSet(StringComparer.Ordinal);
        List<string> sources = [.. dag.Tasks.Where(task => waiting.Contains(task.TaskId)).SelectMany(task => task.Mapping?.TaskIds ?? []).Distinct().Where(taskId => !unfinished.Contains(taskId))];
        if (sources.Count == 0) return None;
        // Of a mapped one whose task instances returned nothing there are no values, rather than that nobody knows.
        var lengths = instances.Where(instance => instance.MapIndex >= 0).Select(instance => instance.TaskId).Intersect(sources).ToDictionary(taskId => taskId, _ => 0, StringComparer.Ordinal);
        foreach (var (taskId, length) in await XComTable.LengthsAsync(tx, run.Id, sources, IXCom.ReturnValue)) lengths[taskId] = length;
        return lengths;
    }
}
