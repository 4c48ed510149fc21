using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Dags;

namespace Pipelines.Web.Components.Dags;

/// <summary>Whether a run was made with an older version of its DAG than is published now.</summary>
internal static class NewerVersion
{
    /// <summary>The number of the present version; null: the run has it, or the DAG is gone.</summary>
    public static async Task<int?> FindAsync(Transaction tx, StoredDag? dag, DagRun run) =>
        dag is { IsStale: false, CurrentVersionId: { } current } && current != run.DagVersionId ? (await DagVersionTable.HeadsOfIdsAsync(tx, [current])).SingleOrDefault()?.VersionNumber : null;
}
