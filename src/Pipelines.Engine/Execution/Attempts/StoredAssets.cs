using System.Text.Json.Nodes;
using Pipelines.Model.Assets;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Assets;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>The assets of a task and their updates, as an activity may read them.</summary>
internal sealed class StoredAssets(Assignment assignment, Database database, TimeProvider time) : IAssetReader
{
    public AssetUse Inlets => assignment.Task.Inlets;

    public AssetUse Outlets => assignment.Task.Outlets;

    public async Task<JsonArray> EventsAsync(AssetEventQuery query, CancellationToken cancellation) =>
        AssetEventJson.Of(await database.PatientlyAsync(tx => AssetEventTable.FindAsync(tx, query), time, cancellation));

    public async Task<JsonObject> TriggeringEventsAsync(CancellationToken cancellation) => assignment.Run.RunType != DagRunType.AssetTriggered ? []
        : AssetEventJson.ByUri(await database.PatientlyAsync(tx => AssetEventTable.OfRunAsync(tx, assignment.Run.Id), time, cancellation));
}
