using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Pipelines.Model.Runs.Readiness;

namespace Pipelines.Model.Runs;

/// <summary>
/// The states of a run while the planner changes them, by task. A mapped task has several task instances: its state is one that tells of
/// all of them, so that a run is judged by its tasks, whatever these are made of.
/// </summary>
internal sealed class RunStates : IReadOnlyDictionary<string, TaskState>
{
    private readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<long, TaskState> _states = [];

    /// <summary>As they are stored.</summary>
    public RunStates(IEnumerable<TaskInstance> instances)
    {
        foreach (var instance in instances)
        {
            if (!_groups.TryGetValue(instance.TaskId, out var group)) _groups[instance.TaskId] = group = new Group();
            group.Instances.Add(instance);
            group.Counts[(int)instance.State]++;
            _states[instance.Id] = instance.State;
        }
    }

    public IEnumerable<string> Keys => _groups.Keys;

    public IEnumerable<TaskState> Values => _groups.Values.Select(group => group.State);

    public int Count => _groups.Count;

    public TaskState this[string taskId] => _groups[taskId].State;

    /// <summary>The state of one task instance now.</summary>
    public TaskState Of(TaskInstance instance) => _states[instance.Id];

    /// <summary>It has changed.</summary>
    public void Set(TaskInstance instance, TaskState state)
    {
        var counts = _groups[instance.TaskId].Counts;
        counts[(int)_states[instance.Id]]--;
        counts[(int)state]++;
        _states[instance.Id] = state;
    }

    /// <summary>The task instances of a task as they are stored, in the order of their map indexes; none when the run lacks the task.</summary>
    public IReadOnlyList<TaskInstance> InstancesOf(string taskId) => _groups.TryGetValue(taskId, out var group) ? group.Instances : [];

    /// <summary>A task as those after it see it: each of its task instances counts, but for mapped ones that it no longer has.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="isSetup">Whether it is a setup.</param>
    /// <param name="mapIndex">Only the task instance with this map index, or the one that stands for all while they are not known; null: all.</param>
    public IEnumerable<UpstreamState> AsUpstream(string taskId, bool isSetup = false, int? mapIndex = null) =>
        from instance in mapIndex is { } index ? At(taskId, index) : InstancesOf(taskId)
        let state = _states[instance.Id]
        where state != TaskState.Removed || instance.MapIndex < 0
        select new UpstreamState(taskId, state, isSetup, instance.MapIndex);

    private IEnumerable<TaskInstance> At(string taskId, int mapIndex) =>
        _groups.TryGetValue(taskId, out var group) && (group.ByMapIndex.TryGetValue(mapIndex, out var instance) || (!group.ByMapIndex.ContainsKey(0) && group.ByMapIndex.TryGetValue(-1, out instance))) ? [instance] : [];

    public bool ContainsKey(string key) => _groups.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out TaskState value)
    {
        var found = _groups.TryGetValue(key, out var group);
        value = found ? group!.State : default;
        return found;
    }

    public IEnumerator<KeyValuePair<string, TaskState>> GetEnumerator() =>
        _groups.Select(group => KeyValuePair.Create(group.Key, group.Value.State)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class Group
    {
        public List<TaskInstance> Instances { get; } = [];

        public IReadOnlyDictionary<int, TaskInstance> ByMapIndex => field ??= Instances.ToDictionary(instance => instance.MapIndex);

        /// <summary>By state.</summary>
        public int[] Counts { get; } = new int[TaskSummary.Telling.Length];

        public TaskState State => Array.Find(TaskSummary.Telling, state => Counts[(int)state] > 0);
    }
}
