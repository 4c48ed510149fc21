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

    private readonly ConcurrentDictionary<long, Kept> _kept = new();

    /// <summary>The version of a run. Kept compiled: a version that a run uses no longer changes its meaning, unless a plugin changes.</summary>
    /// <exception cref="DagUnreadableException">This program cannot compile it.</exception>
    public async Task<Dag> OfRunAsync(Transaction tx, DagRun run)
    {
        var generation = catalog.Generation;
        var before = _kept.GetValueOrDefault(run.DagVersionId);
        if (before?.Generation == generation) return before.Dag;
        if (_kept.Count >= MaxKept) _kept.Clear();
        var dag = await ReadAgainAsync(tx, run.DagVersionId, before);
        _kept[run.DagVersionId] = new Kept(dag, generation);
        return dag;
    }

    /// <summary>As <see cref="OfRunAsync"/>, without asking the database; null when this process has not compiled it yet.</summary>
    public Dag? Known(DagRun run) => _kept.GetValueOrDefault(run.DagVersionId) is { } kept && kept.Generation == catalog.Generation ? kept.Dag : null;

    /// <summary>The version that new runs of a DAG use.</summary>
    /// <exception cref="DagUnreadableException">This program cannot compile it.</exception>
    public Task<Dag> CurrentAsync(Transaction tx, StoredDag stored) => ReadAsync(tx, stored.CurrentVersionId
        ?? throw new InvalidOperationException($"DAG '{stored.DagId}' was stored without a version."));

    /// <summary>When a plugin that it uses is gone its other tasks go on, and attempts that run can report their end; the plugin's tasks wait.</summary>
    private async Task<Dag> ReadAgainAsync(Transaction tx, long versionId, Kept? before)
    {
        try
        {
            return await ReadAsync(tx, versionId);
        }
        catch (DagUnreadableException) when (before is not null)
        {
            return before.Dag;
        }
    }

    private async Task<Dag> ReadAsync(Transaction tx, long versionId)
    {
        var version = await DagVersionTable.FindAsync(tx, versionId) ?? throw new InvalidOperationException($"There is no DAG version {versionId}.");
        var result = DagFile.Read(version.FileText, $"{version.DagId}.json", catalog, new StoredTemplates(version.Templates));
        return result.Dag ?? throw new DagUnreadableException(
            $"Version {version.VersionNumber} of DAG '{version.DagId}' cannot be read by this program: {string.Join("; ", result.Errors)}. "
            + "Install the activities it uses on every host, or change the file and clear the run.", mayPass: true);
    }

    /// <param name="Dag">As it was compiled.</param>
    /// <param name="Generation">Of the catalog that it was compiled with.</param>
    private sealed record Kept(Dag Dag, long Generation);
}

/// <summary>A stored DAG version that this program cannot compile; the message is for the user.</summary>
/// <param name="message">Why, and what to do.</param>
/// <param name="mayPass">See <see cref="MayPass"/>.</param>
public sealed class DagUnreadableException(string message, bool mayPass) : Exception(message)
{
    /// <summary>True: another program, or this one with a plugin that it lacks, may read it.</summary>
    public bool MayPass => mayPass;
}
