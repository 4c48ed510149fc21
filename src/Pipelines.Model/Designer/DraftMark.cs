using System.Globalization;
using System.Text.Json.Nodes;

namespace Pipelines.Model.Designer;

/// <summary>
/// Travels with a definition to Studio and back, among its custom properties, and tells what a person's canvas began from. Studio has no
/// other way to say it. Files never hold it.
/// </summary>
/// <param name="BaseHash">SHA-256 of the file's text that the canvas began from; null: there was no file.</param>
/// <param name="Revision">The draft's revision that the canvas shows; 0: there was no draft.</param>
public sealed record DraftMark(string? BaseHash, long Revision)
{
    private const string Member = "pipelinesDraft";

    /// <summary>As it travels.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{BaseHash}:{Revision}");

    /// <summary>The mark of a definition that Studio sent; null when it has none, as an imported file.</summary>
    public static DraftMark? Of(JsonObject definition)
    {
        if (definition["customProperties"] is not JsonObject custom || custom.Text(Member) is not { } text) return null;
        var parts = text.Split(':');
        return parts.Length == 2 && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? new DraftMark(parts[0].Length == 64 ? parts[0] : null, revision)
            : null;
    }

    /// <summary>Puts the mark on a definition.</summary>
    public void PutOn(JsonObject definition)
    {
        if (definition["customProperties"] is not JsonObject custom) definition["customProperties"] = custom = [];
        custom[Member] = Text;
    }

    /// <summary>Takes the mark off a definition that begins a DAG of its own, e.g. a duplicate.</summary>
    public static void TakeOff(JsonObject definition)
    {
        if (definition["customProperties"] is JsonObject custom) Remove(custom);
    }

    internal static void Remove(JsonObject customProperties) => customProperties.Remove(Member);
}
