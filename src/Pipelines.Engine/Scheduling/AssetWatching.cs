using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Execution.Attempts;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Assets;

namespace Pipelines.Engine.Scheduling;

/// <summary>
/// Looks for what watchers of assets wait for (airflow-semantics.md §17), and updates their assets when it has come or is another than before. All it
/// knows is in the database, so any number of schedulers may do so side by side.
/// </summary>
public sealed class AssetWatching(Database database, ActivityCatalog catalog, DagVersions versions, TimeProvider time, ILogger<AssetWatching> log, OuterSecrets? outer = null)
{
    /// <summary>Looks at a time.</summary>
    private const int Capacity = 100;
    private const int LongestError = 2000;

    // Another scheduler takes up what one that died had taken.
    private static readonly TimeSpan Taken = 2 * Triggerer.Longest;

    /// <summary>Takes what is due and looks.</summary>
    public async Task TickAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var due = await database.InTransactionAsync(tx => AssetWatcherTable.TakeAsync(tx, Capacity, now, now + Taken), cancellation);
        await Task.WhenAll(due.Select(watcher => TryAsync(watcher, cancellation)));
    }

    private async Task TryAsync(DueWatcher watcher, CancellationToken cancellation)
    {
        try
        {
            var (payload, error) = await LookAsync(watcher, cancellation);
            await database.InTransactionAsync(tx => StoreAsync(tx, watcher, payload, error), CancellationToken.None);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            // It is taken up again when its time is over; the others go on.
            var (trace, words) = DatabaseTrouble.ForLog(error);
            log.LogError(trace, "What watcher {Watcher} of DAG {DagId} saw could not be stored: {Error}", watcher.Name, watcher.DagId, words);
        }
    }

    private async Task<(JsonObject? Payload, string? Error)> LookAsync(DueWatcher watcher, CancellationToken cancellation)
    {
        var secrets = new SeenSecrets(outer);
        using var timeout = new CancellationTokenSource(Triggerer.Longest, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            var activity = catalog.Activity(watcher.Activity) as IDeferrable
                ?? throw new TaskFailure($"This scheduler knows no activity '{watcher.Activity}' that can look. Start schedulers of the version that the DAG was written for.");
            var context = new WatcherContext(new TaskInstanceKey(watcher.DagId, "watcher", watcher.Name, -1), Inputs(activity.Descriptor, watcher), database, versions, time, secrets, log);
            // On the pool, because an activity may block before its first await; and waited for no longer than it may take.
            var look = await Task.Run(() => activity.LookAsync(context, [], stop.Token), CancellationToken.None).WaitAsync(stop.Token);
            return (look is TriggerLook.Fired fired ? fired.Payload as JsonObject ?? new JsonObject { [Sensor.ValueKey] = fired.Payload?.DeepClone() } : null, null);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            var words = error is OperationCanceledException ? "The look took too long." : error is TaskFailure ? error.Message : $"{error.GetType().Name}: {error.Message}";
            return (null, Excerpt.Of(StorableText.Of(secrets.Apply(words)), LongestError));
        }
    }

    private async Task StoreAsync(Transaction tx, DueWatcher watcher, JsonObject? payload, string? error)
    {
        var now = time.GetUtcNow();
        // After a look that failed it is not known what is there: what was seen before counts still.
        var seen = payload is not null ? Hash(payload) : error is null ? null : watcher.Seen;
        if (error is not null) log.LogWarning("Watcher {Watcher} of DAG {DagId} could not look: {Error}", watcher.Name, watcher.DagId, error);
        if (!await AssetWatcherTable.LookedAsync(tx, watcher, seen, error, now) || payload is null || seen == watcher.Seen) return;
        var asset = (await AssetTable.FindAsync(tx, watcher.AssetId))!.Asset;
        await tx.NotifyAsync(Topic.SchedulerWork, watcher.DagId);
        await tx.NotifyAsync(Topic.DagChanged, "");
        var extra = new JsonObject { ["from_trigger"] = true, ["watcher"] = watcher.Name, ["payload"] = payload[Sensor.ValueKey]?.DeepClone() };
        await AssetEventTable.AddAsync(tx, [new NewAssetEvent(asset, extra, Source: null)], now);
    }

    private static RenderedInputs Inputs(ActivityDescriptor descriptor, DueWatcher watcher)
    {
        var given = JsonNode.Parse(watcher.InputsJson)!.AsObject();
        return new RenderedInputs(descriptor.Inputs.ToDictionary(input => input.Name, input => given[input.Name]?.GetValue<string>() ?? input.Default, StringComparer.Ordinal));
    }

    private static string Hash(JsonObject payload) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(payload.ToJsonString())));
}
