using Pipelines.Engine.Execution;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>
/// Says by hand that a task is done or has failed (airflow-semantics.md §19). What failed after it is cleared, so that the run goes on;
/// a worker that still runs it is stopped and its report refused.
/// </summary>
public sealed class MarkTaskInstance(
    Database database, DagVersions versions, ClearTaskInstances clear, ITaskQueue queue, TimeProvider time)
{
    /// <param name="to">Success or Failed.</param>
    /// <exception cref="OperationException">No such task instance, or it is so already.</exception>
    public async Task ExecuteAsync(string dagId, string runId, string taskId, TaskState to, Actor actor, CancellationToken cancellation)
    {
        var work = await database.InTransactionAsync(async tx =>
        {
            var now = time.GetUtcNow();
            var run = await Lookup.LockRunAsync(tx, dagId, runId);
            var instance = await Lookup.TaskInstanceAsync(tx, run, taskId);
            await MarkAsync(tx, instance, to, actor, now);
            await EventLogTable.AddAsync(tx, new Event($"mark_{StateNames.ToName(to)}", actor.Name) { DagId = dagId, RunId = runId, TaskId = taskId, MapIndex = instance.MapIndex }, now);
            return (await ClearFailedDownstreamAsync(tx, run, taskId, now)).With(new PlannedWork([], [instance.Id]));
        }, cancellation);
        await work.HandOverAsync(queue);
    }

    private static async Task MarkAsync(Transaction tx, TaskInstance instance, TaskState to, Actor actor, DateTimeOffset now)
    {
        var happened = to == TaskState.Success ? TaskEvent.MarkedSuccess : TaskEvent.MarkedFailed;
        if (TaskTransitions.Decide(instance.State, happened).Refusal is { } refusal) throw new OperationException(RefusalKind.Conflict, refusal);
        // A worker may end the attempt at this moment: its commit wins, and the user looks again.
        if (!await TaskInstanceTable.MarkAsync(tx, instance.Id, instance.State, to, $"marked {StateNames.ToName(to)} by {actor.Name}", now))
            throw new OperationException(RefusalKind.Conflict, $"Task '{instance.TaskId}' has just changed its state. Look at it again and repeat if still wanted.");
    }

    private async Task<PlannedWork> ClearFailedDownstreamAsync(Transaction tx, DagRun run, string taskId, DateTimeOffset now)
    {
        var dag = await versions.OfRunAsync(tx, run);
        var after = ClearTaskInstances.Downstream(dag, [taskId]);
        var failed = (await TaskInstanceTable.OfRunAsync(tx, run.Id))
            .Where(other => other.TaskId != taskId && after.Contains(other.TaskId) && other.State is TaskState.Failed or TaskState.UpstreamFailed)
            .ToList();
        return await clear.ClearAsync(tx, run, dag, failed, now);
    }
}
