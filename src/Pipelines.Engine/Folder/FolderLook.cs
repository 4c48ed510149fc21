namespace Pipelines.Engine.Folder;

/// <summary>A DAG file as this process has stored it last.</summary>
/// <param name="Marks">Of the file and of its template files, those that were not there too.</param>
/// <param name="Version">What the database had of it afterwards; null: nothing, for the file has errors.</param>
/// <param name="Meaning">Of the file's text and of what it came to; null: it has errors.</param>
internal sealed record StoredFile(IReadOnlyDictionary<string, FileMark> Marks, string? Version, string? Meaning);

/// <summary>One look at the DAG folder: what of it is to be read again.</summary>
internal sealed class FolderLook
{
    private readonly string _folder;
    private readonly IReadOnlyDictionary<string, StoredFile> _before;
    private readonly IReadOnlyDictionary<string, string> _versions;
    private readonly Dictionary<string, StoredFile> _kept = new(StringComparer.Ordinal);
    private readonly List<string> _changed = [];
    private readonly Dictionary<string, FileMark> _marks = new(StringComparer.Ordinal);
    private readonly TimeSpan _quiet;
    private readonly bool _readsAll;

    /// <param name="folder">The DAG folder.</param>
    /// <param name="files">The DAG files that are there, relative to it.</param>
    /// <param name="before">What was stored last, by file; null: this is the first look, which waits for nothing.</param>
    /// <param name="quiet">How long a file must have been left alone.</param>
    /// <param name="versions">What the database has, by file.</param>
    /// <param name="readsAll">The same text may mean something else now, with other plugins.</param>
    public FolderLook(
        string folder, IReadOnlyList<string> files, IReadOnlyDictionary<string, StoredFile>? before, TimeSpan quiet, IReadOnlyDictionary<string, string> versions, bool readsAll = false)
    {
        _readsAll = readsAll;
        (_folder, Files, _before, _versions) = (folder, files, before ?? new Dictionary<string, StoredFile>(), versions);
        _quiet = before is null ? TimeSpan.Zero : quiet;
        foreach (var file in files) Sort(file);
        Gone = [.. versions.Keys.Except(files, StringComparer.Ordinal)];
        HasOtherFiles = before is null || before.Count != files.Count || !files.All(before.ContainsKey);
    }

    /// <summary>The DAG files that are there.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Those to read.</summary>
    public IReadOnlyList<string> Changed => _changed;

    /// <summary>Files of stored DAGs that are not there.</summary>
    public IReadOnlyList<string> Gone { get; }

    /// <summary>There is a file that somebody may still be writing: it is left for the next look.</summary>
    public bool HasYoung { get; private set; }

    /// <summary>Other files are there than at the last look, or some could not be stored then.</summary>
    public bool HasOtherFiles { get; }

    /// <summary>A file was read; it is to be stored if nobody may still be writing its template files.</summary>
    public bool IsSettled(string file, TemplateFolder templates)
    {
        if (!templates.Marks.Values.Any(mark => mark.IsYoung(_quiet))) return true;
        Leave(_before.GetValueOrDefault(file), file);
        return false;
    }

    /// <summary>It was only read again, and is what it was.</summary>
    public bool IsStored(string file, string? meaning) =>
        _readsAll && meaning is not null && _before.GetValueOrDefault(file) is { } known && known.Meaning == meaning && known.Version == _versions.GetValueOrDefault(file);

    /// <summary>A file was stored, or its errors were.</summary>
    public void Keep(string file, TemplateFolder templates, string? meaning) =>
        _kept[file] = new StoredFile(templates.Marks.Append(new(PathOf(file), MarkOf(PathOf(file)))).ToDictionary(StringComparer.Ordinal), null, meaning);

    /// <summary>What is to be compared with at the next look.</summary>
    /// <param name="versions">What the database has now; null: nothing was read.</param>
    public Dictionary<string, StoredFile> Stored(IReadOnlyDictionary<string, string>? versions)
    {
        foreach (var file in versions is null ? [] : _changed.Where(file => _kept.ContainsKey(file) && _kept[file] != _before.GetValueOrDefault(file)))
            _kept[file] = _kept[file] with { Version = versions!.GetValueOrDefault(file) };
        return _kept;
    }

    private void Sort(string file)
    {
        var known = _before.GetValueOrDefault(file);
        var paths = known?.Marks.Keys ?? [PathOf(file)];
        if (!_readsAll && known is not null && known.Version == _versions.GetValueOrDefault(file) && paths.All(path => known.Marks[path] == MarkOf(path))) _kept[file] = known;
        else if (paths.Any(path => MarkOf(path).IsYoung(_quiet))) Leave(known, file);
        else _changed.Add(file);
    }

    private void Leave(StoredFile? known, string file)
    {
        HasYoung = true;
        if (known is not null) _kept[file] = known;
    }

    // A file that many DAGs use is looked at once.
    private FileMark MarkOf(string path)
    {
        if (!_marks.TryGetValue(path, out var mark)) _marks[path] = mark = FileMark.Of(path);
        return mark;
    }

    private string PathOf(string file) => Path.Combine(_folder, file);
}
