using System.Text.Json.Nodes;

namespace Pipelines.Model.Params;

/// <summary>
/// Reads params of a DAG file: a JSON object by name. A param is its default, or Airflow's own form of it: an object of value (the default),
/// description and schema.
/// </summary>
/// <param name="error">Is told what is wrong.</param>
/// <param name="warn">Is told what may be meant differently.</param>
internal sealed class ParamReader(Action<string> error, Action<string> warn)
{
    private const string Form = "{\"country\": {\"value\": \"DE\", \"description\": \"…\", \"schema\": {\"type\": \"string\", \"enum\": [\"DE\", \"FR\"]}}}";

    // What Airflow's REST API adds to a param; it has no meaning here.
    private static readonly string[] Members = ["value", "description", "schema", "__class", "source"];

    private static readonly string[] Types = ["string", "integer", "number", "boolean", "array", "object", "null"];

    /// <summary>The params; without those that are wrong, which are told.</summary>
    /// <param name="text">JSON.</param>
    public DagParams Read(string text)
    {
        if (JsonNode.Parse(text) is JsonObject members) return new([.. members.Select(member => Read(member.Key, member.Value)).OfType<Param>()]);
        error("'params' must be a JSON object of names and default values such as {\"country\": \"DE\"}.");
        return DagParams.Empty;
    }

    private Param? Read(string name, JsonNode? written)
    {
        if (name.Length == 0) error("A param has an empty name. Give it one.");
        else if (written is not JsonObject parts || parts["schema"] is not JsonObject) return Plain(name, written);
        else if (parts.FirstOrDefault(part => !Members.Contains(part.Key)).Key is { } unknown)
            error($"Param '{name}' has a schema, and '{unknown}' beside it.{Dags.NearestName.Hint(unknown, Members[..3])} If this object is meant to be the default itself, write {{\"value\": …, \"schema\": {{}}}}.");
        else return Described(name, parts);
        return null;
    }

    private Param Plain(string name, JsonNode? written)
    {
        var type = written is JsonObject parts ? parts["type"] is JsonArray { Count: > 0 } types ? types[0] : parts["type"] : null;
        if (type is JsonValue value && value.TryGetValue<string>(out var text) && Types.Contains(text))
            warn($"Param '{name}' looks like a JSON Schema but is taken for the default value. If it is a schema, write {Form}.");
        return new Param(name) { HasDefault = true, Default = written?.DeepClone() };
    }

    private Param? Described(string name, JsonObject parts)
    {
        var description = parts["description"];
        if (description is not null && description.GetValueKind() != System.Text.Json.JsonValueKind.String) error($"The description of param '{name}' must be a text.");
        else if (ParamSchema.Fault((JsonObject)parts["schema"]!) is { } fault) error($"The schema of param '{name}' is no JSON Schema: {fault}. Correct it; a param without schema takes any value.");
        else return new Param(name)
        {
            HasDefault = parts.ContainsKey("value"),
            Default = parts["value"]?.DeepClone(),
            Description = description?.GetValue<string>(),
            Schema = (JsonObject)parts["schema"]!.DeepClone(),
        };
        return null;
    }
}
