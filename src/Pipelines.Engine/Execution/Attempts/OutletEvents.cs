using Pipelines.Model.Activities;
using Pipelines.Model.Assets;
using Pipelines.Model.Dags;
using Pipelines.Storage.Assets;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>The updates of assets that a task's success is (airflow-semantics.md §17).</summary>
internal static class OutletEvents
{
    /// <summary>Whether a task may say so of its updates.</summary>
    /// <exception cref="TaskFailure">It names what is none of its outlets (not retryable).</exception>
    public static void Check(DagTask task, IReadOnlyList<AssetUpdate> updates)
    {
        foreach (var update in updates)
        {
            var isOutlet = update.Alias is null ? task.Outlets.Assets.Any(asset => asset.Key == update.Asset.Key) : task.Outlets.Aliases.Contains(update.Alias, StringComparer.Ordinal);
            if (!isOutlet)
            {
                throw new TaskFailure(
                    $"Task '{task.TaskId}' says that it updated {(update.Alias is null ? $"asset '{update.Asset.Name}'" : $"asset '{update.Asset.Name}' by alias '{update.Alias}'")}, which is none of its outlets. Add it to 'outlets'.",
                    retryable: false);
            }
        }
    }

    /// <summary>One for each of its outlets, or several where it said so, and those by aliases.</summary>
    public static IEnumerable<NewAssetEvent> Of(Assignment assignment, AttemptResult result)
    {
        var told = result.AssetUpdates.Where(update => update.Alias is null).ToLookup(update => update.Asset.Key);
        var plain = assignment.Task.Outlets.Assets.SelectMany(asset => told[asset.Key].Select(update => update.Extra).DefaultIfEmpty([])
            .Select(extra => new NewAssetEvent(asset, extra, assignment.Key)));
        return plain.Concat(result.AssetUpdates.Where(update => update.Alias is not null).Select(update => new NewAssetEvent(update.Asset, update.Extra, assignment.Key, update.Alias)));
    }
}
