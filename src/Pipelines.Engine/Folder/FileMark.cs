namespace Pipelines.Engine.Folder;

/// <summary>By what a changed file is known without reading it. Who sets the time back to what it was and keeps the length is not noticed; nor would rsync.</summary>
/// <param name="Written">When it was written last, UTC.</param>
/// <param name="Length">In bytes; below 0: there is no file.</param>
internal readonly record struct FileMark(DateTime Written, long Length)
{
    /// <summary>There is no file.</summary>
    public static FileMark None { get; } = new(default, -1);

    /// <summary>There is a folder; what is in it has marks of its own.</summary>
    public static FileMark Folder { get; } = new(default, -2);

    /// <summary>Of the file that a path leads to.</summary>
    public static FileMark Of(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.LinkTarget is not null) file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
            if (file is not { Exists: true } && Directory.Exists(path)) return Folder;
            return file is { Exists: true } ? new FileMark(file.LastWriteTimeUtc, file.Length) : None;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It went meanwhile, or nobody may look: whoever reads it says so.
            return None;
        }
    }

    /// <summary>Somebody may still be writing it: nobody has left it alone for so long. By this machine's clock; a time far ahead of it says nothing.</summary>
    public bool IsYoung(TimeSpan quiet) => Length >= 0 && DateTime.UtcNow - Written is var age && age < quiet && age > -quiet;
}
