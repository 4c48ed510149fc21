using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipelines.Model.Connections;

/// <summary>A Variable of a file.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Value">Its text.</param>
/// <param name="Description">For people; null: none.</param>
public sealed record VariableEntry(string Key, string Value, string? Description);

/// <summary>Many Variables in one file, as Airflow's <c>variables export</c> and <c>import</c> have them (airflow-semantics.md §28).</summary>
public static class VariableFile
{
    /// <summary>Reads Variables by key: a text is the value as it stands, an object with <c>value</c> has a description too, anything else is the value as JSON.</summary>
    public static IReadOnlyList<VariableEntry> Read(JsonObject file) => [.. file.Select(entry => entry.Value is JsonObject parts && parts.ContainsKey("value")
        ? new VariableEntry(entry.Key, Text(parts["value"]), parts["description"]?.ToString()) : new VariableEntry(entry.Key, Text(entry.Value), null))];

    /// <summary>Writes them so that <see cref="Read"/> gives the same values again; JSON stands as such.</summary>
    public static JsonObject Format(IEnumerable<VariableEntry> variables)
    {
        var file = new JsonObject();
        foreach (var (key, value, description) in variables.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            var written = Json(value);
            file[key] = description is null && !(written is JsonObject parts && parts.ContainsKey("value")) ? written
                : new JsonObject { ["value"] = written, ["description"] = description };
        }
        return file;
    }

    private static string Text(JsonNode? value) => value is JsonValue known && known.TryGetValue<string>(out var text) ? text : value?.ToJsonString() ?? "null";

    // Only what reads back to the same characters is written as JSON: a number such as 1.0, or a wide layout, stays a text.
    private static JsonNode? Json(string value)
    {
        try
        {
            using var _ = JsonDocument.Parse(value, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var parsed = JsonNode.Parse(value);
            return Text(parsed) == value && parsed?.GetValueKind() != JsonValueKind.String ? parsed : value;
        }
        catch (JsonException)
        {
            return value;
        }
    }
}
