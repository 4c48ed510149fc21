using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.Model.Designer;

/// <summary>Small questions about JSON that Elsa writes.</summary>
public static class JsonShape
{
    /// <summary>True for null, false, "", [] and {}: what Elsa writes for a setting nobody touched.</summary>
    public static bool IsBlank(JsonNode? node) => node switch
    {
        null => true,
        JsonObject members => members.Count == 0,
        JsonArray items => items.Count == 0,
        _ => node.GetValueKind() == JsonValueKind.False || Text(node) is { Length: 0 },
    };

    /// <summary>Removes the blank members; all of them, or only those named.</summary>
    public static void RemoveBlank(JsonObject members, ISet<string>? only = null)
    {
        foreach (var name in members.Where(member => IsBlank(member.Value) && only?.Contains(member.Key) != false).Select(member => member.Key).ToList())
            members.Remove(name);
    }

    /// <summary>The text of a JSON string, else null.</summary>
    public static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The text of a member that is a JSON string, else null.</summary>
    public static string? Text(this JsonObject members, string name) => Text(members[name]);

    /// <summary>The objects in a member that is a list; anything else there is left out.</summary>
    public static IEnumerable<JsonObject> Objects(this JsonObject members, string name) => (members[name] as JsonArray ?? []).OfType<JsonObject>();

    /// <summary>What the value of an input has that is no bare one.</summary>
    internal static readonly IReadOnlyCollection<string> InputMembers = ["typeName", "expression", "memoryReference"];

    /// <summary>A bare list or object of an input that takes JSON as the text that Studio edits; anything else as it is.</summary>
    internal static JsonNode Bare(JsonNode value, InputDescriptor input) =>
        input.TakesJson && (value is JsonArray || (value is JsonObject members && !members.Any(member => InputMembers.Contains(member.Key)))) ? JsonValue.Create(value.ToJsonString()) : value;

    /// <summary>True for the value of an input or the binding of an output (contract §3.3).</summary>
    public static bool IsInput(JsonNode? node) => node is JsonObject members && (members["expression"] is JsonObject || members["memoryReference"] is JsonObject);
}
