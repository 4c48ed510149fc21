using System.Globalization;
using System.Text.Json.Nodes;
using Pipelines.Storage.Assets;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>The updates of assets that a run is about, as templates see them (Airflow's triggering_asset_events).</summary>
internal static class TriggeringEvents
{
    /// <summary>Lists of events, the oldest first, by the URIs of their assets.</summary>
    public static JsonObject Of(IReadOnlyList<AssetEvent> events) => new(events.GroupBy(each => each.Asset)
        .Select(asset => KeyValuePair.Create(asset.Key.Uri, (JsonNode?)new JsonArray([.. asset.Select(Of)]))));

    private static JsonObject Of(AssetEvent each) => new()
    {
        ["asset"] = new JsonObject { ["name"] = each.Asset.Name, ["uri"] = each.Asset.Uri },
        ["extra"] = each.Extra.DeepClone(),
        ["timestamp"] = each.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'", CultureInfo.InvariantCulture),
        ["source_dag_id"] = each.Source?.DagId,
        ["source_run_id"] = each.Source?.RunId,
        ["source_task_id"] = each.Source?.TaskId,
        ["source_map_index"] = each.Source?.MapIndex,
    };
}
