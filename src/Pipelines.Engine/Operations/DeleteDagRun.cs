using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>Forgets a run that has ended: its tasks, attempts and XComs. What its tasks did elsewhere stays done.</summary>
public sealed class DeleteDagRun(Database database, TimeProvider time)
{
    /// <exception cref="OperationException">No such run, or it has not ended.</exception>
    public Task ExecuteAsync(string dagId, string runId, Actor actor, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var run = await Lookup.LockRunAsync(tx, dagId, runId);
        // An attempt that still ends may be told of a task that was marked under it.
        var isAtWork = (await TaskInstanceTable.OfRunAsync(tx, run.Id)).Any(instance => instance.State is TaskState.Running or TaskState.Restarting or TaskState.Queued);
        if (isAtWork || !await DagRunTable.DeleteAsync(tx, run.Id))
            throw new OperationException(RefusalKind.Conflict, $"Run '{runId}' of DAG '{dagId}' has not ended. Mark it failed first, then delete it.");
        await EventLogTable.AddAsync(tx, new Event("delete_dag_run", actor.Name) { DagId = dagId, RunId = runId }, time.GetUtcNow());
        await tx.NotifyRunAsync(run.Id, dagId);
        await PastRuns.TellAsync(tx, run);
        await tx.NotifyAsync(Topic.DagChanged, dagId);
    }, cancellation);
}
