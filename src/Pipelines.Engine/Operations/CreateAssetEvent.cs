using System.Text.Json.Nodes;
using Pipelines.Model.Connections;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Assets;

namespace Pipelines.Engine.Operations;

/// <summary>Says that an asset was updated by something outside (airflow-semantics.md §17), so that DAGs which wait for it run.</summary>
public sealed class CreateAssetEvent(Database database, TimeProvider time)
{
    /// <param name="nameOrUri">Which asset.</param>
    /// <param name="extra">What is to be said of this update.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The asset.</returns>
    /// <exception cref="OperationException">There is no such asset.</exception>
    public Task<StoredAsset> ExecuteAsync(string nameOrUri, JsonObject extra, Actor actor, CancellationToken cancellation) =>
        ExecuteAsync(tx => Lookup.AssetAsync(tx, nameOrUri), extra, actor, cancellation);

    /// <summary>As above, of the asset of this key: names may be shared.</summary>
    public Task<StoredAsset> ExecuteAsync(long assetId, JsonObject extra, Actor actor, CancellationToken cancellation) =>
        ExecuteAsync(tx => Lookup.AssetAsync(tx, assetId), extra, actor, cancellation);

    private Task<StoredAsset> ExecuteAsync(Func<Transaction, Task<StoredAsset>> find, JsonObject extra, Actor actor, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var now = time.GetUtcNow();
        var stored = await find(tx);
        await EventLogTable.AddAsync(tx, new Event("create_asset_event", actor.Name) { Extra = $"{stored.Asset.Name}: {SecretMask.Redact(extra).ToJsonString()}" }, now);
        await tx.NotifyAsync(Topic.SchedulerWork, "");
        await tx.NotifyAsync(Topic.DagChanged, "");
        await AssetEventTable.AddAsync(tx, [new NewAssetEvent(stored.Asset, extra, Source: null)], now);
        return stored;
    }, cancellation);
}
