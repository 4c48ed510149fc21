using System.Globalization;
using System.Text.Json.Nodes;
using Pipelines.Storage.Assets;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>Updates of assets as templates and Python see them.</summary>
internal static class AssetEventJson
{
    /// <summary>In the same order.</summary>
    public static JsonArray Of(IReadOnlyList<AssetEvent> events) => new([.. events.Select(Of)]);

    /// <summary>Lists of events, the oldest first, by the URIs of their assets (Airflow's triggering_asset_events).</summary>
    public static JsonObject ByUri(IReadOnlyList<AssetEvent> events) => new(events.GroupBy(each => each.Asset)
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
