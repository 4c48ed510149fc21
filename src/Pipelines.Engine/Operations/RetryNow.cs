using Pipelines.Engine.Execution;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>Starts the next attempt of a task that waits for its retry, or the next poke of a sensor, without waiting longer.</summary>
public sealed class RetryNow(Database database, RunPlanning planning, ITaskQueue queue, TimeProvider time)
{
    /// <summary>What it would start: the one task. Changes nothing.</summary>
    /// <exception cref="OperationException">No such task instance, or it waits for neither.</exception>
    public Task<IReadOnlyList<AffectedTask>> PreviewAsync(string dagId, string runId, string taskId, CancellationToken cancellation) =>
        database.InTransactionAsync<IReadOnlyList<AffectedTask>>(
            async tx => [new AffectedTask(dagId, runId, taskId, (await WaitingAsync(tx, await Lookup.LockRunAsync(tx, dagId, runId), taskId)).State)], cancellation);

    /// <exception cref="OperationException">No such task instance, or it waits for neither.</exception>
    public async Task ExecuteAsync(string dagId, string runId, string taskId, Actor actor, CancellationToken cancellation)
    {
        var work = await database.InTransactionAsync(async tx =>
        {
            var now = time.GetUtcNow();
            var run = await Lookup.LockRunAsync(tx, dagId, runId);
            var instance = await WaitingAsync(tx, run, taskId);
            await TaskInstanceTable.RetryNowAsync(tx, instance.Id, now);
            await EventLogTable.AddAsync(tx, new Event("retry_now", actor.Name) { DagId = dagId, RunId = runId, TaskId = taskId, MapIndex = instance.MapIndex }, now);
            return (await planning.PlanAsync(tx, run.Id, now)).With(new PlannedWork([], [instance.Id]));
        }, cancellation);
        await work.HandOverAsync(queue);
    }

    private static async Task<TaskInstance> WaitingAsync(Transaction tx, DagRun run, string taskId)
    {
        var instance = await Lookup.LockTaskInstanceAsync(tx, run, taskId);
        return TaskTransitions.Decide(instance.State, TaskEvent.RetryNow).Refusal is { } refusal ? throw new OperationException(RefusalKind.Conflict, refusal) : instance;
    }
}
