using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Model.Params;

/// <summary>Says what is wrong with a param's value.</summary>
internal static class ParamSentence
{
    private const int LongestValue = 100;

    /// <summary>One sentence of all errors.</summary>
    public static string Of(Param param, JsonNode? value, IReadOnlyList<SchemaError> errors)
    {
        // What is of the wrong type has the wrong length as well; only the type helps.
        var told = errors.Where(error => error is { Path: "", Keyword: "type" }).ToList() is { Count: > 0 } types ? types : errors;
        var shown = SecretMask.IsSensitive(param.Name) ? SecretMask.Replacement : Excerpt.Of(value?.ToJsonString(ParamText.Plain) ?? "null", LongestValue);
        var parts = told.Select(error => error.Message.StartsWith(BoundedPattern.TooSlow, StringComparison.Ordinal) ? error.Message : error.Path.Length == 0 && Must(error.Keyword, param.Schema[error.Keyword]) is { } must ? $"must be {must}" : Foreign(error)).Distinct();
        return $"Param '{param.Name}' is {shown} but {string.Join(", and ", parts)}.";
    }

    private static string Foreign(SchemaError error) =>
        $"does not fulfil '{error.Keyword}'{(error.Place.Length > 0 ? $" at {error.Place}" : "")} ({error.Message.TrimEnd('.')})";

    private static string? Must(string keyword, JsonNode? word) => keyword switch
    {
        "type" => word is JsonArray types ? string.Join(" or ", types.Select(type => Type(type!.ToString()))) : Type(word!.ToString()),
        "enum" => "one of " + string.Join(", ", ((JsonArray)word!).Select(item => item?.ToJsonString(ParamText.Plain) ?? "null")),
        "const" => word?.ToJsonString(ParamText.Plain) ?? "null",
        "minimum" => $"{word} or more",
        "maximum" => $"{word} or less",
        "exclusiveMinimum" => $"more than {word}",
        "exclusiveMaximum" => $"less than {word}",
        "multipleOf" => $"a multiple of {word}",
        "minLength" => $"{word} characters or longer",
        "maxLength" => $"{word} characters or shorter",
        "minItems" => $"a list of {word} items or more",
        "maxItems" => $"a list of {word} items or fewer",
        "uniqueItems" => "a list without repeats",
        "pattern" => $"a text of the pattern {word}",
        "format" => Format(word!.ToString()),
        _ => null,
    };

    private static string Type(string type) => type switch
    {
        "string" => "a text",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "an object",
        _ => type,
    };

    private static string Format(string format) => format switch
    {
        "date" => "a date such as 2026-01-31",
        "date-time" => "an instant with offset such as 2026-01-31T06:00:00Z",
        "time" => "a time such as 06:30:00",
        _ => $"of the format '{format}'",
    };
}
