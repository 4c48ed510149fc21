using Pipelines.Model.Assets;

namespace Pipelines.Model.Dags;

/// <summary>What is wrong with a DAG that runs all the same (airflow-semantics.md §15, §17).</summary>
/// <param name="DagId">Which DAG.</param>
/// <param name="Type">Airflow's warning_type.</param>
/// <param name="Message">What is wrong, and what to do.</param>
public sealed record DagWarning(string DagId, string Type, string Message)
{
    /// <summary>Something in its file is without effect, or does not do what it looks like.</summary>
    public static DagWarning OfFile(string dagId, string message) => new(dagId, "dag file", message);

    /// <summary>Tasks name pools that there are not.</summary>
    public static DagWarning MissingPools(string dagId, IReadOnlyList<string> pools)
    {
        var (named, are, them) = pools is [var one] ? ($"pool '{one}', which does", "it", "it") : ($"pools {string.Join(", ", pools.Select(pool => $"'{pool}'"))}, which do", "them", "they");
        return new(dagId, "non-existent pool", $"Tasks of DAG '{dagId}' name {named} not exist: they never start until {(pools.Count == 1 ? "it does" : $"{them} do")}. Make {are} with 'pipelines pools set', or give the tasks another pool.");
    }

    /// <summary>It names an asset that has the name or the URI of another.</summary>
    public static DagWarning AssetConflict(string dagId, AssetKey asset, AssetKey first) => new(dagId, "asset conflict",
        $"Asset '{asset.Name}' with URI '{asset.Uri}' has the {(asset.Name == first.Name ? "name" : "URI")} of asset '{first.Name}' with URI '{first.Uri}', which was there first. They count as two; give one of them another name and URI, or write both the same.");

    /// <inheritdoc/>
    public override string ToString() => $"{DagId}: {Message}";
}
