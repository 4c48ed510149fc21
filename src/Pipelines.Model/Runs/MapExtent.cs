using Pipelines.Model.Dags;
using Pipelines.Model.Mapping;

namespace Pipelines.Model.Runs;

/// <summary>Which of the task instances of a task belong to it, now that it is known (or not) how many it has (airflow-semantics.md §11).</summary>
internal sealed class MapExtent
{
    private readonly HashSet<int> _indexes;

    private MapExtent(DagTask task, IReadOnlyList<TaskInstance> instances, IReadOnlyDictionary<string, int> lengths)
    {
        (Task, Instances) = (task, instances);
        _indexes = [.. instances.Select(instance => instance.MapIndex)];
        Length = task.Mapping is not { } mapping ? 0 : mapping.LiteralLength ?? (AnyWaits(instances) ? mapping.Length(taskId => lengths.TryGetValue(taskId, out var length) ? length : null) : null);
    }

    /// <summary>The task.</summary>
    public DagTask Task { get; }

    /// <summary>The task instances that it has, in the order of their map indexes.</summary>
    public IReadOnlyList<TaskInstance> Instances { get; }

    /// <summary>How many it is to have; null: not known yet; 0: one, with map_index -1, as a task that is not mapped.</summary>
    public long? Length { get; }

    /// <summary>True: it is mapped and has only the task instance that stands for all of them until they are known.</summary>
    public bool IsUnexpanded => Task.Mapping is not null && !_indexes.Contains(0);

    /// <summary>True: rows are to be changed or added before it can go on. One that is not expanded waits until it would start.</summary>
    public bool IsAmiss => _indexes.Contains(0) && Length switch
    {
        null => false,
        0 => !_indexes.Contains(-1),
        > TaskMapping.MostInstances => false,
        var length => _indexes.Count(index => index >= 0 && index < length) < length,
    };

    /// <summary>What gives the task those that it is to have.</summary>
    public Expansion Expansion => new(Task.TaskId, (int)Length!);

    /// <summary>Of the tasks of the DAG that the run has, in the order of the DAG.</summary>
    public static IReadOnlyList<MapExtent> Of(RunSnapshot run, RunStates states) =>
        [.. run.Dag.Tasks.Where(task => states.ContainsKey(task.TaskId)).Select(task => Of(run, states, task))];

    /// <summary>Of one of them.</summary>
    public static MapExtent Of(RunSnapshot run, RunStates states, DagTask task) => new(task, states.InstancesOf(task.TaskId), run.MapLengths);

    // What results decide is looked at again when a task instance is about to start; those that have all ended stay as they are.
    private static bool AnyWaits(IReadOnlyList<TaskInstance> instances) =>
        instances.Any(instance => instance.State is TaskState.None or TaskState.UpForRetry or TaskState.UpForReschedule) || instances.All(instance => instance.State == TaskState.Removed);

    /// <summary>False: it is one too many.</summary>
    public bool Has(TaskInstance instance) => (Length, instance.MapIndex) switch
    {
        (null, >= 0) => instance.State != TaskState.Removed,
        // The first of the mapped ones and the one that is not mapped are the same row, in one form or the other.
        (0, var index) => index == -1 || (index == 0 && !_indexes.Contains(-1)),
        (_, -1) => !_indexes.Contains(0),
        // Of an earlier expansion: they come back when it is expanded anew.
        _ when IsUnexpanded => false,
        var (length, index) => index < length,
    };
}
