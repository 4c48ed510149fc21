using System.Data.Common;
using Microsoft.Extensions.Logging;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Storage;
using Pipelines.Storage.Dags;

namespace Pipelines.Engine.Scheduling;

/// <summary>Brings the stored DAGs in line with the files of the DAG folder; one scheduler at a time.</summary>
public sealed class DagFolder(Database database, ActivityCatalog catalog, EngineSettings settings, ILogger<DagFolder> log)
{
    private const string Examples = "examples";

    // What this process has stored last, by file: an unchanged file is not read into a DAG again.
    private Dictionary<string, string> _stored = new(StringComparer.Ordinal);
    private long _generation;

    /// <summary>Stores new and changed DAGs and all errors of files that cannot be read; DAGs without a file become stale.</summary>
    public async Task SyncAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        if (!Directory.Exists(settings.WorkflowsFolder))
        {
            log.LogWarning("The DAG folder {Folder} does not exist: stored DAGs stay as they are. Create it, or name another by PIPELINES_WORKFLOWS or 'standalone --workflows'.", settings.WorkflowsFolder);
            return;
        }

        await using var tx = await database.BeginAsync(cancellation);
        if (!await DagTable.TryLockFolderAsync(tx)) return;
        var generation = catalog.Generation;
        // The same text may mean something else with other plugins, or nothing.
        if (generation != _generation) _stored.Clear();
        var files = Files();
        var stored = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            if (await SyncFileAsync(tx, file, now, cancellation) is { } text) stored[file] = text;
        }
        await ImportErrorTable.DeleteGoneAsync(tx, files);
        foreach (var dagId in await DagTable.SetStaleAsync(tx, files))
        {
            log.LogInformation("DAG {DagId} is stale: its file is gone", dagId);
            await tx.NotifyAsync(Topic.DagChanged, dagId);
        }
        await tx.CommitAsync();
        (_stored, _generation) = (stored, generation);
    }

    /// <summary>Paths relative to the folder, with '/'.</summary>
    private List<string> Files()
    {
        var top = Directory.EnumerateFiles(settings.WorkflowsFolder, "*.json").Select(path => Path.GetFileName(path));
        var examples = Path.Combine(settings.WorkflowsFolder, Examples);
        var others = settings.LoadExamples && Directory.Exists(examples)
            ? Directory.EnumerateFiles(examples, "*.json").Select(path => $"{Examples}/{Path.GetFileName(path)}")
            : [];
        return [.. top.Order(StringComparer.Ordinal), .. others.Order(StringComparer.Ordinal)];
    }

    /// <returns>The text as it is stored now; null when there is none.</returns>
    private async Task<string?> SyncFileAsync(Transaction tx, string file, DateTimeOffset now, CancellationToken cancellation)
    {
        try
        {
            var text = await File.ReadAllTextAsync(Path.Combine(settings.WorkflowsFolder, file), cancellation);
            if (_stored.GetValueOrDefault(file) != text) await tx.UndoingAsync(() => ReadAsync(tx, file, text, now));
            return text;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            await ReportAsync(tx, file, [Whole(file, $"The file cannot be read: {error.Message}")], now);
        }
        catch (DbException error) when (DatabaseTrouble.IsLock(error))
        {
            // The connection is well and what the file did is undone: the others go on, this one has its turn at the next look.
            log.LogWarning("DAG file {File} is stored later: {Error}", file, DatabaseTrouble.Of(error));
        }
        catch (Exception error) when (error is not OperationCanceledException and not DbException { IsTransient: true })
        {
            log.LogError(error, "DAG file {File} cannot be stored", file);
            await ReportAsync(tx, file, [Whole(file, $"The DAG cannot be stored: {error.Message} The scheduler's log says more.")], now);
        }
        return null;
    }

    private async Task<bool> ReadAsync(Transaction tx, string file, string text, DateTimeOffset now)
    {
        var result = DagFile.Read(text, file, catalog);
        await ReportAsync(tx, file, result.Dag is { } dag ? await StoreAsync(tx, dag, result.Hash!, file, text, now) : result.Errors, now);
        return true;
    }

    private async Task ReportAsync(Transaction tx, string file, IReadOnlyList<DagFileError> errors, DateTimeOffset now)
    {
        foreach (var error in errors) log.LogError("DAG file {Error}", error);
        await ImportErrorTable.ReplaceAsync(tx, file, errors, now);
        if (errors.Count > 0) await tx.NotifyAsync(Topic.DagChanged, Path.GetFileNameWithoutExtension(file));
    }

    private static DagFileError Whole(string file, string message) => new(file, "$", 1, null, message);

    private static async Task<IReadOnlyList<DagFileError>> StoreAsync(Transaction tx, Dag dag, string hash, string file, string text, DateTimeOffset now)
    {
        var before = await DagTable.LockAsync(tx, dag.DagId);
        if (before is { IsStale: false } && before.FileName != file && file.StartsWith(Examples, StringComparison.Ordinal))
            return [Whole(file, $"DAG '{dag.DagId}' is in {before.FileName} already. Rename one of the two files.")];
        await DagRegistry.StoreAsync(tx, before, new DagFileContent(dag, hash, file, text), publishedBy: null, now);
        return [];
    }
}
