using System.Text.Json.Nodes;

namespace Pipelines.Model.Params;

/// <summary>A param of a DAG or of a task: a name, mostly with a default, and what its values must be (airflow-semantics.md §20).</summary>
/// <param name="Name">How templates and a run's conf call it.</param>
public sealed record Param(string Name)
{
    /// <summary>False: a run must name a value.</summary>
    public bool HasDefault { get; init; }

    /// <summary>The value of a run that names none; null may be a default, too. Do not change it.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>For people; null: none.</summary>
    public string? Description { get; init; }

    /// <summary>
    /// A JSON Schema (draft 2020-12) that its values must fulfil, with Airflow's words for forms beside it (section, values_display, …). Empty: any
    /// value will do. Do not change it.
    /// </summary>
    public JsonObject Schema { get; init; } = [];

    /// <summary>Nothing but a default is known of it.</summary>
    public bool IsPlain => HasDefault && Schema.Count == 0 && Description is null;

    /// <summary>What the schema says under a name as a text; null: nothing, or no text.</summary>
    public string? Word(string name) => Schema[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The types that the schema allows, in its order; empty: it names none.</summary>
    public IReadOnlyList<string> Types => Schema["type"] switch
    {
        JsonArray types => [.. types.Select(type => type!.GetValue<string>())],
        JsonValue type => [type.GetValue<string>()],
        _ => [],
    };

    /// <summary>A value may be left empty: the schema allows null, or says nothing of types.</summary>
    public bool MayBeNull => Types.Count == 0 || Types.Contains("null", StringComparer.Ordinal);

    /// <summary>As in DAG files and in Airflow's REST API: the default alone where that is all, otherwise an object of value, description and schema.</summary>
    internal JsonNode? ToJson()
    {
        // A default that looks like the longer form needs it.
        if (IsPlain && (Default as JsonObject)?["schema"] is not JsonObject) return Default?.DeepClone();
        var json = new JsonObject();
        if (HasDefault) json["value"] = Default?.DeepClone();
        if (Description is not null) json["description"] = Description;
        json["schema"] = Schema.DeepClone();
        return json;
    }
}
