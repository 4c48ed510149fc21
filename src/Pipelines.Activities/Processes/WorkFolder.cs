using Pipelines.Model.Activities;

namespace Pipelines.Activities.Processes;

/// <summary>Where a task's program runs: the folder that its input names, or a private one that is gone afterwards, as in Airflow.</summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly bool _isOwn;

    private WorkFolder(string path, bool isOwn) => (Path, _isOwn) = (path, isOwn);

    public string Path { get; }

    /// <exception cref="TaskFailure">The named folder is not there (retryable: another worker may have it).</exception>
    public static WorkFolder Open(string? named)
    {
        if (named is null) return new WorkFolder(Directory.CreateTempSubdirectory("pipelines-task-").FullName, isOwn: true);
        if (File.Exists(named)) throw new TaskFailure($"Input 'cwd' names {named}, which is a file. Name a folder.", retryable: false);
        return Directory.Exists(named) ? new WorkFolder(named, isOwn: false)
            : throw new TaskFailure($"Input 'cwd' names {named}, which worker {Environment.MachineName} does not have or may not see. Make the folder there, or leave 'cwd' empty to run in a temporary one.");
    }

    public void Dispose()
    {
        if (!_isOwn) return;
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What a program left running still writes there. The temporary folder is the system's to clean.
        }
    }
}
