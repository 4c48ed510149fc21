using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Designer;

/// <summary>Puts one activity in the order of a file: who it is, its inputs in the order of the designer, then the designer's own marks.</summary>
internal sealed class ActivityText(ActivityCatalog catalog)
{
    private static readonly string[] First = ["id", "name", "type", "version"];
    private static readonly string[] Last = ["customProperties", "metadata"];
    private static readonly HashSet<string> Own = [.. First, .. Last, "nodeId"];

    // Elsa writes these whether anybody touched them or not.
    private static readonly HashSet<string> CustomNoise =
        ["canStartWorkflow", "runAsynchronously", "mergeMode", "commitStrategyName", "logPersistenceMode", "logPersistenceConfig"];
    private static readonly HashSet<string> MetadataNoise = ["displayText", "description", "showDescription", "designer"];

    public JsonObject Write(JsonObject activity)
    {
        var inputs = Inputs(activity.Text("type"));
        var written = new JsonObject();
        foreach (var name in First) if ((activity[name] ?? FlowchartText.Assumed(name)) is { } value) written[name] = value.DeepClone();
        foreach (var name in inputs.Keys.Concat(activity.Select(member => member.Key).Where(name => !inputs.ContainsKey(name)).Order(StringComparer.Ordinal)))
            if (!Own.Contains(name) && Value(activity[name], inputs.GetValueOrDefault(name)) is { } value) written[name] = value;
        foreach (var name in Last)
        {
            if (activity[name]?.DeepClone() is not JsonObject marks) continue;
            if (name == "metadata") Tidy(marks);
            else TidyCustom(marks);
            if (marks.Count > 0) written[name] = marks;
        }
        return written;
    }

    /// <summary>The inputs of a type by name, in the designer's order.</summary>
    private Dictionary<string, InputDescriptor> Inputs(string? type)
    {
        var descriptor = type is null ? null : type == DagInputs.TypeName ? DagInputs.Descriptor : catalog.Find(type);
        return (descriptor?.Inputs ?? []).ToDictionary(input => input.Name, StringComparer.Ordinal);
    }

    /// <summary>An input's value; null when it is the same as none.</summary>
    internal static JsonNode? Value(JsonNode? value, InputDescriptor? input)
    {
        if (value is null || input is null) return value?.DeepClone();
        value = JsonShape.Bare(value, input);
        if (value is JsonValue) return IsNone(value) ? null : Wrapped("Literal", value.DeepClone(), input);
        if (value is not JsonObject given || !given.ContainsKey("expression")) return value.DeepClone();
        if (given["expression"] is not JsonObject expression) return given["memoryReference"] is null ? null : given.DeepClone();
        // An empty text counts as not given when the file is read.
        if (IsNone(expression["value"])) return null;
        var written = Wrapped(expression.Text("type"), expression["value"]!.DeepClone(), input);
        if (given.Text("typeName") is { Length: > 0 } typeName) written["typeName"] = typeName;
        foreach (var (name, more) in given.OrderBy(member => member.Key, StringComparer.Ordinal))
            if (name is not ("typeName" or "expression") && more is not null) written[name] = more.DeepClone();
        return written;
    }

    private static bool IsNone(JsonNode? value) => value is null || JsonShape.Text(value) is "";

    private static JsonObject Wrapped(string? syntax, JsonNode value, InputDescriptor input) => new()
    {
        ["typeName"] = "String",
        ["expression"] = new JsonObject { ["type"] = Syntax(syntax, input), ["value"] = value },
    };

    // Studio's editors of lists read no other expression than Object, and would show a list in a Literal as empty.
    private static string? Syntax(string? syntax, InputDescriptor input) =>
        input.Type == InputType.StringList && syntax == "Literal" ? "Object" : syntax;

    /// <summary>Drops what Elsa writes by itself, sizes (Studio measures them) and fractions of positions.</summary>
    internal static void Tidy(JsonObject metadata)
    {
        if (metadata["designer"] is JsonObject designer)
        {
            designer.Remove("size");
            if (designer["position"] is { } position) designer["position"] = Rounded(position);
            JsonShape.RemoveBlank(designer);
        }
        JsonShape.RemoveBlank(metadata, MetadataNoise);
    }

    internal static void TidyCustom(JsonObject custom) => JsonShape.RemoveBlank(custom, CustomNoise);

    /// <summary>A copy whose numbers are whole: a hand on a mouse means no fractions of a pixel.</summary>
    internal static JsonNode Rounded(JsonNode node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, member.Value is { } value ? Rounded(value) : null))),
        JsonArray items => new JsonArray([.. items.Select(item => item is null ? null : Rounded(item))]),
        JsonValue when node.GetValueKind() == JsonValueKind.Number && node.Deserialize<double>() is var number && Math.Abs(number) < 1e9 => (long)Math.Round(number, MidpointRounding.AwayFromZero),
        _ => node.DeepClone(),
    };
}
