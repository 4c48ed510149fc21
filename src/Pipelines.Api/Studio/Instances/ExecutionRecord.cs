using System.Text.Json.Nodes;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.Api.Studio.Instances;

/// <summary>An attempt of a task as Elsa's ActivityExecutionRecord; a task that ended or waits without one has a record too.</summary>
internal sealed record ExecutionRecord(string Id, string WorkflowInstanceId, string ActivityId, string ActivityNodeId, string ActivityType, string ActivityName)
{
    public int ActivityTypeVersion { get; } = 1;

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }

    public bool HasBookmarks { get; }

    public required string Status { get; init; }

    public int AggregateFaultCount { get; init; }

    /// <summary>The rendered inputs, without secrets.</summary>
    public JsonObject ActivityState { get; init; } = [];

    /// <summary>The task's XComs.</summary>
    public JsonObject Outputs { get; init; } = [];

    public Fault? Exception { get; init; }

    public JsonObject Properties { get; init; } = [];

    public JsonObject Metadata { get; init; } = [];

    /// <summary>The records of a task, the oldest first; none while it has no state to tell.</summary>
    /// <param name="view">Its run.</param>
    /// <param name="task">The task.</param>
    /// <param name="node">What is drawn for it.</param>
    /// <param name="outputs">Its XComs; null: not asked for.</param>
    public static IReadOnlyList<ExecutionRecord> Of(RunView view, TaskInstance task, GraphNode node, JsonObject? outputs)
    {
        var attempts = view.Attempts.Where(attempt => attempt.TaskInstanceId == task.Id).ToList();
        if (attempts.Count > 0) return [.. attempts.Select(attempt => Of(view, task, node, attempt, attempt == attempts[^1] ? outputs : null))];
        if (!task.State.IsFinished()) return [];
        var at = task.EndDate ?? view.UpdatedAt;
        return
        [
            New(view, node, $"{view.Id}.task{task.Id}", at) with
            {
                CompletedAt = at, Status = InstanceStatus.Of(task.State), Metadata = Words(task, null), Exception = FaultOf(task.State, Fault.MessageOf(task)),
            },
        ];
    }

    private static ExecutionRecord Of(RunView view, TaskInstance task, GraphNode node, TaskAttempt attempt, JsonObject? outputs) =>
        New(view, node, $"{view.Id}.{attempt.Id}", attempt.StartDate) with
        {
            CompletedAt = attempt.EndDate,
            Status = InstanceStatus.Of(attempt.State),
            AggregateFaultCount = attempt.State == TaskState.Failed ? 1 : 0,
            ActivityState = attempt.RenderedInputs is { } inputs && JsonNode.Parse(inputs) is JsonObject shown ? shown : [],
            Outputs = outputs ?? [],
            Exception = FaultOf(attempt.State, attempt.Error ?? ""),
            Metadata = Words(task, attempt),
        };

    private static ExecutionRecord New(RunView view, GraphNode node, string id, DateTimeOffset at) =>
        new(id, view.Id, node.ActivityId, node.NodeId, node.Type, node.Name) { StartedAt = at, Status = "" };

    private static Fault? FaultOf(TaskState state, string message) => state == TaskState.Failed ? new Fault(message) : null;

    /// <summary>What Elsa has no words for.</summary>
    private static JsonObject Words(TaskInstance task, TaskAttempt? attempt) => new()
    {
        ["state"] = StateNames.ToName(attempt?.State ?? task.State),
        ["reason"] = task.Reason,
        ["tryNumber"] = attempt?.TryNumber,
        ["mapIndex"] = task.MapIndex,
        ["worker"] = attempt?.Worker,
        ["rows"] = attempt?.Progress.Rows,
        ["bytes"] = attempt?.Progress.Bytes,
        ["files"] = attempt?.Progress.Files,
    };
}

/// <summary>What is on a node's badges (Elsa's ActivityExecutionStats).</summary>
internal sealed record NodeStats(string ActivityId, string ActivityNodeId)
{
    public int StartedCount { get; init; }

    public int CompletedCount { get; init; }

    public int UncompletedCount { get; init; }

    public bool IsBlocked { get; }

    public bool IsFaulted { get; init; }

    /// <summary>Of every task that is drawn, with all that it is mapped to, and of every task group: retries count as starts, and what was skipped as nothing.</summary>
    public static IReadOnlyList<NodeStats> Of(RunView view)
    {
        var attempts = view.Attempts.CountBy(attempt => attempt.TaskInstanceId).ToDictionary();
        var drawn = view.Drawn().ToList();
        var groups = view.Nodes.Values.SelectMany(group => drawn.Where(each => group.Holds(each.Node)).Select(each => (each.Task, Node: group)));
        return
        [
            .. drawn.Concat(groups).GroupBy(each => each.Node, each => each.Task).Select(node => new NodeStats(node.Key.ActivityId, node.Key.NodeId)
            {
                StartedCount = node.Sum(task => attempts.GetValueOrDefault(task.Id)),
                CompletedCount = node.Count(task => task.State == TaskState.Success),
                UncompletedCount = node.Count(task => task.State is TaskState.Running or TaskState.Restarting or TaskState.UpForRetry or TaskState.UpForReschedule or TaskState.Deferred),
                IsFaulted = node.Any(task => task.State == TaskState.Failed),
            }),
        ];
    }
}
