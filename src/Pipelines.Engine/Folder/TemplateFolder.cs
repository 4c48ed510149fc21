using System.Text;
using Pipelines.Model.Templates;

namespace Pipelines.Engine.Folder;

/// <summary>The template files beside a DAG file and in its search path. Nothing outside of the DAG folder is read, not by a link either.</summary>
/// <param name="root">The DAG folder.</param>
/// <param name="dagFile">The DAG file, relative to it.</param>
public sealed class TemplateFolder(string root, string dagFile) : ITemplateSource
{
    private const int LongestFile = 1024 * 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Dictionary<string, FileMark> _marks = new(StringComparer.Ordinal);

    /// <summary>The paths that were looked at, as they were before they were read; those too where nothing was: a change there may change the DAG.</summary>
    internal IReadOnlyDictionary<string, FileMark> Marks => _marks;

    /// <inheritdoc/>
    public FoundTemplate Find(string name, IReadOnlyList<string> searchPath)
    {
        var beside = Path.GetDirectoryName(dagFile) ?? "";
        var places = searchPath.Prepend("").Select(folder => Path.Combine(root, beside, folder, name)).Distinct(StringComparer.Ordinal).ToList();
        foreach (var path in places)
        {
            _marks[path] = FileMark.Of(path);
            if (File.Exists(path)) return Read(path);
        }
        return FoundTemplate.Missing(Directory.Exists(places[0])
            ? $"is a folder ({places[0]}). Name a file."
            : $"is not there: looked for {string.Join(" and ", places)}. Put it there, or correct the name.");
    }

    /// <inheritdoc/>
    public string? FolderFault(string folder)
    {
        var path = Path.Combine(root, Path.GetDirectoryName(dagFile) ?? "", folder);
        _marks[path] = FileMark.Of(path);
        return Directory.Exists(path) ? null : File.Exists(path) ? $"is a file ({path}). Name the folder that it is in." : $"is not there: looked for {path}. Make it, or correct the name.";
    }

    private FoundTemplate Read(string path)
    {
        try
        {
            if (!RealPath.IsIn(path, root)) return FoundTemplate.Refused($"is a link that leads out of the DAG folder: {path}. Put the file itself into the folder.");
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[LongestFile + 1];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > LongestFile) return FoundTemplate.Refused($"is longer than {LongestFile >> 20} MB: {path}. Split it, or keep what is no template elsewhere.");
            var text = Strict.GetString(bytes, 0, length).TrimStart('\uFEFF');
            return text.Contains('\0') ? FoundTemplate.Refused($"holds a NUL character: {path}. Save it as text in UTF-8.") : FoundTemplate.Of(text);
        }
        catch (DecoderFallbackException)
        {
            return FoundTemplate.Refused($"is not UTF-8: {path}. Save it in that encoding.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return FoundTemplate.Refused($"cannot be read: {error.Message}");
        }
    }
}
