using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Json.Schema.Keywords;

namespace Pipelines.Model.Params;

/// <summary>Holds values against the JSON Schema of their param, as Airflow does: draft 2020-12 unless it names another, and formats count.</summary>
internal static class ParamSchema
{
    private static readonly EvaluationOptions Options = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true, FormatRegistry = Formats() };

    // The library's own word for patterns waits for them without end.
    private static readonly Dialect Words = Dialect.Draft202012.Without([PatternKeyword.Instance]).With([new BoundedPattern()]);

    /// <summary>Why this is no schema; null: it is one.</summary>
    public static string? Fault(JsonObject schema)
    {
        if (Names(schema).Contains("patternProperties")) return "'patternProperties' is not known here, because nothing limits its time; name the properties";
        try
        {
            // References and the like are found out only when a value is held against it.
            _ = Evaluate(schema, null);
            return null;
        }
        catch (Exception error) when (error is JsonSchemaException or RefResolutionException or ArgumentException or InvalidOperationException or JsonException or FormatException)
        {
            return error.Message.TrimEnd('.');
        }
    }

    /// <summary>Why the param cannot have this value, as a sentence; null: it can.</summary>
    public static string? Problem(Param param, JsonNode? value)
    {
        if (param.Schema.Count == 0) return null;
        var result = Evaluate(param.Schema, value);
        return result.IsValid ? null : ParamSentence.Of(param, value, Errors(result));
    }

    private static IEnumerable<string> Names(JsonNode? schema) => schema switch
    {
        JsonObject members => members.SelectMany(member => Names(member.Value).Prepend(member.Key)),
        JsonArray items => items.SelectMany(Names),
        _ => [],
    };

    // A registry of its own, because the library's would keep every schema for ever.
    private static EvaluationResults Evaluate(JsonObject schema, JsonNode? value) =>
        JsonSchema.FromText(schema.ToJsonString(), new BuildOptions { Dialect = Words, SchemaRegistry = new SchemaRegistry() })
            .Evaluate(JsonSerializer.SerializeToElement(value), Options);

    private static List<SchemaError> Errors(EvaluationResults result) =>
        [.. (result.Details ?? []).Append(result).Where(part => part.Errors is not null).SelectMany(part => part.Errors!.Select(error =>
            new SchemaError(part.InstanceLocation.ToString(), part.EvaluationPath.ToString(), error.Key, error.Value))).Distinct()];

    // Airflow's time is that of a clock on the wall, without a zone; JSON Schema's has one. Both will do.
    private static FormatRegistry Formats()
    {
        var formats = new FormatRegistry();
        formats.Register(new PredicateFormat("time", value => value.ValueKind != JsonValueKind.String || IsTime(value.GetString()!)));
        return formats;
    }

    private static bool IsTime(string text) => TimeOnly.TryParseExact(text, "HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
        || Json.Schema.Formats.Time.Validate(JsonSerializer.SerializeToElement(text), out _);
}

/// <summary>What the library has against a value.</summary>
/// <param name="Place">JSON pointer into the value; empty: the whole.</param>
/// <param name="Path">JSON pointer into the schema; empty: its top.</param>
/// <param name="Keyword">Which word of the schema is not fulfilled.</param>
/// <param name="Message">The library's words.</param>
internal sealed record SchemaError(string Place, string Path, string Keyword, string Message);
