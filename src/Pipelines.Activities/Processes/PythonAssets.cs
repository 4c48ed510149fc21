using System.Globalization;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Assets;

namespace Pipelines.Activities.Processes;

/// <summary>What Python code asks and says of assets, see python_assets.py.</summary>
internal static class PythonAssets
{
    /// <summary>Which updates it asks for.</summary>
    /// <exception cref="TaskFailure">A moment that is none.</exception>
    public static AssetEventQuery Query(JsonObject message) => new(
        message["uri"] is { } uri ? new AssetKey(message["name"]!.GetValue<string>(), uri.GetValue<string>()) : null, message["alias"]?.GetValue<string>())
    {
        After = Moment(message["after"]),
        Before = Moment(message["before"]),
        IsAscending = message["ascending"]!.GetValue<bool>(),
        Limit = message["limit"]?.GetValue<int>(),
    };

    /// <summary>What it says of the assets that it has updated.</summary>
    /// <exception cref="TaskFailure">One is no asset (not retryable).</exception>
    public static IReadOnlyList<AssetUpdate> Updates(JsonArray updates) =>
        [.. updates.Select(update => new AssetUpdate(Asset(update!["asset"]!), update["extra"]!.DeepClone().AsObject(), update["alias"]?.GetValue<string>()))];

    private static Asset Asset(JsonNode node)
    {
        try
        {
            return AssetJson.Use(new JsonArray(node.DeepClone())).Assets[0];
        }
        catch (AssetException error)
        {
            throw new TaskFailure($"The code says that it updated what is no asset. {error.Message}", retryable: false, inner: error);
        }
    }

    private static DateTimeOffset? Moment(JsonNode? node) => node is null ? null
        : DateTimeOffset.TryParse(node.GetValue<string>(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment
        : throw new TaskFailure($"'{node}' is no moment. Write one in ISO 8601 such as 2026-01-31T00:00:00Z.", retryable: false);
}
