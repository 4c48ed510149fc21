using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Folder;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Storage;
using Pipelines.Storage.Dags;

namespace Pipelines.Engine.Scheduling;

/// <summary>Brings the stored DAGs in line with the files of the DAG folder; one scheduler at a time. What has not changed is not read again.</summary>
public sealed class DagFolder(Database database, ActivityCatalog catalog, EngineSettings settings, ILogger<DagFolder> log)
{
    private const string Examples = "examples";

    // What this process has stored last, by file; null: it has not looked yet.
    private Dictionary<string, StoredFile>? _stored;
    private long _generation;

    // Their files were gone at the last look: an editor that replaces a file leaves it away for a moment.
    private HashSet<string> _missing = [];

    /// <summary>Stores new and changed DAGs and all errors of files that cannot be read; DAGs without a file become stale.</summary>
    /// <returns>False: somebody may still be writing a file, so that it had better be looked at again soon.</returns>
    public async Task<bool> SyncAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        if (!Directory.Exists(settings.WorkflowsFolder))
        {
            log.LogWarning("The DAG folder {Folder} does not exist: stored DAGs stay as they are. Create it, or name another by PIPELINES_WORKFLOWS or 'standalone --workflows'.", settings.WorkflowsFolder);
            return true;
        }

        await using var tx = await database.BeginAsync(cancellation);
        if (!await DagTable.TryLockFolderAsync(tx)) return true;
        var generation = catalog.Generation;
        var look = new FolderLook(settings.WorkflowsFolder, Files(), _stored, settings.FolderQuiet, await DagTable.StoredFilesAsync(tx), readsAll: generation != _generation);
        foreach (var file in look.Changed) await SyncFileAsync(tx, file, look, now, cancellation);
        var missing = look.Gone.ToHashSet(StringComparer.Ordinal);
        var waiting = _stored is null || settings.FolderQuiet == TimeSpan.Zero ? [] : missing.Except(_missing).ToList();
        await ForgetAsync(tx, look, waiting);
        var stored = look.Stored(look.Changed.Count == 0 ? null : await DagTable.StoredFilesAsync(tx));
        await tx.CommitAsync();
        (_stored, _missing, _generation) = (stored, missing, generation);
        return waiting.Count == 0 && !look.HasYoung;
    }

    private async Task ForgetAsync(Transaction tx, FolderLook look, List<string> waiting)
    {
        if (look.Gone.Count > waiting.Count)
        {
            foreach (var dagId in await DagTable.SetStaleAsync(tx, [.. look.Files, .. waiting]))
            {
                log.LogInformation("DAG {DagId} is stale: its file is gone", dagId);
                await tx.NotifyAsync(Topic.DagChanged, dagId);
            }
        }
        if (look.HasOtherFiles) await ImportErrorTable.DeleteGoneAsync(tx, look.Files);
    }

    /// <summary>Paths relative to the folder, with '/'.</summary>
    private List<string> Files()
    {
        var top = Directory.EnumerateFiles(settings.WorkflowsFolder, "*.json").Select(path => Path.GetFileName(path)).Where(IsShown);
        var examples = Path.Combine(settings.WorkflowsFolder, Examples);
        var others = settings.LoadExamples && Directory.Exists(examples)
            ? Directory.EnumerateFiles(examples, "*.json").Select(path => Path.GetFileName(path)).Where(IsShown).Select(name => $"{Examples}/{name}")
            : [];
        return [.. top.Order(StringComparer.Ordinal), .. others.Order(StringComparer.Ordinal)];
    }

    // What is hidden is an editor's or a system's own.
    private static bool IsShown(string name) => !name.StartsWith('.');

    private async Task SyncFileAsync(Transaction tx, string file, FolderLook look, DateTimeOffset now, CancellationToken cancellation)
    {
        try
        {
            var templates = new TemplateFolder(settings.WorkflowsFolder, file);
            var text = await File.ReadAllTextAsync(Path.Combine(settings.WorkflowsFolder, file), cancellation);
            var result = DagFile.Read(text, file, catalog, templates);
            if (!look.IsSettled(file, templates)) return;
            var meaning = result.Hash is { } hash ? $"{hash} {Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}" : null;
            if (!look.IsStored(file, meaning)) await tx.UndoingAsync(() => StoreAsync(tx, result, file, text, now));
            look.Keep(file, templates, meaning);
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
    }

    private async Task<bool> StoreAsync(Transaction tx, DagFileResult result, string file, string text, DateTimeOffset now)
    {
        await ReportAsync(tx, file, result.Dag is { } dag ? await StoreAsync(tx, dag, result, file, text, now) : result.Errors, now);
        return true;
    }

    private async Task ReportAsync(Transaction tx, string file, IReadOnlyList<DagFileError> errors, DateTimeOffset now)
    {
        foreach (var error in errors) log.LogError("DAG file {Error}", error);
        await ImportErrorTable.ReplaceAsync(tx, file, errors, now);
        if (errors.Count > 0) await tx.NotifyAsync(Topic.DagChanged, Path.GetFileNameWithoutExtension(file));
    }

    private static DagFileError Whole(string file, string message) => new(file, "$", 1, null, message);

    private static async Task<IReadOnlyList<DagFileError>> StoreAsync(Transaction tx, Dag dag, DagFileResult read, string file, string text, DateTimeOffset now)
    {
        var before = await DagTable.LockAsync(tx, dag.DagId);
        if (before is { IsStale: false } && before.FileName != file && file.StartsWith(Examples, StringComparison.Ordinal))
            return [Whole(file, $"DAG '{dag.DagId}' is in {before.FileName} already. Rename one of the two files.")];
        await DagRegistry.StoreAsync(tx, before, new DagFileContent(dag, read.Hash!, file, text) { Warnings = [.. read.Warnings.Select(warning => warning.ToString())] }, publishedBy: null, now);
        return [];
    }
}
