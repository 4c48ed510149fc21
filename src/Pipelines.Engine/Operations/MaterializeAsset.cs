using Pipelines.Storage;
using Pipelines.Storage.Assets;

namespace Pipelines.Engine.Operations;

/// <summary>Has the DAG run that updates an asset (airflow-semantics.md §17).</summary>
public sealed class MaterializeAsset(Database database, TriggerDagRun trigger)
{
    /// <param name="nameOrUri">Which asset.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="OperationException">There is no such asset, no DAG updates it, or several do.</exception>
    public Task<TriggeredRun> ExecuteAsync(string nameOrUri, Actor actor, CancellationToken cancellation) => ExecuteAsync(tx => Lookup.AssetAsync(tx, nameOrUri), actor, cancellation);

    /// <summary>As above, of the asset of this key: names may be shared.</summary>
    public Task<TriggeredRun> ExecuteAsync(long assetId, Actor actor, CancellationToken cancellation) => ExecuteAsync(tx => Lookup.AssetAsync(tx, assetId), actor, cancellation);

    private async Task<TriggeredRun> ExecuteAsync(Func<Transaction, Task<StoredAsset>> find, Actor actor, CancellationToken cancellation)
    {
        var stored = await database.InTransactionAsync(find, cancellation);
        string[] dagIds = [.. stored.Producers.Select(producer => producer.DagId).Distinct(StringComparer.Ordinal)];
        return dagIds switch
        {
            [] => throw new OperationException(RefusalKind.NotFound, $"No DAG updates asset '{stored.Asset.Name}', so none can make it anew. Name it in the 'outlets' of the task that does."),
            [var one] => await trigger.ExecuteAsync(new TriggerRequest(one) { IsMaterialization = true }, actor, cancellation),
            _ => throw new OperationException(RefusalKind.Conflict,
                $"Asset '{stored.Asset.Name}' is updated by several DAGs: {string.Join(", ", dagIds)}. Trigger the one that you want with 'pipelines dags trigger'."),
        };
    }
}
