using Pipelines.Model.Dags;

namespace Pipelines.Model.Runs;

/// <summary>A task instance whose attempt has ended.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="MapIndex">-1 when it is not mapped.</param>
/// <param name="State">The state that it is in now.</param>
public readonly record struct EndedTask(string TaskId, int MapIndex, TaskState State);

/// <summary>
/// The part of a run that tells what follows at once from the success of some of its tasks: the task instances directly after them, and
/// what these wait for. A run of ten thousand tasks is then planned for the price of a few.
/// </summary>
public sealed class Neighbourhood
{
    private const int Few = 64;

    private Neighbourhood(Dag dag, HashSet<(string TaskId, int MapIndex)> children)
    {
        Children = children;
        var needs = (from taskId in children.Select(child => child.TaskId).Distinct(StringComparer.Ordinal)
                     let task = dag.TasksById[taskId]
                     from needed in (string[])[taskId, .. task.Upstream, .. dag.SetupsOf(taskId), .. task.Mapping?.TaskIds ?? []]
                     select (TaskId: needed, IsMappedWith: dag.TasksById[needed].IsMappedWith(task))).ToLookup(need => need.TaskId, need => need.IsMappedWith, StringComparer.Ordinal);
        TaskIds = needs.Select(need => need.Key).ToHashSet(StringComparer.Ordinal);
        ByMapIndex = [.. needs.Where(need => need.All(isMappedWith => isMappedWith)).Select(need => need.Key)];
        IsSmall = TaskIds.Count <= Few && TaskIds.All(taskId => dag.TasksById[taskId].Mapping is null || ByMapIndex.Contains(taskId));
        // That with index 0 tells that there are indexes, that with -1 that there are none yet.
        MapIndexes = [.. children.Select(child => child.MapIndex).Concat([-1, 0]).Distinct()];
    }

    /// <summary>The task instances directly after those that succeeded.</summary>
    public IReadOnlySet<(string TaskId, int MapIndex)> Children { get; }

    /// <summary>The tasks of the children and all that these wait for. The part has all of their task instances, but for <see cref="ByMapIndex"/>.</summary>
    public IReadOnlySet<string> TaskIds { get; }

    /// <summary>Tasks of which only the task instances with one of <see cref="MapIndexes"/> matter.</summary>
    public IReadOnlyCollection<string> ByMapIndex { get; }

    /// <summary>See there.</summary>
    public IReadOnlyCollection<int> MapIndexes { get; }

    /// <summary>True: it is few task instances, whatever the run has.</summary>
    public bool IsSmall { get; }

    /// <summary>Around what has ended; null: the whole run is to be looked at.</summary>
    public static Neighbourhood? Of(Dag dag, IReadOnlyCollection<EndedTask> ended)
    {
        HashSet<(string, int)> children = [];
        foreach (var end in ended)
        {
            // A setup is waited for by more than its children, and what skips tasks may do so anywhere behind it.
            if (end.State != TaskState.Success || dag.TasksById.GetValueOrDefault(end.TaskId) is not { SkipsDownstream: false, IsSetup: false } task) return null;
            foreach (var child in task.Downstream.Select(taskId => dag.TasksById[taskId]))
            {
                var isMappedWith = child.IsMappedWith(task);
                // What is mapped otherwise may be expanded now.
                if (child.Mapping is not null && !(isMappedWith && end.MapIndex >= 0)) return null;
                children.Add((child.TaskId, isMappedWith ? end.MapIndex : -1));
            }
        }

        return new(dag, children);
    }
}
