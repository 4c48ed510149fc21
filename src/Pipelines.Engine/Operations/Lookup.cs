using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>Finds and locks what an operation is about, or refuses with the name that was wrong.</summary>
internal static class Lookup
{
    public static async Task<StoredDag> LockDagAsync(Transaction tx, string dagId) =>
        await DagTable.LockAsync(tx, dagId) is { IsStale: false } dag ? dag : throw new OperationException(
            RefusalKind.NotFound, $"There is no DAG '{dagId}'. 'pipelines dags list' shows the DAGs; a new file is read within seconds, and its errors are listed there too.");

    public static async Task<DagRun> LockRunAsync(Transaction tx, string dagId, string runId) =>
        await DagRunQueries.FindAsync(tx, dagId, runId) is { } run && await DagRunTable.LockAsync(tx, run.Id) is { } locked ? locked
            : throw new OperationException(RefusalKind.NotFound, $"There is no run '{runId}' of DAG '{dagId}'. 'pipelines runs list {dagId}' shows its runs.");

    public static async Task<TaskInstance> TaskInstanceAsync(Transaction tx, DagRun run, string taskId) =>
        (await TaskInstanceTable.OfRunAsync(tx, run.Id)).FirstOrDefault(instance => instance.TaskId == taskId) ?? throw new OperationException(
            RefusalKind.NotFound, $"Run '{run.RunId}' of DAG '{run.DagId}' has no task '{taskId}'. 'pipelines runs show {run.DagId} {run.RunId}' shows its tasks.");
}
