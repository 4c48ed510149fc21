using System.Globalization;
using System.Text.Json.Nodes;
using Pipelines.Model.Params;

namespace Pipelines.Web.Components.Dags;

/// <summary>A value that may be chosen.</summary>
/// <param name="Key">Its number in the list: what a browser sends.</param>
/// <param name="Value">The value.</param>
/// <param name="Label">What a person reads: the schema's values_display of it, otherwise the value.</param>
public sealed record ParamChoice(string Key, JsonNode? Value, string Label)
{
    /// <summary>Those of a param's schema: its enum, and of a list its items' enum or the examples.</summary>
    public static IReadOnlyList<ParamChoice> Of(Param param)
    {
        var values = param.Schema["enum"] as JsonArray ?? param.Schema["items"]?["enum"] as JsonArray ?? param.Schema["examples"] as JsonArray ?? [];
        var words = param.Schema["values_display"] as JsonObject;
        return [.. values.Select((value, place) => new ParamChoice(place.ToString(CultureInfo.InvariantCulture), value, words?[Text(value)]?.ToString() ?? Text(value)))];
    }

    private static string Text(JsonNode? value) => value is JsonValue known && known.TryGetValue<string>(out var text) ? text : value?.ToJsonString(ParamText.Plain) ?? "null";
}
