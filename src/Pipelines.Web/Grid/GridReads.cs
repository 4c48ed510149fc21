using Pipelines.Storage.Runs;

namespace Pipelines.Web.Grid;

/// <summary>What the hub reads from the database.</summary>
/// <param name="RunsAsync">Those of these runs that belong to one of the DAGs.</param>
/// <param name="DagAsync">A DAG; null when it is gone.</param>
internal sealed record GridReads(
    Func<IReadOnlyCollection<long>, IReadOnlyCollection<string>, CancellationToken, Task<IReadOnlyList<GridRun>>> RunsAsync,
    Func<string, CancellationToken, Task<GridHead?>> DagAsync);
