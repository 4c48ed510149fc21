using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipelines.Model.Templates;

/// <summary>Writes JSON as Python's json.dumps does: a space after every ':' and ','.</summary>
internal static class PythonJson
{
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new(OneLine) { WriteIndented = true };

    public static string Write(JsonNode? node, bool indented)
    {
        if (indented) return JsonSerializer.Serialize(node, Indented);
        var text = new StringBuilder();
        Append(text, node);
        return text.ToString();
    }

    private static void Append(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                Wrap(text, '{', '}', members, member =>
                {
                    text.Append(JsonSerializer.Serialize(member.Key, OneLine)).Append(": ");
                    Append(text, member.Value);
                });
                break;
            case JsonArray items:
                Wrap(text, '[', ']', items, item => Append(text, item));
                break;
            case JsonValue value when value.TryGetValue<double>(out var number) && value.GetValueKind() == JsonValueKind.Number && !value.TryGetValue<long>(out _):
                text.Append(PythonText.Float(number));
                break;
            default:
                text.Append(node is null ? "null" : node.ToJsonString(OneLine));
                break;
        }
    }

    private static void Wrap<T>(StringBuilder text, char open, char close, IEnumerable<T> items, Action<T> append)
    {
        text.Append(open);
        foreach (var (index, item) in items.Index())
        {
            if (index > 0) text.Append(", ");
            append(item);
        }
        text.Append(close);
    }
}
