using Pipelines.Engine.Execution;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>Ends a whole run by hand: what is unfinished in it is marked alike, and workers that still run a task of it are stopped.</summary>
public sealed class MarkDagRun(Database database, ITaskQueue queue, TimeProvider time)
{
    /// <summary>What it would mark; changes nothing.</summary>
    /// <exception cref="OperationException">No such run, or it has ended.</exception>
    public Task<IReadOnlyList<AffectedTask>> PreviewAsync(string dagId, string runId, CancellationToken cancellation) =>
        database.InTransactionAsync<IReadOnlyList<AffectedTask>>(async tx =>
        {
            var (run, unfinished) = await UnfinishedAsync(tx, dagId, runId);
            return [.. unfinished.Select(instance => AffectedTask.Of(run, instance))];
        }, cancellation);

    /// <param name="to">Success or Failed.</param>
    /// <exception cref="OperationException">No such run, or it has ended.</exception>
    public async Task ExecuteAsync(string dagId, string runId, DagRunState to, Actor actor, CancellationToken cancellation)
    {
        if (!to.IsFinished()) throw new ArgumentOutOfRangeException(nameof(to), to, "A run is marked success or failed.");
        var marked = await database.InTransactionAsync(async tx =>
        {
            var now = time.GetUtcNow();
            var (run, unfinished) = await UnfinishedAsync(tx, dagId, runId);
            foreach (var instance in unfinished)
                await MarkTaskInstance.MarkAsync(tx, instance, to == DagRunState.Success ? TaskState.Success : TaskState.Failed, actor, now);
            await DagRunTable.FinishAsync(tx, run.Id, to, $"marked {StateNames.ToName(to)} by {actor.Name}", now);
            await EventLogTable.AddAsync(tx, new Event($"mark_run_{StateNames.ToName(to)}", actor.Name) { DagId = dagId, RunId = runId }, now);
            await tx.NotifyRunAsync(run.Id, dagId);
            await tx.NotifyAsync(Topic.SchedulerWork, dagId);
            return unfinished.Select(instance => instance.Id).ToList();
        }, cancellation);
        await new PlannedWork([], marked).HandOverAsync(queue);
    }

    private static async Task<(DagRun Run, IReadOnlyList<TaskInstance> Unfinished)> UnfinishedAsync(Transaction tx, string dagId, string runId)
    {
        var run = await Lookup.LockRunAsync(tx, dagId, runId);
        if (run.State.IsFinished())
            throw new OperationException(RefusalKind.Conflict, $"Run '{runId}' of DAG '{dagId}' has ended: {StateNames.ToName(run.State)}. Clear it to run it again, or mark single tasks of it.");
        return (run, [.. (await TaskInstanceTable.LockOfRunAsync(tx, run.Id)).Where(instance => !instance.State.IsFinished())]);
    }
}
