using Pipelines.Storage;
using Pipelines.Storage.Dags;

namespace Pipelines.Web.Grid;

/// <summary>What tells whether a DAG must be drawn again. Saving a draft of it or pausing it changes nothing here.</summary>
/// <param name="Hash">Of what its tasks and edges are; null: it has no version yet.</param>
internal sealed record GridHead(StoredDag Dag, string? Hash)
{
    /// <summary>Null when the DAG is unknown.</summary>
    public static async Task<GridHead?> FindAsync(Transaction tx, string dagId) => await DagTable.FindAsync(tx, dagId) is not { } dag ? null
        : new GridHead(dag, dag.CurrentVersionId is { } version ? await DagVersionTable.FindHashAsync(tx, version) : null);
}
