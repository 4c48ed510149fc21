using System.Security.Claims;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Operations;
using Pipelines.Storage;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>Flowcharts inside flowcharts: what is in one, and the way down to an activity. They are task groups.</summary>
internal static class SubgraphRoutes
{
    public static void MapSubgraphs(this IEndpointRouteBuilder api)
    {
        api.MapGet("/workflow-definitions/subgraph/{id}", SubgraphAsync);
        api.MapGet("/workflow-definitions/subgraph/segments/{id}", SegmentsAsync);
    }

    private static async Task<Node> SubgraphAsync(
        string id, string? parentNodeId, ClaimsPrincipal person, Database database, DefinitionAnswers answers, CancellationToken cancellation) =>
        Node.Of((await WayAsync(id, parentNodeId, person, database, answers, cancellation))[^1]);

    private static async Task<object> SegmentsAsync(
        string id, string? childNodeId, ClaimsPrincipal person, Database database, DefinitionAnswers answers, CancellationToken cancellation)
    {
        var way = await WayAsync(id, childNodeId, person, database, answers, cancellation);
        var segments = way.SkipLast(1).Select(activity => new Segment((string?)activity["nodeId"], (string?)activity["id"], (string?)activity["type"], "Activities"));
        return new { childNode = Node.Of(way[^1]), container = Node.Of(way[Math.Max(way.Count - 2, 0)]), pathSegments = segments.ToList() };
    }

    /// <summary>The activities from the root to a node, both included.</summary>
    private static async Task<List<JsonObject>> WayAsync(
        string id, string? nodeId, ClaimsPrincipal person, Database database, DefinitionAnswers answers, CancellationToken cancellation)
    {
        var version = await database.InTransactionAsync(tx => DefinitionVersions.FindAsync(tx, id), cancellation);
        List<JsonObject> way = [];
        if (version is not null && Find((JsonObject)answers.Of(version, person)["root"]!, nodeId, way)) return way;
        throw new OperationException(RefusalKind.NotFound, "There is no such activity in this version of the DAG. Reload the page.");
    }

    private static bool Find(JsonObject activity, string? nodeId, List<JsonObject> way)
    {
        way.Add(activity);
        if (string.IsNullOrEmpty(nodeId) || (string?)activity["nodeId"] == nodeId) return true;
        foreach (var child in Children(activity)) if (Find(child, nodeId, way)) return true;
        way.RemoveAt(way.Count - 1);
        return false;
    }

    private static IEnumerable<JsonObject> Children(JsonObject activity) => (activity["activities"] as JsonArray ?? []).OfType<JsonObject>();

    /// <summary>Elsa's ActivityNode.</summary>
    private sealed record Node(JsonNode Activity, string? NodeId, string? Port, IReadOnlyList<Node> Children)
    {
        public IReadOnlyList<Node> Parents { get; } = [];

        public static Node Of(JsonObject activity) =>
            new(activity.DeepClone(), (string?)activity["nodeId"], "Activities", [.. SubgraphRoutes.Children(activity).Select(Of)]);
    }

    /// <summary>Elsa's ActivityPathSegment.</summary>
    private sealed record Segment(string? ActivityNodeId, string? ActivityId, string? ActivityType, string PortName);
}
