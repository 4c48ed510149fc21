using Pipelines.Engine.Execution;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>Starts the next attempt of a task that waits for its retry, without waiting longer.</summary>
public sealed class RetryNow(Database database, RunPlanning planning, ITaskQueue queue, TimeProvider time)
{
    /// <exception cref="OperationException">No such task instance, or it waits for no retry.</exception>
    public async Task ExecuteAsync(string dagId, string runId, string taskId, Actor actor, CancellationToken cancellation)
    {
        var work = await database.InTransactionAsync(async tx =>
        {
            var now = time.GetUtcNow();
            var run = await Lookup.LockRunAsync(tx, dagId, runId);
            var instance = await Lookup.TaskInstanceAsync(tx, run, taskId);
            if (TaskTransitions.Decide(instance.State, TaskEvent.RetryNow).Refusal is { } refusal) throw new OperationException(RefusalKind.Conflict, refusal);
            await TaskInstanceTable.RetryNowAsync(tx, instance.Id, now);
            await EventLogTable.AddAsync(tx, new Event("retry_now", actor.Name) { DagId = dagId, RunId = runId, TaskId = taskId, MapIndex = instance.MapIndex }, now);
            return (await planning.PlanAsync(tx, run.Id, now)).With(new PlannedWork([], [instance.Id]));
        }, cancellation);
        await work.HandOverAsync(queue);
    }
}
