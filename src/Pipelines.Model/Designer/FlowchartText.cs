using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Designer;

/// <summary>Puts a flowchart in the order of a file: the settings first, then tasks as they run, then connections as their tasks stand.</summary>
internal sealed class FlowchartText(ActivityCatalog catalog)
{
    private static readonly string[] First = ["id", "name", "type", "version"];

    // The order in the canvas is the z-order, which changes with a click; it means nothing.
    private static readonly HashSet<string> Own = [.. First, "nodeId", "activities", "connections"];

    public JsonObject Write(JsonObject flowchart) => Write(flowchart, settings: []);

    private JsonObject Write(JsonObject flowchart, IReadOnlyList<InputDescriptor> settings)
    {
        var activities = flowchart.Objects("activities").ToList();
        var connections = flowchart.Objects("connections").ToList();
        var ranks = Ranks(activities, connections);
        var written = new JsonObject();
        foreach (var name in First) if ((flowchart[name] ?? Assumed(name)) is { } value) written[name] = value.DeepClone();
        foreach (var (name, value) in flowchart.OrderBy(member => member.Key, StringComparer.Ordinal))
            if (!Own.Contains(name) && (settings.FirstOrDefault(input => input.Name == name) is { } input ? ActivityText.Value(value, input) : Kept(name, value)) is { } kept) written[name] = kept;
        written["activities"] = new JsonArray([.. activities.OrderBy(activity => ranks.GetValueOrDefault(activity.Text("id") ?? "")).Select(Activity)]);
        written["connections"] = new JsonArray([.. connections
            .Select(Connection)
            .OrderBy(connection => Rank(connection, "source", ranks)).ThenBy(connection => Rank(connection, "target", ranks))
            .ThenBy(connection => connection.ToJsonString(), StringComparer.Ordinal)]);
        return written;
    }

    // There is one version of every type, so a file that says none means it.
    internal static JsonNode? Assumed(string name) => name == "version" ? 1 : null;

    private JsonNode Activity(JsonObject activity)
    {
        if (Placeholder.Is(activity)) return Activity(Placeholder.Restore(activity));
        return activity.Text("type") == Placeholder.Flowchart ? Write(activity, TaskGroupInputs.Descriptor.Inputs) : new ActivityText(catalog).Write(activity);
    }

    private static JsonNode? Kept(string name, JsonNode? value)
    {
        var copy = value?.DeepClone();
        if (name == "metadata" && copy is JsonObject metadata) ActivityText.Tidy(metadata);
        if (name == "customProperties" && copy is JsonObject custom) ActivityText.TidyCustom(custom);
        return JsonShape.IsBlank(copy) ? null : copy;
    }

    /// <summary>Places by activity id; settings first, then topological, ties by task name.</summary>
    private static Dictionary<string, int> Ranks(List<JsonObject> activities, List<JsonObject> connections)
    {
        var ids = activities.Select(activity => activity.Text("id") ?? "").ToList();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (place, id) in ids.Index()) places.TryAdd(id, place);
        var edges = connections.Select(connection => (From: End(connection, "source"), To: End(connection, "target")))
            .Where(edge => places.ContainsKey(edge.From) && places.ContainsKey(edge.To))
            .Select(edge => (places[edge.From], places[edge.To])).Where(edge => edge.Item1 != edge.Item2).Distinct();
        var order = new Graph([.. activities.Select(activity => activity.Text("name") ?? activity.Text("id") ?? "")], edges).Order;
        var ranked = order.OrderBy(place => activities[place].Text("type") == DagInputs.TypeName ? 0 : 1).Index();
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (rank, place) in ranked) ranks.TryAdd(ids[place], rank);
        return ranks;
    }

    private static int Rank(JsonObject connection, string side, Dictionary<string, int> ranks) =>
        ranks.GetValueOrDefault(End(connection, side), int.MaxValue);

    private static string End(JsonObject connection, string side) => (connection[side] as JsonObject)?.Text("activity") ?? "";

    private static JsonObject Connection(JsonObject connection)
    {
        var written = new JsonObject();
        foreach (var (side, port) in ((string, string)[])[("source", "Done"), ("target", "In")])
        {
            if (connection[side] is not JsonObject end) continue;
            written[side] = new JsonObject { ["activity"] = end["activity"]?.DeepClone(), ["port"] = end.Text("port") is { Length: > 0 } named ? named : port };
        }
        if (connection["vertices"] is JsonArray { Count: > 0 } bends) written["vertices"] = ActivityText.Rounded(bends);
        foreach (var (name, value) in connection.OrderBy(member => member.Key, StringComparer.Ordinal))
            if (name is not ("source" or "target" or "vertices") && !JsonShape.IsBlank(value)) written[name] = value!.DeepClone();
        return written;
    }
}
