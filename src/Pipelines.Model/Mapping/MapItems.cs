using System.Text.Json.Nodes;

namespace Pipelines.Model.Mapping;

/// <summary>Lists and dicts as what is mapped over: their entries by place.</summary>
public static class MapItems
{
    /// <summary>How many entries; null: it is neither a list nor a dict, so nothing can be mapped over it.</summary>
    public static int? Count(JsonNode? value) => value switch
    {
        JsonArray list => list.Count,
        JsonObject dict => dict.Count,
        _ => null,
    };

    /// <summary>An entry: of a list the value, of a dict the pair of key and value.</summary>
    public static JsonNode? At(JsonNode value, int index) => value switch
    {
        JsonArray list => list[index]?.DeepClone(),
        JsonObject dict => new JsonArray(dict.GetAt(index).Key, dict.GetAt(index).Value?.DeepClone()),
        _ => throw new ArgumentException("Only a list or a dict has entries.", nameof(value)),
    };
}
