namespace Pipelines.Activities.Processes;

/// <summary>A directory for one attempt that only the worker's user can read; deleted with it.</summary>
internal sealed class AttemptDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pipelines-task-");

    public string Path => _directory.FullName;

    /// <summary>Writes a file.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _directory.Delete(recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What the script made may belong to somebody else. The temporary directory is cleaned by the system.
        }
    }
}
