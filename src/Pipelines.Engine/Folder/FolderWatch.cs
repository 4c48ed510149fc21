using Microsoft.Extensions.Logging;

namespace Pipelines.Engine.Folder;

/// <summary>
/// Rings when something has happened in the DAG folder and a moment has passed, so that a burst of saves is looked at once. It only makes a look
/// come sooner: network drives tell nothing, so the folder is looked at every now and then anyway.
/// </summary>
internal sealed class FolderWatch : IDisposable
{
    private const int MostLooks = 100;

    private readonly string _folder;
    private readonly TimeSpan _quiet;
    private readonly Bell _bell;
    private readonly ILogger _log;
    private readonly ITimer _soon;
    private string? _watched;
    private int _looks;
    private FileSystemWatcher? _watcher;
    private int _isRinging;
    private volatile bool _isBroken;

    /// <param name="folder">What is watched, with its subfolders.</param>
    /// <param name="quiet">The time from the first of several changes to the ring.</param>
    /// <param name="bell">What rings.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="log">Is told when the folder cannot be watched.</param>
    public FolderWatch(string folder, TimeSpan quiet, Bell bell, TimeProvider time, ILogger log)
    {
        (_folder, _quiet, _bell, _log) = (folder, quiet, bell, log);
        _soon = time.CreateTimer(_ => Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Makes sure that it watches the folder that is there now: one may be put in the place of another, as git-sync does. Call it before each look.</summary>
    public void Arm()
    {
        var present = Present();
        // A folder that was deleted and made again between two looks is another, which nothing tells.
        if (present == _watched && !_isBroken && ++_looks % MostLooks != 0) return;
        _watcher?.Dispose();
        (_watcher, _watched, _isBroken) = (null, present, false);
        if (present is not null) Watch(present);
    }

    /// <summary>Rings after a moment, once for all who ask until then.</summary>
    public void RingSoon()
    {
        if (Interlocked.Exchange(ref _isRinging, 1) == 0) _soon.Change(_quiet, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _watcher?.Dispose();
        _soon.Dispose();
    }

    private void Ring()
    {
        Interlocked.Exchange(ref _isRinging, 0);
        _bell.Ring();
    }

    private string? Present()
    {
        try
        {
            var path = RealPath.Of(_folder);
            return Directory.Exists(path) ? path : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Watch(string path)
    {
        try
        {
            _watcher = new FileSystemWatcher(path)
            {
                IncludeSubdirectories = true,
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.CreationTime,
            };
            _watcher.Changed += (_, change) => Heard(change.Name);
            _watcher.Created += (_, change) => Heard(change.Name);
            _watcher.Deleted += (_, change) => Heard(change.Name);
            _watcher.Renamed += (_, change) => Heard(change.Name);
            _watcher.Error += (_, error) => Lost(error.GetException());
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or PlatformNotSupportedException)
        {
            // Said once for each folder; every look would say it again otherwise.
            _log.LogWarning("The DAG folder {Folder} cannot be watched, so changes are seen at intervals only (PIPELINES_FOLDER_INTERVAL): {Error}", _folder, error.Message);
        }
    }

    // Hidden files are nobody's DAGs nor templates: git's own, an editor's, ours while we write. The exception is Kubernetes' "..data".
    private void Heard(string? name)
    {
        if (name?.Split('/', '\\').Any(part => part.StartsWith('.') && !part.StartsWith("..", StringComparison.Ordinal)) != true) RingSoon();
    }

    // More happened than it could take in, or the folder went: the next look sees all of it.
    private void Lost(Exception error)
    {
        _log.LogInformation("Not all changes of the DAG folder {Folder} were told; it is looked at as a whole: {Error}", _folder, error.Message);
        _isBroken = true;
        RingSoon();
    }
}
