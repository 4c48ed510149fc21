using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Runs;

/// <summary>
/// What a task that succeeded decided of the tasks after it (airflow-semantics.md §8), in the form in which Airflow's SkipMixin keeps it
/// among the task's XComs: <c>{"followed": […]}</c> or <c>{"skipped": […]}</c>.
/// </summary>
public sealed class DownstreamDecision
{
    /// <summary>The XCom key.</summary>
    public const string XComKey = "skipmixin_key";

    private const string Followed = "followed";
    private const string Skipped = "skipped";

    private readonly bool _follows;
    private readonly IReadOnlyList<string> _named;
    private readonly HashSet<string> _set;

    private DownstreamDecision(bool follows, IReadOnlyList<string> named)
    {
        (_follows, _named) = (follows, named);
        _set = named.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The decision of a task whose activity wants this; null when it wants nothing, or when no task is after it.</summary>
    /// <exception cref="TaskFailure">It names a task or a port that does not exist, or its activity may not decide (not retryable).</exception>
    public static DownstreamDecision? Of(Dag dag, DagTask task, ActivityDescriptor descriptor, Downstream? wanted)
    {
        if (wanted is not null && !descriptor.SkipsDownstream)
            throw new TaskFailure($"Activity '{descriptor.TypeName}' wants to skip tasks after '{task.TaskId}', but its descriptor does not say that it may: its author must set SkipsDownstream.", retryable: false);
        return wanted switch
        {
            Downstream.FollowTasks follow => Follow(dag, task, Known(dag, task, follow.TaskIds)),
            Downstream.FollowPorts follow => Follow(dag, task, OnPorts(task, descriptor, follow.Ports)),
            Downstream.Skip skip => Skip(dag, skip.Everywhere ? Descendants(dag, task) : task.Downstream),
            _ => null,
        };
    }

    /// <summary>A stored decision; null when it is none.</summary>
    public static DownstreamDecision? Parse(JsonNode? stored)
    {
        if (stored is not JsonObject members) return null;
        return members[Followed] is JsonArray followed ? new(follows: true, Ids(followed))
            : members[Skipped] is JsonArray skipped ? new(follows: false, Ids(skipped))
            : null;
    }

    /// <summary>As it is stored.</summary>
    public JsonObject ToJson() => new() { [_follows ? Followed : Skipped] = new JsonArray([.. _named.Select(taskId => JsonValue.Create(taskId))]) };

    /// <summary>Whether it skips a task that is directly after the one that decided.</summary>
    public bool Skips(string taskId) => _set.Contains(taskId) != _follows;

    /// <summary>The decision in words.</summary>
    /// <param name="taskId">Who decided.</param>
    public string Words(string taskId) =>
        !_follows ? $"'{taskId}' skipped the tasks after it"
        : _named.Count == 0 ? $"'{taskId}' followed none of the tasks after it"
        : $"'{taskId}' followed {FirstFew.Of([.. _named.Select(named => $"'{named}'")])}";

    /// <summary>What it does at once: every task that it skips and that has not started becomes skipped.</summary>
    /// <param name="dag">The version of the run.</param>
    /// <param name="task">Who decided; what is mapped with its group decides of its own map index alone.</param>
    /// <param name="mapIndex">Which of its task instances; -1 when it is not mapped.</param>
    /// <param name="instances">Those of the run.</param>
    public IReadOnlyList<PlannedTransition> Transitions(Dag dag, DagTask task, int mapIndex, IEnumerable<TaskInstance> instances)
    {
        var skipped = _follows ? task.Downstream.Where(Skips).ToHashSet(StringComparer.Ordinal) : _set;
        var reason = Words(task.TaskId);
        bool IsItsOwn(TaskInstance instance) => task.MappedGroupId is null || (instance.MapIndex == mapIndex && dag.TasksById[instance.TaskId].IsMappedWith(task));
        return [.. from instance in instances
                   where skipped.Contains(instance.TaskId) && IsItsOwn(instance)
                   let to = TaskTransitions.Decide(instance.State, TaskEvent.NotFollowed).To
                   where to is not null
                   select new PlannedTransition(instance.Id, instance.State, to.Value, instance.TryNumber, reason)];
    }

    // A task that is directly after the branch and also behind a followed one is a join of the two: it is spared.
    private static DownstreamDecision? Follow(Dag dag, DagTask task, IReadOnlyCollection<string> taskIds)
    {
        if (task.Downstream.Count == 0) return null;
        var spared = dag.WithDescendants(taskIds);
        return new(follows: true, [.. task.Downstream.Where(spared.Contains)]);
    }

    // A short circuit never skips a teardown; a branch does, as in Airflow, where one is directly after it.
    private static DownstreamDecision? Skip(Dag dag, IReadOnlyList<string> taskIds)
    {
        List<string> skipped = [.. taskIds.Where(taskId => !dag.TasksById[taskId].IsTeardown)];
        return skipped.Count == 0 ? null : new(follows: false, skipped);
    }

    /// <summary>The tasks, and the roots of the groups, of these ids. Where a task has the id of a group it is meant.</summary>
    private static List<string> Known(Dag dag, DagTask task, IReadOnlyList<string> ids) =>
        [.. ids.SelectMany(id => dag.TasksById.ContainsKey(id) ? [id] : TaskGroups.Roots(dag, id) is { Count: > 0 } roots ? roots : throw Unknown(dag, task, id))];

    private static TaskFailure Unknown(Dag dag, DagTask task, string id)
    {
        var known = task.Downstream.Concat(task.Downstream.SelectMany(taskId => TaskGroups.Of(dag, taskId)));
        return new TaskFailure($"Task '{task.TaskId}' is to follow '{id}', which DAG '{dag.DagId}' does not have.{NearestName.Hint(id, known)} Mend what chooses it, then clear the task.", retryable: false);
    }

    private static List<string> OnPorts(DagTask task, ActivityDescriptor descriptor, IReadOnlyList<string> ports)
    {
        if (ports.FirstOrDefault(port => !descriptor.Ports.Contains(port, StringComparer.Ordinal)) is { } unknown)
            throw new TaskFailure($"Activity '{descriptor.TypeName}' of task '{task.TaskId}' chose the port '{unknown}', which its descriptor does not have.{NearestName.Hint(unknown, descriptor.Ports)}", retryable: false);
        return [.. ports.Append(ActivityDescriptor.Done).SelectMany(port => task.DownstreamByPort.GetValueOrDefault(port) ?? [])];
    }

    private static List<string> Descendants(Dag dag, DagTask task)
    {
        var after = dag.WithDescendants(task.Downstream);
        return [.. dag.Tasks.Select(each => each.TaskId).Where(after.Contains)];
    }

    private static List<string> Ids(JsonArray items) => [.. items.Where(item => item?.GetValueKind() == JsonValueKind.String).Select(item => item!.GetValue<string>())];
}
