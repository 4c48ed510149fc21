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
    /// <summary>What it would start. Changes nothing.</summary>
    /// <exception cref="OperationException">No such task instance, or it waits for neither.</exception>
    public Task<IReadOnlyList<AffectedTask>> PreviewAsync(string dagId, string runId, TaskChoice task, CancellationToken cancellation) =>
        database.InTransactionAsync<IReadOnlyList<AffectedTask>>(async tx =>
        {
            var run = await Lookup.LockRunAsync(tx, dagId, runId);
            return [.. (await WaitingAsync(tx, run, task)).Select(instance => AffectedTask.Of(run, instance))];
        }, cancellation);

    /// <exception cref="OperationException">No such task instance, or it waits for neither.</exception>
    public async Task ExecuteAsync(string dagId, string runId, TaskChoice task, Actor actor, CancellationToken cancellation)
    {
        var work = await database.InTransactionAsync(async tx =>
        {
            var now = time.GetUtcNow();
            var run = await Lookup.LockRunAsync(tx, dagId, runId);
            var instances = await WaitingAsync(tx, run, task);
            foreach (var instance in instances) await InterventionTable.RetryNowAsync(tx, instance.Id, now);
            await EventLogTable.AddAsync(tx, new Event("retry_now", actor.Name) { DagId = dagId, RunId = runId, TaskId = task.TaskId, MapIndex = instances is [var only] ? only.MapIndex : null }, now);
            return (await planning.PlanAsync(tx, run.Id, now)).With(new PlannedWork([], [.. instances.Select(instance => instance.Id)]));
        }, cancellation);
        await work.HandOverAsync(queue);
    }

    private static async Task<IReadOnlyList<TaskInstance>> WaitingAsync(Transaction tx, DagRun run, TaskChoice task) =>
        Lookup.Fitting(await Lookup.LockTaskInstancesAsync(tx, run, task), TaskEvent.RetryNow);
}
