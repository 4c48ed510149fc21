using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml;
using Pipelines.Model.Activities;

namespace Pipelines.Model.Dags;

/// <summary>Reads an input's text as its type (see <see cref="InputType"/> for the forms).</summary>
public static partial class InputText
{
    /// <summary>True for an ISO 8601 date or instant; without an offset it is UTC. The offset as written is kept.</summary>
    public static bool TryDateTime(string text, out DateTimeOffset value)
    {
        value = default;
        return IsoDate().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value);
    }

    /// <summary>True for <c>hh:mm:ss</c> (hours may exceed 23), <c>d.hh:mm:ss</c>, ISO 8601 without years and months, or seconds; never negative.</summary>
    public static bool TryDuration(string text, out TimeSpan value)
    {
        try
        {
            value = ReadDuration(text);
            return value >= TimeSpan.Zero;
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            value = default;
            return false;
        }
    }

    private static TimeSpan ReadDuration(string text)
    {
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)) return TimeSpan.FromSeconds(seconds);
        // A month has no fixed length, so ISO 8601's years and months are no duration here.
        if (IsoDuration().IsMatch(text)) return XmlConvert.ToTimeSpan(text);
        var clock = Clock().Match(text);
        if (!clock.Success) throw new FormatException();
        var days = clock.Groups["d"].Success ? long.Parse(clock.Groups["d"].Value, CultureInfo.InvariantCulture) : 0;
        return TimeSpan.FromDays(days) + TimeSpan.FromHours(long.Parse(clock.Groups["h"].Value, CultureInfo.InvariantCulture))
            + TimeSpan.FromSeconds((60 * int.Parse(clock.Groups["m"].Value, CultureInfo.InvariantCulture))
                + double.Parse(clock.Groups["s"].Value, CultureInfo.InvariantCulture));
    }

    /// <summary>The one spelling of a literal, so that equal values hash alike; null when the text is not of the type.</summary>
    internal static string? Normalize(InputType type, string text) => type switch
    {
        InputType.Integer => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number.ToString(CultureInfo.InvariantCulture) : null,
        InputType.Number => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? text.Trim() : null,
        InputType.Boolean => bool.TryParse(text, out var flag) ? flag ? "true" : "false" : null,
        InputType.Duration => TryDuration(text, out _) ? text : null,
        InputType.DateTime => TryDateTime(text, out _) ? text : null,
        InputType.StringList => Json(text) is JsonArray list && list.All(item => item?.GetValueKind() == JsonValueKind.String) ? list.ToJsonString() : null,
        InputType.StringOrList => text.StartsWith('[') ? Normalize(InputType.StringList, text) : text,
        InputType.Json => TryJson(text, out var node) ? node?.ToJsonString() ?? "null" : null,
        _ => text,
    };

    /// <summary>What a text of the type looks like, to end the sentence "must be …".</summary>
    internal static string Expected(InputType type) => type switch
    {
        InputType.Integer => "an integer such as 64",
        InputType.Number => "a number such as 1.5",
        InputType.Boolean => "true or false",
        InputType.Duration => "a duration such as 00:05:00, PT5M or 300 (seconds)",
        InputType.DateTime => "an ISO 8601 date such as 2026-01-31 or 2026-01-31T06:00:00Z",
        InputType.StringList => "a JSON array of texts such as [\"id\", \"name\"]",
        InputType.StringOrList => "a text, or a JSON array of texts such as [\"a\", \"b\"]",
        InputType.Json => "a JSON value such as {\"key\": 1}",
        _ => "a text",
    };

    private static JsonNode? Json(string text) => TryJson(text, out var node) ? node : null;

    private static bool TryJson(string text, out JsonNode? node)
    {
        try
        {
            // Duplicate keys would otherwise only fail later, at the first access.
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            node = JsonNode.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            node = null;
            return false;
        }
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s?(Z|[+-]\d\d:?\d\d)?)?$", RegexOptions.CultureInvariant)]
    private static partial Regex IsoDate();

    [GeneratedRegex(@"^P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$", RegexOptions.CultureInvariant)]
    private static partial Regex IsoDuration();

    [GeneratedRegex(@"^((?<d>\d{1,6})\.)?(?<h>\d{1,6}):(?<m>[0-5]\d):(?<s>[0-5]\d(\.\d{1,7})?)$", RegexOptions.CultureInvariant)]
    private static partial Regex Clock();
}
