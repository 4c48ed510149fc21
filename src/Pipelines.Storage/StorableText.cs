using System.Text;

namespace Pipelines.Storage;

/// <summary>Texts from outside, such as what a program printed, for columns of type text.</summary>
public static class StorableText
{
    /// <summary>The text with U+FFFD for what PostgreSQL cannot hold: NUL, and halves of surrogate pairs.</summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().Contains('\0') && !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return text;
        var storable = new StringBuilder(text.Length);
        // A half of a pair comes as U+FFFD.
        foreach (var rune in text.EnumerateRunes()) storable.Append(rune.Value == 0 ? Rune.ReplacementChar.ToString() : rune.ToString());
        return storable.ToString();
    }
}
