using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Mapping;
using Pipelines.Model.Runs;
using Pipelines.Model.Templates;
using Pipelines.UnitTests.Runs;

namespace Pipelines.UnitTests.Mapping;

/// <summary>Plays scheduler, workers, storage and a person who clears, for a run of a DAG with mapped tasks.</summary>
internal sealed class MapCourse
{
    private readonly Dictionary<long, int> _pushed = [];
    private List<TaskInstance> _tasks;

    /// <param name="dag">The DAG.</param>
    public MapCourse(Dag dag)
    {
        Dag = dag;
        _tasks = [.. dag.Tasks.SelectMany(task => First(task).Select(index => Sample.Instance(task.TaskId, TaskState.None) with { MapIndex = index, MaxTries = task.Retries })).Select((task, id) => task with { Id = id + 1 })];
        Plan();
    }

    /// <summary>May be replaced, as by a clear with the latest version.</summary>
    public Dag Dag { get; set; }

    public IReadOnlyList<TaskInstance> Tasks => _tasks;

    /// <summary>What task instances decided of those after them, by their names.</summary>
    public Dictionary<string, DownstreamDecision> Decisions { get; } = [];

    /// <summary>What the run came to; null: it goes on.</summary>
    public (DagRunState? State, string? Reason) Ended { get; private set; }

    /// <summary>E.g. <c>list success, load[0] scheduled, load[1] scheduled</c>; <c>-</c> for no status.</summary>
    public string States => string.Join(", ", _tasks.OrderBy(task => Dag.Tasks.Index().FirstOrDefault(each => each.Item.TaskId == task.TaskId).Index).ThenBy(task => task.MapIndex)
        .Select(task => $"{Name(task)} {(task.State == TaskState.None ? "-" : StateNames.ToName(task.State))}"));

    /// <summary>How many task instances a mapped task should have by what was passed on; null: nobody knows.</summary>
    public long? LengthOf(DagTask task) => task.Mapping?.Length(taskId => Lengths().TryGetValue(taskId, out var length) ? length : null);

    public static string Name(TaskInstance task) => task.MapIndex < 0 ? task.TaskId : $"{task.TaskId}[{task.MapIndex}]";

    public TaskInstance Task(string name) => _tasks.Single(task => Name(task) == name);

    /// <summary>One ends, having passed on a list of so many values, or if it is mapped itself one value (null: nothing).</summary>
    public MapCourse Becomes(string name, TaskState state, int? pushed = null)
    {
        Set(name, state);
        if (pushed is { } length) _pushed[Task(name).Id] = length;
        if (state == TaskState.Success) PartOfRun.AssertTellsWhatTheWholeTells(Snapshot(), Task(name), Sample.Now);
        return Plan();
    }

    /// <summary>Clears these alone, and what they have passed on.</summary>
    public MapCourse Clear(params string[] names)
    {
        foreach (var name in names)
        {
            Set(name, TaskState.None);
            _pushed.Remove(Task(name).Id);
        }

        return Plan();
    }

    /// <summary>One succeeds, having decided which tasks after it are followed.</summary>
    public MapCourse Follows(string name, params string[] taskIds)
    {
        var (instance, task) = (Task(name), Dag.TasksById[Task(name).TaskId]);
        Set(name, TaskState.Success);
        var decision = DownstreamDecision.Of(Dag, task, new("Branch", "", "", "", [], [], ["Done"]) { SkipsDownstream = true }, new Downstream.FollowTasks(taskIds))!;
        Decisions[name] = decision;
        foreach (var move in decision.Transitions(Dag, task, instance.MapIndex, _tasks)) Replace(_tasks.Single(other => other.Id == move.TaskInstanceId), other => other with { State = move.To });
        return Plan();
    }

    public MapCourse Plan()
    {
        // Each but the last expands or ends what something is mapped over; so many would be a circle.
        for (var round = 0; round < 30; round++)
        {
            var decision = Planner.Decide(Snapshot(), Sample.Now);
            Ended = (decision.RunState, decision.RunReason);
            foreach (var move in decision.Transitions) Replace(_tasks.Single(task => task.Id == move.TaskInstanceId), task => task with { State = move.To, TryNumber = move.TryNumber, Reason = move.Reason });
            foreach (var wait in decision.Waits) Replace(_tasks.Single(task => task.Id == wait.TaskInstanceId), task => task with { Reason = wait.Reason });
            if (!decision.IsPartial) return this;
            Assert.That(decision.RunState, Is.Null);
            foreach (var expansion in decision.Expansions) Expand(expansion);
        }

        throw new AssertionException("The planner expands for ever.");
    }

    private RunSnapshot Snapshot() => new(Dag, Sample.Run(), _tasks, DagPaused: false) { MapLengths = Lengths(), Decisions = Decisions };

