using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Pipelines.Model.Activities;

/// <summary>
/// JSON from a person. A parser lets escapes such as <c>\ud800</c> pass that are no text, and fails with an error of our own making when
/// the member is read or written; so they are looked for first.
/// </summary>
public static class GivenJson
{
    // As deep as the deepest body that is read.
    private static readonly JsonReaderOptions Reading = new() { MaxDepth = 128 };

    /// <summary>As <see cref="JsonNode.Parse(string, JsonNodeOptions?, JsonDocumentOptions)"/>.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="UnstorableTextException">A text in it cannot be stored; the message repeats none.</exception>
    public static JsonNode? Parse(string json)
    {
        Check(Encoding.UTF8.GetBytes(StorableText.Check(json, "The JSON")));
        return JsonNode.Parse(json);
    }

    /// <summary>Looks for texts that cannot be stored.</summary>
    /// <param name="json">In UTF-8.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="UnstorableTextException">There is one; the message names the member that it is of, and repeats no value.</exception>
    public static void Check(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) throw new UnstorableTextException("The JSON (it is not UTF-8)");
        var reader = new Utf8JsonReader(json, Reading);
        string? member = null;
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.PropertyName or JsonTokenType.String)) continue;
            var isName = reader.TokenType == JsonTokenType.PropertyName;
            if (reader.ValueIsEscaped && !IsStorable(ref reader))
                throw new UnstorableTextException(isName ? "The name of a member of the JSON" : member is null ? "A text of the JSON" : $"The value of '{Excerpt.Of(member, 100)}' in the JSON");
            if (isName) member = reader.GetString();
        }
    }

    private static bool IsStorable(ref Utf8JsonReader reader)
    {
        try
        {
            return StorableText.Is(reader.GetString()!);
        }
        catch (InvalidOperationException)
        {
            // So it says that a half of a pair stands alone.
            return false;
        }
    }
}
