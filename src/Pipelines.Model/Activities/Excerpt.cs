namespace Pipelines.Model.Activities;

/// <summary>The beginning of a text for a place that has room for no more, such as a message or a list.</summary>
public static class Excerpt
{
    /// <summary>The text, or as much of its beginning as fits, with an ellipsis. A character of two UTF-16 units is kept whole or left out.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="longest">Length of the longest excerpt in UTF-16 units, the ellipsis included; at least 1.</param>
    public static string Of(string text, int longest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, 1);
        if (text.Length <= longest) return text;
        var kept = longest - 1;
        if (kept > 0 && char.IsHighSurrogate(text[kept - 1]) && char.IsLowSurrogate(text[kept])) kept--;
        return string.Concat(text.AsSpan(0, kept), "…");
    }
}
