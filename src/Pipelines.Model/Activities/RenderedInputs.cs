using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Activities;

/// <summary>The inputs of one attempt after templates were rendered and defaults applied. Names are case-sensitive.</summary>
/// <param name="values">Name to value; an input that is absent or empty counts as not given.</param>
public sealed class RenderedInputs(IReadOnlyDictionary<string, string?> values)
{
    /// <summary>All values by name, as shown to the user.</summary>
    public IReadOnlyDictionary<string, string?> Values { get; } = values;

    /// <summary>Those whose text is JSON: templates see what it holds.</summary>
    public IReadOnlySet<string> OfJson { get; init; } = FrozenSet<string>.Empty;

    /// <summary>The text of an input, or null when it is not given.</summary>
    public string? Optional(string name) => Values.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    /// <summary>The text of an input.</summary>
    /// <exception cref="TaskFailure">It is not given (not retryable).</exception>
    public string Required(string name) => Optional(name)
        ?? throw new TaskFailure($"Input '{name}' is empty after rendering. Set it in the DAG file or the designer.", retryable: false);

    /// <summary>An integer, or <paramref name="fallback"/> when not given.</summary>
    /// <exception cref="TaskFailure">It is not an integer (not retryable).</exception>
    public long Integer(string name, long fallback) => Optional(name) is not { } text ? fallback
        : long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number
        : throw NotA(name, text, "an integer such as 64");

    /// <summary>A boolean, or <paramref name="fallback"/> when not given.</summary>
    /// <exception cref="TaskFailure">It is neither true nor false (not retryable).</exception>
    public bool Boolean(string name, bool fallback) => Optional(name) is not { } text ? fallback
        : bool.TryParse(text, out var value) ? value
        : throw NotA(name, text, "true or false");

    /// <summary>A duration, or null when not given.</summary>
    /// <exception cref="TaskFailure">It is not a duration (not retryable).</exception>
    public TimeSpan? Duration(string name) => Optional(name) is not { } text ? null
        : InputText.TryDuration(text, out var value) ? value
        : throw NotA(name, text, InputText.Expected(InputType.Duration));

    /// <summary>An instant, or null when not given; without an offset it is UTC.</summary>
    /// <exception cref="TaskFailure">It is not an ISO 8601 date (not retryable).</exception>
    public DateTimeOffset? DateTime(string name) => Optional(name) is not { } text ? null
        : InputText.TryDateTime(text, out var value) ? value
        : throw NotA(name, text, InputText.Expected(InputType.DateTime));

    /// <summary>A list of strings from a JSON array, or empty when not given.</summary>
    /// <exception cref="TaskFailure">It is not a JSON array of strings (not retryable).</exception>
    public IReadOnlyList<string> StringList(string name) =>
        Json<IReadOnlyList<string>>(name, [], json => [.. json!.AsArray().Select(item => item!.GetValue<string>())], "a JSON array of strings such as [\"id\", \"name\"]");

    /// <summary>The texts of an input that is one text or a JSON array of them; empty when not given.</summary>
    /// <exception cref="TaskFailure">It begins as a JSON array and is none of texts (not retryable).</exception>
    public IReadOnlyList<string> TextOrList(string name) => Optional(name) is not { } text ? [] : text.StartsWith('[') ? StringList(name) : [text];

    /// <summary>What a JSON input holds, or <paramref name="fallback"/> when it is not given. The failure does not quote it: it may be long, or secret.</summary>
    /// <param name="name">The input.</param>
    /// <param name="fallback">When it is not given.</param>
    /// <param name="read">Takes it from the JSON (null: the JSON is null) as <see cref="JsonNode"/> reads it, whose exceptions mean that it is something else.</param>
    /// <param name="expected">Ends the sentence "must be …", with an example.</param>
    /// <exception cref="TaskFailure">It is no JSON, or something else (not retryable).</exception>
    public T Json<T>(string name, T fallback, Func<JsonNode?, T> read, string expected)
    {
        if (Optional(name) is not { } text) return fallback;
        try
        {
            return read(JsonNode.Parse(text));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NullReferenceException or FormatException or ArgumentException)
        {
            throw new TaskFailure($"Input '{name}' must be {expected}.", retryable: false, inner: error);
        }
    }

    private static TaskFailure NotA(string name, string text, string expected) =>
        new($"Input '{name}' is '{text}' but must be {expected}.", retryable: false);
}
