using System.Globalization;
using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Model.Connections;
using Pipelines.Model.Dags;
using Pipelines.Model.Designer;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Api.Studio.Instances;

/// <summary>A run with all that Studio shows of it: its version's graph, its tasks and their attempts.</summary>
internal sealed record RunView
{
    /// <summary>Without the secrets it was given.</summary>
    public required DagRun Run { get; init; }

    public required DagVersion Version { get; init; }

    /// <summary>In the order of the DAG.</summary>
    public required IReadOnlyList<TaskInstance> Tasks { get; init; }

    /// <summary>In the order they began.</summary>
    public required IReadOnlyList<TaskAttempt> Attempts { get; init; }

    /// <summary>What is drawn, by task_id or group_id.</summary>
    public required IReadOnlyDictionary<string, GraphNode> Nodes { get; init; }

    /// <summary>Studio's id of the run.</summary>
    public string Id => Run.Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>When something last changed that is shown.</summary>
    public DateTimeOffset UpdatedAt => Tasks.SelectMany(task => new[] { task.StartDate, task.EndDate }).Append(Run.StartDate).Append(Run.EndDate).Append(Run.QueuedAt)
        .OfType<DateTimeOffset>().Max();

    /// <summary>Reads a run.</summary>
    /// <exception cref="OperationException">There is none of this id.</exception>
    public static async Task<RunView> GetAsync(Transaction tx, string id, StudioDefinition studio) => await FindAsync(tx, id, studio)
        ?? throw new OperationException(RefusalKind.NotFound, "There is no such run. It was deleted, or never was; look at the list of runs.");

    /// <summary>As <see cref="GetAsync"/>; null when there is none.</summary>
    public static async Task<RunView?> FindAsync(Transaction tx, string id, StudioDefinition studio)
    {
        if (!long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || await DagRunQueries.FindAsync(tx, number) is not { } run) return null;
        var version = (await DagVersionTable.FindAsync(tx, run.DagVersionId))!;
        return new RunView
        {
            Run = run with { Conf = SecretMask.Redact(run.Conf) },
            Version = version,
            Tasks = await TaskInstanceTable.OfRunAsync(tx, run.Id),
            Attempts = await TaskAttemptTable.OfRunAsync(tx, run.Id),
            Nodes = GraphNode.Of(studio.Of(version.FileText)),
        };
    }

    /// <summary>Tasks that are drawn, with what is drawn for them.</summary>
    public IEnumerable<(TaskInstance Task, GraphNode Node)> Drawn() =>
        Tasks.Where(task => Nodes.ContainsKey(task.TaskId)).Select(task => (task, Nodes[task.TaskId]));
}

/// <summary>An activity in a graph.</summary>
/// <param name="ActivityId">Its id in the file.</param>
/// <param name="NodeId">Its way from the root.</param>
/// <param name="Type">Its type.</param>
/// <param name="Name">Its task_id or group_id.</param>
internal sealed record GraphNode(string ActivityId, string NodeId, string Type, string Name)
{
    /// <summary>Whether it is a task group that another is in.</summary>
    public bool Holds(GraphNode other) => Type == TaskGroupInputs.TypeName && other.NodeId.StartsWith(NodeId + ":", StringComparison.Ordinal);

    /// <summary>All of a DAG's definition that Studio shows, by task_id or group_id.</summary>
    public static IReadOnlyDictionary<string, GraphNode> Of(JsonObject definition) => ((JsonObject)definition["root"]!).AllWithIds()
        .Select(each => new GraphNode(each.Activity["id"]!.ToString(), each.Activity["nodeId"]!.ToString(), each.Activity.Text("type") ?? "", each.Id))
        .DistinctBy(node => node.Name).ToDictionary(node => node.Name, StringComparer.Ordinal);
}
