using Pipelines.Cli.Terminal;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Cli;

/// <summary>Finds what a user named, or says that it is not there and how to see what is.</summary>
internal static class Lookup
{
    /// <summary>A DAG.</summary>
    /// <exception cref="CliError">There is none of that name.</exception>
    public static async Task<StoredDag> DagAsync(Transaction tx, string dagId) => await DagTable.FindAsync(tx, dagId)
        ?? throw new CliError($"There is no DAG '{dagId}'. 'pipelines dags list' shows those that are loaded, and files that could not be.");

    /// <summary>A run.</summary>
    /// <exception cref="CliError">There is none of that name.</exception>
    public static async Task<DagRun> RunAsync(Transaction tx, string dagId, string runId)
    {
        await DagAsync(tx, dagId);
        return await DagRunQueries.FindAsync(tx, dagId, runId)
            ?? throw new CliError($"DAG '{dagId}' has no run '{runId}'. 'pipelines runs list {dagId}' shows its runs.");
    }
}
