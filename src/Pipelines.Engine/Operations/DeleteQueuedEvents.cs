using System.Globalization;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Assets;

namespace Pipelines.Engine.Operations;

/// <summary>Forgets updates of assets that DAGs have had no run for (airflow-semantics.md §17): the DAGs wait for new ones.</summary>
public sealed class DeleteQueuedEvents(Database database, TimeProvider time)
{
    /// <param name="dagId">Of this DAG; null: of all that wait for the asset.</param>
    /// <param name="nameOrUri">Of this asset; null: all that the DAG waits for.</param>
    /// <param name="before">Only those from before; null: all.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How many there were.</returns>
    /// <exception cref="OperationException">Neither is named, there is no such DAG or asset, or nothing is queued.</exception>
    public Task<int> ExecuteAsync(string? dagId, string? nameOrUri, DateTimeOffset? before, Actor actor, CancellationToken cancellation) =>
        ExecuteAsync(dagId, nameOrUri is null ? null : tx => Lookup.AssetAsync(tx, nameOrUri), before, actor, cancellation);

    /// <summary>As above, of a DAG and the asset of this key: names may be shared.</summary>
    public Task<int> ExecuteAsync(string dagId, long assetId, Actor actor, CancellationToken cancellation) => ExecuteAsync(dagId, tx => Lookup.AssetAsync(tx, assetId), null, actor, cancellation);

    private Task<int> ExecuteAsync(string? dagId, Func<Transaction, Task<StoredAsset>>? find, DateTimeOffset? before, Actor actor, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        if (dagId is null && find is null) throw new OperationException(RefusalKind.Invalid, "Name a DAG, an asset, or both: of all at once no queued events are deleted.");
        if (dagId is not null) await Lookup.DagAsync(tx, dagId);
        var asset = find is null ? null : await find(tx);
        var of = string.Join(" and ", new[] { dagId is null ? null : $"DAG '{dagId}'", asset is null ? null : $"asset '{asset.Asset.Name}'" }.OfType<string>());
        var count = await AssetQueueTable.DeleteAsync(tx, dagId, asset?.Id, before);
        if (count == 0) throw new OperationException(RefusalKind.NotFound, $"Nothing is queued of {of}. 'pipelines assets queued-events list' shows what is.");
        await EventLogTable.AddAsync(tx, new Event("delete_queued_events", actor.Name) { DagId = dagId, Extra = string.Create(CultureInfo.InvariantCulture, $"{of}: {count}") }, time.GetUtcNow());
        await tx.NotifyAsync(Topic.DagChanged, dagId ?? "");
        return count;
    }, cancellation);
}
