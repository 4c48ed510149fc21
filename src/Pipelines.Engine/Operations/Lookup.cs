using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Assets;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>Finds and locks what an operation is about, or refuses with the name that was wrong.</summary>
internal static class Lookup
{
    /// <summary>Without its lock, for what only looks.</summary>
    public static async Task<StoredDag> DagAsync(Transaction tx, string dagId) => Known(await DagTable.FindAsync(tx, dagId), dagId);

    public static async Task<StoredDag> LockDagAsync(Transaction tx, string dagId) => Known(await DagTable.LockAsync(tx, dagId), dagId);

    private static StoredDag Known(StoredDag? found, string dagId) => found is { IsStale: false } dag ? dag : throw new OperationException(
        RefusalKind.NotFound, $"There is no DAG '{dagId}'. 'pipelines dags list' shows the DAGs; a new file is read within seconds, and its errors are listed there too.");

    /// <summary>Without its lock, for who locks several in turn.</summary>
    public static async Task<DagRun> RunAsync(Transaction tx, string dagId, string runId) =>
        await DagRunQueries.FindAsync(tx, dagId, runId) ?? throw NoRun(dagId, runId);

    public static async Task<DagRun> LockRunAsync(Transaction tx, string dagId, string runId) =>
        await DagRunTable.LockAsync(tx, (await RunAsync(tx, dagId, runId)).Id) ?? throw NoRun(dagId, runId);

    public static OperationException NoRun(string dagId, string runId) =>
        new(RefusalKind.NotFound, $"There is no run '{runId}' of DAG '{dagId}'. 'pipelines runs list {dagId}' shows its runs.");

    /// <summary>By its name or URI; one that no DAG names any more too.</summary>
    public static async Task<StoredAsset> AssetAsync(Transaction tx, string nameOrUri) => await AssetTable.FindAsync(tx, nameOrUri) ?? throw new OperationException(
        RefusalKind.NotFound, $"There is no asset '{nameOrUri}'. 'pipelines assets list' shows those that DAGs name.");

    /// <summary>By its key.</summary>
    public static async Task<StoredAsset> AssetAsync(Transaction tx, long id) => await AssetTable.FindAsync(tx, id) ?? throw new OperationException(
        RefusalKind.NotFound, $"There is no asset of number {id}. 'pipelines assets list' shows those that DAGs name.");

    /// <summary>Locks its DAG, as the scheduler does while it starts runs, so that none starts meanwhile.</summary>
    public static async Task<Backfill> LockUnfinishedBackfillAsync(Transaction tx, long id)
    {
        var found = await BackfillTable.FindAsync(tx, id) ?? throw new OperationException(
            RefusalKind.NotFound, $"There is no backfill {id}. 'pipelines backfill list' shows the backfills.");
        await DagTable.LockAsync(tx, found.DagId);
        // Looked at again under the lock: it may have ended meanwhile.
        var backfill = await BackfillTable.FindAsync(tx, id) ?? found;
        if (backfill.CompletedAt is not { } ended) return backfill;
        var how = backfill.CancelledBy is { } by ? $"was cancelled by {by}" : "was completed";
        throw new OperationException(RefusalKind.Conflict, $"Backfill {id} of DAG '{backfill.DagId}' {how} at {ended.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC. Clear single runs of it to run them again.");
    }

    /// <summary>Locks them: no worker claims one before the transaction ends. In the order of their map indexes, and never none.</summary>
    public static async Task<IReadOnlyList<TaskInstance>> LockTaskInstancesAsync(Transaction tx, DagRun run, TaskChoice task)
    {
        var found = await TaskInstanceTable.LockAsync(tx, run.Id, task.TaskId, task.MapIndex);
        return found.Count > 0 ? found : throw new OperationException(
            RefusalKind.NotFound, $"Run '{run.RunId}' of DAG '{run.DagId}' has no task '{TaskInstance.NameOf(task.TaskId, task.MapIndex ?? -1)}'. 'pipelines runs show {run.DagId} {run.RunId}' shows its tasks.");
    }

    /// <summary>Those of several that an event applies to; refused when it applies to none.</summary>
    public static IReadOnlyList<TaskInstance> Fitting(IReadOnlyList<TaskInstance> instances, TaskEvent happened)
    {
        var answers = instances.Select(instance => (Instance: instance, TaskTransitions.Decide(instance.State, happened).Refusal)).ToList();
        List<TaskInstance> fitting = [.. answers.Where(answer => answer.Refusal is null).Select(answer => answer.Instance)];
        return fitting.Count > 0 ? fitting : throw new OperationException(RefusalKind.Conflict, answers[0].Refusal!);
    }
}
