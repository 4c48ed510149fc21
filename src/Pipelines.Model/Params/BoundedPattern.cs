using System.Text.Json;
using System.Text.RegularExpressions;
using Json.Schema;

namespace Pipelines.Model.Params;

/// <summary>
/// The word <c>pattern</c> with a time limit: some patterns take longer than anybody can wait for some texts, and both come from people. The
/// scheduler reads files with them, and whoever may trigger a run gives it texts.
/// </summary>
internal sealed class BoundedPattern : IKeywordHandler
{
    /// <summary>How the message begins that a pattern takes too long.</summary>
    public const string TooSlow = "cannot be held against the pattern ";

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    public string Name => "pattern";

    /// <exception cref="JsonSchemaException">It is no regular expression.</exception>
    public object? ValidateKeywordValue(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) throw new JsonSchemaException("'pattern' must be a text");
        try
        {
            return new Regex(value.GetString()!, RegexOptions.ECMAScript, Longest);
        }
        catch (ArgumentException error)
        {
            throw new JsonSchemaException($"'pattern' is no regular expression: {error.Message}");
        }
    }

    public void BuildSubschemas(KeywordData keyword, BuildContext context)
    {
    }

    public KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context)
    {
        if (context.Instance.ValueKind != JsonValueKind.String) return KeywordEvaluation.Ignore;
        var pattern = (Regex)keyword.Value!;
        try
        {
            return Answer(pattern.IsMatch(context.Instance.GetString()!) ? null : $"The string value is not a match for the regex {pattern}");
        }
        catch (RegexMatchTimeoutException)
        {
            return Answer($"{TooSlow}{pattern} within {Longest.TotalSeconds:0} second: write the pattern without repetitions inside of repetitions");
        }
    }

    private KeywordEvaluation Answer(string? error) => new() { Keyword = Name, IsValid = error is null, Error = error };
}
