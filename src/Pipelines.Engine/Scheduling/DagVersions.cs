using System.Collections.Concurrent;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Templates;
using Pipelines.Storage;
using Pipelines.Storage.Dags;

namespace Pipelines.Engine.Scheduling;

/// <summary>Compiles stored DAG versions.</summary>
public sealed class DagVersions(ActivityCatalog catalog)
{
    private const int MaxKept = 500;

    private readonly ConcurrentDictionary<long, Dag> _kept = new();

    /// <summary>The version of a run. Kept compiled: a version that a run uses no longer changes its meaning.</summary>
    /// <exception cref="DagUnreadableException">This program cannot compile it.</exception>
    public async Task<Dag> OfRunAsync(Transaction tx, DagRun run)
    {
        if (_kept.TryGetValue(run.DagVersionId, out var dag)) return dag;
        if (_kept.Count >= MaxKept) _kept.Clear();
        return _kept[run.DagVersionId] = await ReadAsync(tx, run.DagVersionId);
    }

    /// <summary>As <see cref="OfRunAsync"/>, without asking the database; null when this process has not compiled it yet.</summary>
    public Dag? Known(DagRun run) => _kept.GetValueOrDefault(run.DagVersionId);

    /// <summary>The version that new runs of a DAG use.</summary>
    /// <exception cref="DagUnreadableException">This program cannot compile it.</exception>
    public Task<Dag> CurrentAsync(Transaction tx, StoredDag stored) => ReadAsync(tx, stored.CurrentVersionId
        ?? throw new InvalidOperationException($"DAG '{stored.DagId}' was stored without a version."));

    private async Task<Dag> ReadAsync(Transaction tx, long versionId)
    {
        var version = await DagVersionTable.FindAsync(tx, versionId) ?? throw new InvalidOperationException($"There is no DAG version {versionId}.");
        var result = DagFile.Read(version.FileText, $"{version.DagId}.json", catalog, new StoredTemplates(version.Templates));
        return result.Dag ?? throw new DagUnreadableException(
            $"Version {version.VersionNumber} of DAG '{version.DagId}' cannot be read by this program: {string.Join("; ", result.Errors)}. "
            + "Install the activities it uses on every host, or change the file and clear the run.");
    }
}

/// <summary>A stored DAG version that this program cannot compile; the message is for the user.</summary>
public sealed class DagUnreadableException(string message) : Exception(message);
