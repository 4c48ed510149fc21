using Pipelines.Model.Runs;
using Pipelines.Storage.Dags;

namespace Pipelines.Web.Components.Dags;

/// <summary>Which DAGs a filter leaves.</summary>
internal static class DagList
{
    /// <summary>Of the latest run; <c>paused</c> is the DAG's own.</summary>
    public static IReadOnlyList<string> States { get; } = ["failed", "running", "queued", "success", "paused"];

    /// <summary>Those that fit all that is given, in their order.</summary>
    /// <param name="runs">The newest first, per DAG.</param>
    public static IReadOnlyList<StoredDag> Filter(IReadOnlyList<StoredDag> dags, ILookup<string, DagRun> runs, string? search, string? tag, string? state) =>
        [.. dags.Where(dag => Finds(dag, search) && (string.IsNullOrEmpty(tag) || dag.Tags.Contains(tag)) && Fits(dag, runs, state))];

    private static bool Finds(StoredDag dag, string? search) => string.IsNullOrWhiteSpace(search)
        || new[] { dag.DagId, dag.DisplayName, dag.Description, dag.Owner }.Concat(dag.Tags).Any(text => text?.Contains(search.Trim(), StringComparison.OrdinalIgnoreCase) == true);

    private static bool Fits(StoredDag dag, ILookup<string, DagRun> runs, string? state) => state switch
    {
        null or "" => true,
        "paused" => dag.IsPaused,
        _ => runs[dag.DagId].FirstOrDefault() is { } latest && StateNames.ToName(latest.State) == state,
    };
}
