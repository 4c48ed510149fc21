using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Templates;

namespace Pipelines.Model.Dags;

/// <summary>A value from a place that has none for a syntax: a text with braces is a template, as every text is in Airflow.</summary>
internal static class TemplatePart
{
    /// <summary>The value as an activity's member would hold it.</summary>
    public static JsonPart Of(string path, int line, JsonNode? value)
    {
        var text = TextOf(value);
        // What is no text is seen to be none.
        if (value?.GetValueKind() is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False) return new JsonPart(path, line, value.GetValueKind()) { Raw = Encoding.UTF8.GetBytes(text) };
        if (!JinjaTemplate.HasBraces(text)) return JsonPart.String(path, line, text);
        var expression = new JsonPart(path, line, JsonValueKind.Object) { Members = [new("type", JsonPart.String(path, line, "Jinja")), new("value", JsonPart.String(path, line, text))] };
        return new JsonPart(path, line, JsonValueKind.Object) { Members = [new("expression", expression)] };
    }

    /// <summary>A text as it is, anything else as JSON, null as nothing.</summary>
    public static string TextOf(JsonNode? value) => value is null ? "" : value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
}
