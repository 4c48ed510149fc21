using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Designer;

/// <summary>What matters of a DAG file that need not be valid.</summary>
internal sealed record DagOutline
{
    private static readonly HashSet<string> Own = ["id", "nodeId", "name", "type", "version", "metadata", "customProperties", "activities", "connections"];

    public string? Description { get; init; }

    /// <summary>The inputs of Pipelines.Dag.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>By activity id, in the file's order.</summary>
    public IReadOnlyDictionary<string, OutlinedTask> Tasks { get; init; } = new Dictionary<string, OutlinedTask>();

    /// <summary>Between activity ids, with the port where they begin.</summary>
    public IReadOnlyList<(string From, string Port, string To)> Edges { get; init; } = [];

    /// <summary>Of a file's text; an empty outline for none and for a text that is no JSON object.</summary>
    public static DagOutline Of(string? text)
    {
        if (text is null || Parsed(text) is not { } file || file["root"] is not JsonObject root) return new DagOutline();
        var activities = root.AllWithIds().ToLookup(activity => activity.Activity.Text("type") == DagInputs.TypeName);
        return new DagOutline
        {
            Description = file.Text("description"),
            Settings = activities[true].FirstOrDefault().Activity is { } settings ? Inputs(settings) : new Dictionary<string, string>(),
            Tasks = activities[false].DistinctBy(each => each.Activity.Text("id") ?? "").ToDictionary(each => each.Activity.Text("id") ?? "",
                each => new OutlinedTask(each.Id, each.Activity.Text("type") ?? "", Inputs(each.Activity)), StringComparer.Ordinal),
            Edges = [.. root.AllActivities().Where(Flowcharts.IsGroup).Prepend(root).SelectMany(flowchart => flowchart.Objects("connections")).Select(connection => (End(connection, "source"), Port(connection), End(connection, "target"))).Distinct()],
        };
    }

    private static JsonObject? Parsed(string text)
    {
        try
        {
            return DesignerText.Parse(text);
        }
        catch (DesignerException)
        {
            return null;
        }
    }

    private static Dictionary<string, string> Inputs(JsonObject activity) => activity
        .Where(member => !Own.Contains(member.Key) && Value(member.Value).Length > 0)
        .ToDictionary(member => member.Key, member => Value(member.Value), StringComparer.Ordinal);

    // "Object" is how Studio writes a list; to a run it is the same as a Literal.
    private static string Value(JsonNode? value)
    {
        if (value is not JsonObject wrapped || wrapped["expression"] is not JsonObject expression) return value is JsonObject or JsonArray ? value.ToJsonString() : value?.ToString() ?? "";
        var text = expression["value"]?.ToString() ?? "";
        return text.Length == 0 || expression.Text("type") is null or "Literal" or "Object" ? text : $"{expression.Text("type")}: {text}";
    }

    private static string End(JsonObject connection, string side) => (connection[side] as JsonObject)?.Text("activity") ?? "";

    private static string Port(JsonObject connection) => (connection["source"] as JsonObject)?.Text("port") is { Length: > 0 } named ? named : ActivityDescriptor.Done;
}

/// <summary>A task or task group of an outline.</summary>
/// <param name="Name">Its task_id or group_id.</param>
/// <param name="Type">Its activity type.</param>
/// <param name="Inputs">What is set, by name.</param>
internal sealed record OutlinedTask(string Name, string Type, IReadOnlyDictionary<string, string> Inputs)
{
    /// <summary>What people call it.</summary>
    public string Words => $"{(Type == TaskGroupInputs.TypeName ? "task group" : "task")} {Name}";
}