    // As they are stored: a list, or a value for each task instance of a mapped task. Nobody asks before all of it has ended.
    private Dictionary<string, int> Lengths() => _tasks.Where(task => task.State != TaskState.Removed).GroupBy(task => task.TaskId)
        .Where(task => task.All(instance => instance.State.IsFinished()) && (task.First().MapIndex >= 0 || _pushed.ContainsKey(task.First().Id)))
        .ToDictionary(task => task.Key, task => task.First().MapIndex >= 0 ? task.Count(instance => _pushed.ContainsKey(instance.Id)) : _pushed[task.First().Id]);

    private static IEnumerable<int> First(DagTask task) => task.Mapping?.LiteralLength is > 0 and var length ? Enumerable.Range(0, (int)length) : [-1];

    private void Expand(Expansion expansion)
    {
        var (from, to) = expansion.Length == 0 ? (0, -1) : (-1, 0);
        var all = _tasks.Where(task => task.TaskId == expansion.TaskId).ToList();
        if (all.All(task => task.MapIndex != to)) Replace(all.Single(task => task.MapIndex == from), task => task with { MapIndex = to });
        var there = _tasks.Where(task => task.TaskId == expansion.TaskId).Select(task => task.MapIndex).ToHashSet();
        _tasks = [.. _tasks, .. Enumerable.Range(0, expansion.Length).Where(index => !there.Contains(index)).Select((index, place) =>
            Sample.Instance(expansion.TaskId, TaskState.None, _tasks.Count + place + 1) with { MapIndex = index })];
    }

    private void Set(string name, TaskState state) => Replace(Task(name), task => task with { State = state, Reason = null });

    private void Replace(TaskInstance old, Func<TaskInstance, TaskInstance> change) => _tasks = [.. _tasks.Select(task => task.Id == old.Id ? change(task) : task)];
}

/// <summary>Small mappings.</summary>
internal static class SampleMapping
{
    public static MapSource Over(string text) => text.EndsWith(".output", StringComparison.Ordinal) ? new MapSource.Output(text[..^".output".Length]) : new MapSource.Literal(JsonNode.Parse(text)!);

    public static TaskMapping Expand(params (string Name, string Over)[] arguments) =>
        new TaskMapping.Expand([.. arguments.Select(argument => KeyValuePair.Create(argument.Name, Over(argument.Over)))]) { Text = "" };

    public static TaskMapping Kwargs(string over) => new TaskMapping.ExpandKwargs(Over(over)) { Text = "" };

    /// <summary>A DAG whose tasks of these names are mapped.</summary>
    public static Dag Dag(string edges, params (string TaskId, TaskMapping Mapping)[] mapped)
    {
        var dag = Sample.Dag(edges);
        return dag with { Tasks = [.. dag.Tasks.Select(task => task with { Mapping = mapped.FirstOrDefault(each => each.TaskId == task.TaskId).Mapping })] };
    }

    /// <summary>These tasks are a mapped group, as a DAG file has it: those of them that come first come after what it is mapped over.</summary>
    public static Dag Grouped(this Dag dag, TaskMapping mapping, params string[] taskIds)
    {
        bool IsFirst(DagTask task) => taskIds.Contains(task.TaskId) && !task.Upstream.Any(taskIds.Contains);
        var firsts = dag.Tasks.Where(IsFirst).Select(task => task.TaskId).ToList();
        return dag with
        {
            Groups = [new TaskGroup { GroupId = "g", ActivityId = "g", Mapping = mapping }],
            Tasks = [.. dag.Tasks.Select(task => (taskIds.Contains(task.TaskId) ? task with { GroupId = "g", MappedGroupId = "g", Mapping = mapping } : task) with
            {
                Upstream = [.. task.Upstream.Union(IsFirst(task) ? mapping.TaskIds : [])],
                Downstream = [.. task.Downstream.Union(mapping.TaskIds.Contains(task.TaskId) ? firsts : [])],
            })],
        };
    }

    public static Dag WithRule(this Dag dag, string taskId, TriggerRule rule) => dag with { Tasks = [.. dag.Tasks.Select(task => task.TaskId == taskId ? task with { TriggerRule = rule } : task)] };
}

/// <summary>Results that tests write down.</summary>
internal sealed class Outputs(params (string TaskId, string Json)[] results) : IMapOutputs
{
    public int? Length(string taskId) => MapItems.Count(Find(taskId));

    public JsonNode? Item(string taskId, int index) => MapItems.At(Find(taskId)!, index);

    public JsonNode? Make(string template, JsonNode? item) => MapTemplate.Render(template, item, new TemplateContext(Sample.Dag("a"), Sample.Run(), Sample.Task("a"), 1, TemplateLookups.None));

    private JsonNode? Find(string taskId) => results.FirstOrDefault(result => result.TaskId == taskId).Json is { } json ? JsonNode.Parse(json) : null;
}
