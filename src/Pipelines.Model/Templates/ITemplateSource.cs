namespace Pipelines.Model.Templates;

/// <summary>Where the template files of a DAG come from when it is read: the folder, or the version that took them along.</summary>
public interface ITemplateSource
{
    /// <summary>Looks for a file, first beside the DAG file.</summary>
    /// <param name="name">As <see cref="TemplateFileName.Key"/> writes it; <see cref="TemplateFileName.Fault"/> has nothing against it.</param>
    /// <param name="searchPath">Folders where it is looked for after the DAG file's own, relative to that.</param>
    FoundTemplate Find(string name, IReadOnlyList<string> searchPath);

    /// <summary>Why a folder of the search path is none, as the end of a sentence that begins with its name; null: it is one, or this source knows no folders.</summary>
    /// <param name="folder">Relative to the DAG file's own, as <see cref="TemplateFileName.Key"/> writes it.</param>
    string? FolderFault(string folder);
}

/// <summary>What became of a look for a template file.</summary>
/// <param name="Text">What it holds; null: it is not there, or cannot be had.</param>
/// <param name="Fault">Why not, as the end of a sentence that begins with its name; null: what names it is no file's name to this source.</param>
/// <param name="IsThere">There is something of this name.</param>
public readonly record struct FoundTemplate(string? Text, string? Fault, bool IsThere)
{
    /// <summary>The text.</summary>
    public static FoundTemplate Of(string text) => new(text, null, true);

    /// <summary>There is none.</summary>
    public static FoundTemplate Missing(string fault) => new(null, fault, false);

    /// <summary>There is one that cannot be taken.</summary>
    public static FoundTemplate Refused(string fault) => new(null, fault, true);
}

/// <summary>
/// The files that a DAG version took along. What it did not is the text that it was when the version was made: a version from before there were
/// template files stays as it was.
/// </summary>
/// <param name="texts">Texts by name.</param>
public sealed class StoredTemplates(IReadOnlyDictionary<string, string> texts) : ITemplateSource
{
    /// <inheritdoc/>
    public FoundTemplate Find(string name, IReadOnlyList<string> searchPath) => texts.TryGetValue(name, out var text) ? FoundTemplate.Of(text) : default;

    /// <inheritdoc/>
    public string? FolderFault(string folder) => null;
}
