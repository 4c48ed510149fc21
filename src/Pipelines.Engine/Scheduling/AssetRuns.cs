using Microsoft.Extensions.Logging;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Assets;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>Creates the runs that updates of assets call for (airflow-semantics.md §17). Any number of schedulers may do so side by side.</summary>
public sealed class AssetRuns(Database database, DagVersions versions, ILogger<AssetRuns> log)
{
    /// <summary>
    /// Creates a run of each DAG whose condition holds, of those for which something has come since the last look. What is queued for a DAG with
    /// max_active_runs unfinished runs waits, and gathers meanwhile.
    /// </summary>
    public async Task CreateAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (var dagId in await database.InTransactionAsync(AssetQueueTable.ChangedDagsAsync, cancellation))
        {
            try
            {
                await database.InTransactionAsync(tx => CreateAsync(tx, dagId, now), cancellation);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // The other DAGs go on; the next tick looks again.
                var (trace, words) = DatabaseTrouble.ForLog(error);
                log.LogError(error is DagUnreadableException ? null : trace, "No run of DAG {DagId} can be created, which updates of assets call for: {Error}", dagId, words);
            }
        }
    }

    private async Task CreateAsync(Transaction tx, string dagId, DateTimeOffset now)
    {
        if (await DagTable.TryLockAsync(tx, dagId) is not { IsPaused: false, IsStale: false } stored) return;
        var dag = await versions.CurrentAsync(tx, stored);
        // Under the lock, since another scheduler may have had its turn. A DAG that is full is looked at again when it is not.
        if (await DagRunTable.IsFullAsync(tx, dag)) return;
        var queued = await AssetQueueTable.TakeAsync(tx, dagId);
        if (queued.Count == 0 || !await HoldsAsync(tx, dag, queued)) return;

        var runAfter = queued.Max(asset => asset.At);
        var id = await DagRunTable.AddAsync(tx, new NewDagRun
        {
            DagId = dagId,
            RunId = RunIds.AssetTriggered(runAfter, RunSuffix.New()),
            RunType = DagRunType.AssetTriggered,
            RunAfter = runAfter,
            TriggeredBy = RunTriggeredBy.Asset,
            DagVersionId = stored.CurrentVersionId!.Value,
            MaxActiveTasks = dag.MaxActiveTasks,
        }, now);
        await TaskInstanceTable.AddAsync(tx, id!.Value, dag.Tasks);
        await AssetEventTable.ConsumeAsync(tx, dagId, id.Value, runAfter);
        await tx.NotifyRunAsync(id.Value, dagId);
    }

    private static async Task<bool> HoldsAsync(Transaction tx, Dag dag, IReadOnlyList<QueuedAsset> queued)
    {
        if (dag.Assets is not { } condition) return false;
        var updated = queued.Select(asset => asset.Asset).ToHashSet();
        var stoodFor = condition.Aliases.Count == 0 ? null : await AssetEventTable.OfAliasesAsync(tx, dag.DagId);
        return condition.Holds(updated.Contains, alias => [.. stoodFor?[alias] ?? []]);
    }
}
