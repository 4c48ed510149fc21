using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Designer;

/// <summary>Turns the text of a DAG file into a definition that Elsa Studio can show (contract §3.2, gotchas 1 and 2).</summary>
/// <param name="catalog">The activity types that Studio is told of.</param>
public sealed class StudioDefinition(ActivityCatalog catalog)
{
    private const string Root = "Workflow1";

    private static readonly string[] Lists = ["variables", "inputs", "outputs", "outcomes"];

    /// <summary>The definition: every collection present, every node with its nodeId, unknown types behind placeholders.</summary>
    /// <exception cref="DesignerException">The text is no JSON object.</exception>
    public JsonObject Of(string fileText) => Of(DesignerText.Parse(fileText));

    /// <summary>As <see cref="Of(string)"/>, for a definition; it is not changed.</summary>
    public JsonObject Of(JsonObject definition)
    {
        var studio = (JsonObject)definition.DeepClone();
        studio.Remove("$schema");
        foreach (var name in Lists) if (studio[name] is not JsonArray) studio[name] = new JsonArray();
        foreach (var name in (string[])["customProperties", "options"]) if (studio[name] is not JsonObject) studio[name] = new JsonObject();
        if (studio["root"] is not JsonObject root) studio["root"] = root = [];
        if (root.Text("type") is not { Length: > 0 }) root["type"] = Placeholder.Flowchart;
        Complete(root, Root, "flow1");
        return studio;
    }

    private void Complete(JsonObject flowchart, string parent, string fallbackId)
    {
        var nodeId = Identify(flowchart, parent, fallbackId);
        var activities = new JsonArray();
        foreach (var (index, activity) in flowchart.Objects("activities").Index())
            activities.Add(Shown((JsonObject)activity.DeepClone(), nodeId, $"activity{index + 1}"));
        flowchart["activities"] = activities;
        if (flowchart["connections"] is not JsonArray) flowchart["connections"] = new JsonArray();
        foreach (var connection in flowchart.Objects("connections")) connection["vertices"] ??= new JsonArray();
    }

    private JsonObject Shown(JsonObject activity, string parent, string fallbackId)
    {
        var type = activity.Text("type") ?? "";
        if (type == Placeholder.Flowchart)
        {
            Complete(activity, parent, fallbackId);
            MakeEditable(activity, TaskGroupInputs.Descriptor);
            return Placed(activity, parent, fallbackId);
        }
        var descriptor = type == DagInputs.TypeName ? DagInputs.Descriptor : catalog.Find(type);
        if (descriptor is null || !IsVersionOne(activity)) return Placed(Placeholder.Is(activity) ? activity : Placeholder.Of(activity), parent, fallbackId);
        MakeEditable(activity, descriptor);
        return Placed(activity, parent, fallbackId);
    }

    private static void MakeEditable(JsonObject activity, ActivityDescriptor descriptor)
    {
        foreach (var input in descriptor.Inputs)
            if (activity[input.Name] is { } value && Editable(value, input) is { } editable) activity[input.Name] = editable;
    }

    private static JsonObject Placed(JsonObject activity, string parent, string fallbackId)
    {
        _ = Identify(activity, parent, fallbackId);
        if (activity["metadata"] is not JsonObject) activity["metadata"] = new JsonObject();
        if (activity["customProperties"] is not JsonObject) activity["customProperties"] = new JsonObject();
        return activity;
    }

    private static string Identify(JsonObject activity, string parent, string fallbackId)
    {
        if (activity.Text("id") is not { Length: > 0 } id) activity["id"] = id = fallbackId;
        activity["version"] ??= 1;
        var nodeId = $"{parent}:{id}";
        activity["nodeId"] = nodeId;
        return nodeId;
    }

    // Studio looks a type up by name and version; there is one version of each of ours.
    private static bool IsVersionOne(JsonObject activity) =>
        activity["version"] is null || (activity["version"] is JsonValue value && value.TryGetValue<int>(out var version) && version == 1);

    /// <summary>Studio understands no bare value, and its editors of lists no other expression than Object.</summary>
    private static JsonObject? Editable(JsonNode value, InputDescriptor input)
    {
        value = JsonShape.Bare(value, input);
        var isList = input.Type == InputType.StringList;
        if (value is JsonValue)
            return new JsonObject { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = isList ? "Object" : "Literal", ["value"] = value.DeepClone() } };
        if (value.DeepClone() is not JsonObject wrapped) return null;
        wrapped["typeName"] ??= "String";
        if (isList && wrapped["expression"] is JsonObject expression && expression.Text("type") == "Literal") expression["type"] = "Object";
        return wrapped;
    }
}
