using System.Text;

namespace Pipelines.Model.Activities;

/// <summary>Texts from outside and what PostgreSQL can hold of them.</summary>
public static class StorableText
{
    /// <summary>The text, such as what a program printed, with U+FFFD for what PostgreSQL cannot hold: NUL, and halves of surrogate pairs.</summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().Contains('\0') && !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return text;
        var storable = new StringBuilder(text.Length);
        // A half of a pair comes as U+FFFD.
        foreach (var rune in text.EnumerateRunes()) storable.Append(rune.Value == 0 ? Rune.ReplacementChar.ToString() : rune.ToString());
        return storable.ToString();
    }

    /// <summary>True when PostgreSQL holds the text as it is.</summary>
    public static bool Is(string text) => Of(text) == text;

    /// <summary>The text of a person, which is not changed behind their back.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="what">Where it stands, as the beginning of a sentence; it must repeat nothing secret.</param>
    /// <exception cref="UnstorableTextException">PostgreSQL cannot hold it.</exception>
    public static string Check(string text, string what) => Is(text) ? text : throw new UnstorableTextException(what);
}

/// <summary>A person gave a text that PostgreSQL cannot hold. The message is for them.</summary>
/// <param name="what">Where the text stands, as the beginning of a sentence.</param>
/// <param name="cause">What the database or its driver said.</param>
public sealed class UnstorableTextException(string what, Exception? cause = null) : Exception(
    $"{what} holds NUL (\\u0000) or half of a character (such as \\ud800 alone), which PostgreSQL cannot store; nothing was changed. Take it out, then try again.", cause);
