using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipelines.Model.Designer;

/// <summary>Writes JSON for people and for line-wise diffs: two spaces, but one line for an input, a connection or a position.</summary>
internal static class JsonLayout
{
    // Quotes, angle brackets and letters of every language stay as they are: a file is no HTML page, and SQL is full of them.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text, ending in a line feed.</summary>
    public static string Write(JsonNode node)
    {
        var text = new StringBuilder();
        Write(text, node, 0, "");
        return text.Append('\n').ToString();
    }

    private static void Write(StringBuilder text, JsonNode? node, int depth, string name)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } members when !FitsOneLine(members, name):
                Lines(text, members, depth, ('{', '}'), member =>
                {
                    text.Append(JsonValue.Create(member.Key).ToJsonString(Plain)).Append(": ");
                    Write(text, member.Value, depth + 1, member.Key);
                });
                break;
            case JsonArray { Count: > 0 } items when !items.All(IsScalar):
                Lines(text, items, depth, ('[', ']'), item => Write(text, item, depth + 1, name));
                break;
            default:
                OneLine(text, node);
                break;
        }
    }

    private static void Lines<T>(StringBuilder text, IEnumerable<T> parts, int depth, (char Open, char Close) brackets, Action<T> write)
    {
        text.Append(brackets.Open);
        foreach (var (index, part) in parts.Index())
        {
            text.Append(index > 0 ? ",\n" : "\n").Append(' ', 2 * (depth + 1));
            write(part);
        }
        text.Append('\n').Append(' ', 2 * depth).Append(brackets.Close);
    }

    private static bool FitsOneLine(JsonObject members, string name) =>
        JsonShape.IsInput(members) || name is "connections" || (name is "designer" or "metadata" or "customProperties" && IsFlat(members));

    private static bool IsFlat(JsonObject members) =>
        members.Count <= 2 && members.All(member => IsScalar(member.Value) || (member.Value is JsonObject inner && inner.Count <= 2 && inner.All(part => IsScalar(part.Value) || part.Value is JsonObject { Count: <= 2 })));

    private static bool IsScalar(JsonNode? node) => node is null or JsonValue;

    private static void OneLine(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } members:
                text.Append("{ ");
                foreach (var (index, (name, value)) in members.Index())
                {
                    text.Append(index > 0 ? ", " : "").Append(JsonValue.Create(name).ToJsonString(Plain)).Append(": ");
                    OneLine(text, value);
                }
                text.Append(" }");
                break;
            case JsonArray { Count: > 0 } items:
                text.Append('[');
                foreach (var (index, item) in items.Index())
                {
                    text.Append(index > 0 ? ", " : "");
                    OneLine(text, item);
                }
                text.Append(']');
                break;
            default:
                text.Append(node?.ToJsonString(Plain) ?? "null");
                break;
        }
    }
}
