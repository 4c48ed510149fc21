using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Branching;

/// <summary>A condition as its template or JavaScript rendered it: a text that stands for a value of Python or JavaScript.</summary>
/// <param name="text">The text; may be empty, which is false.</param>
internal sealed class Condition(string text)
{
    public const string Input = "condition";

    private static readonly HashSet<string> Empty = new(["", "false", "none", "null", "[]", "{}", "()", "set()"], StringComparer.OrdinalIgnoreCase);

    private readonly string _text = text.Trim();

    /// <summary>As Python judges the value: false are False, None, zero, and an empty text, list or dict; everything else is true.</summary>
    public bool IsTrue => !Empty.Contains(_text) && !(double.TryParse(_text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number == 0);

    /// <summary>The value as XCom keeps it; null for None.</summary>
    public JsonNode? Value =>
        bool.TryParse(_text, out var flag) ? flag
        : _text is "" or "None" or "null" ? null
        : TryJson() is { } json && json.GetValueKind() != JsonValueKind.String ? json
        : _text;

    /// <summary>Null when the input is not set.</summary>
    public static Condition? Of(RenderedInputs inputs) => inputs.Values.GetValueOrDefault(Input) is { } text ? new Condition(text) : null;

    /// <summary>For the log.</summary>
    public override string ToString() => $"The condition is '{Excerpt.Of(_text, 200)}', which counts as {(IsTrue ? "true" : "false")}";

    private JsonNode? TryJson()
    {
        try
        {
            return JsonNode.Parse(_text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
