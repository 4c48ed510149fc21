using System.Globalization;
using System.Text.Json.Nodes;
using Pipelines.Model.Runs;

namespace Pipelines.Api.Studio.Instances;

/// <summary>Elsa's WorkflowInstanceSummary, and with its state Elsa's WorkflowInstance.</summary>
internal sealed record InstanceSummary
{
    public required string Id { get; init; }

    public required string DefinitionId { get; init; }

    public required string DefinitionVersionId { get; init; }

    public required int Version { get; init; }

    public required string Status { get; init; }

    public required string SubStatus { get; init; }

    /// <summary>The run_id.</summary>
    public required string Name { get; init; }

    /// <summary>The logical date; Studio has no other column for it.</summary>
    public string? CorrelationId { get; init; }

    public int IncidentCount { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Null in lists.</summary>
    public object? WorkflowState { get; init; }

    public static InstanceSummary Of(DagRun run, int version, int failedTasks) => new()
    {
        Id = run.Id.ToString(CultureInfo.InvariantCulture),
        DefinitionId = run.DagId,
        DefinitionVersionId = run.DagVersionId.ToString(CultureInfo.InvariantCulture),
        Version = version,
        Status = InstanceStatus.Of(run.State),
        SubStatus = InstanceStatus.SubOf(run.State),
        Name = run.RunId,
        CorrelationId = run.LogicalDate?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        IncidentCount = failedTasks,
        CreatedAt = run.QueuedAt,
        UpdatedAt = run.EndDate ?? run.StartDate ?? run.QueuedAt,
        FinishedAt = run.EndDate,
    };

    /// <summary>With its state.</summary>
    public static InstanceSummary Of(RunView view)
    {
        var incidents = Incidents(view);
        var summary = InstanceSummary.Of(view.Run, view.Version.VersionNumber, incidents.Count) with { UpdatedAt = view.UpdatedAt };
        return summary with
        {
            WorkflowState = new
            {
                summary.Id,
                summary.DefinitionId,
                definitionVersion = summary.Version,
                summary.CorrelationId,
                summary.Status,
                summary.SubStatus,
                incidents,
                bookmarks = Array.Empty<object>(),
                completionCallbacks = Array.Empty<object>(),
                activityExecutionContexts = Array.Empty<object>(),
                input = view.Run.Conf,
                output = new JsonObject(),
                properties = new { state = StateNames.ToName(view.Run.State), reason = view.Run.Reason },
                summary.CreatedAt,
                summary.UpdatedAt,
                summary.FinishedAt,
            },
        };
    }

    /// <summary>One per failed task, with what its failure said.</summary>
    private static List<object> Incidents(RunView view) =>
    [
        .. view.Drawn().Where(drawn => drawn.Task.State == TaskState.Failed).Select(drawn => new
        {
            drawn.Node.ActivityId,
            activityNodeId = drawn.Node.NodeId,
            activityType = drawn.Node.Type,
            message = Fault.MessageOf(drawn.Task),
            exception = new Fault(Fault.MessageOf(drawn.Task)),
            timestamp = drawn.Task.EndDate ?? view.UpdatedAt,
        }),
    ];
}
