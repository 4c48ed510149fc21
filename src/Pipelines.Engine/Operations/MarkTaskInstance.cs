using Pipelines.Engine.Callbacks;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Dags;
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
    /// <summary>What it would change: the task itself first, then what failed after it and would run again. Changes nothing.</summary>
    /// <exception cref="OperationException">No such task instance, or it is so already.</exception>
    public Task<IReadOnlyList<AffectedTask>> PreviewAsync(string dagId, string runId, TaskChoice task, TaskState to, CancellationToken cancellation) =>
        database.InTransactionAsync<IReadOnlyList<AffectedTask>>(async tx =>
        {
            var run = await Lookup.LockRunAsync(tx, dagId, runId);
            var instances = Lookup.Fitting(await Lookup.LockTaskInstancesAsync(tx, run, task), EventOf(to));
            var after = await FailedDownstreamAsync(tx, run, task);
            return [.. instances.Select(instance => AffectedTask.Of(run, instance)), .. after.Affected];
        }, cancellation);

    /// <param name="dagId">The DAG.</param>
    /// <param name="runId">The run.</param>
    /// <param name="task">Of several task instances those that are not so already are marked.</param>
    /// <param name="to">Success or Failed.</param>
    /// <param name="actor">Who marks.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OperationException">No such task instance, or it is so already.</exception>
    public async Task ExecuteAsync(string dagId, string runId, TaskChoice task, TaskState to, Actor actor, CancellationToken cancellation)
    {
        var work = await database.InTransactionAsync(async tx =>
        {
            var now = time.GetUtcNow();
            var run = await Lookup.LockRunAsync(tx, dagId, runId);
            var instances = Lookup.Fitting(await Lookup.LockTaskInstancesAsync(tx, run, task), EventOf(to));
            foreach (var instance in instances) await MarkAsync(tx, instance, to, actor, now);
            await EventLogTable.AddAsync(tx, new Event($"mark_{StateNames.ToName(to)}", actor.Name) { DagId = dagId, RunId = runId, TaskId = task.TaskId, MapIndex = instances is [var only] ? only.MapIndex : null }, now);
            var after = await FailedDownstreamAsync(tx, run, task);
            await OwedCallbacks.OfStoppedAsync(tx, after.Dag, run, instances.Select(instance => (instance, to, Why(to, actor))), now);
            await PastRuns.TellAsync(tx, after.Dag, run, [task.TaskId]);
            return (await clear.ClearAsync(tx, run, after.Dag, after.TaskInstances, now)).With(new PlannedWork([], [.. instances.Select(instance => instance.Id)]));
        }, cancellation);
        await work.HandOverAsync(queue);
    }

    /// <summary>Marks a task instance that is locked, as its run is.</summary>
    internal static async Task MarkAsync(Transaction tx, TaskInstance instance, TaskState to, Actor actor, DateTimeOffset now)
    {
        _ = Lookup.Fitting([instance], EventOf(to));
        // Whoever forgot the lock is told rather than believed.
        if (!await InterventionTable.MarkAsync(tx, instance.Id, instance.State, to, Why(to, actor), now))
            throw new OperationException(RefusalKind.Conflict, $"Task '{instance.TaskId}' has just changed its state. Look at it again and repeat if still wanted.");
    }

    /// <summary>Why it is so, for people.</summary>
    internal static string Why(TaskState to, Actor actor) => $"marked {StateNames.ToName(to)} by {actor.Name}";

    private static TaskEvent EventOf(TaskState to) => to == TaskState.Success ? TaskEvent.MarkedSuccess : TaskEvent.MarkedFailed;

    private async Task<ClearedRun> FailedDownstreamAsync(Transaction tx, DagRun run, TaskChoice chosen)
    {
        var taskId = chosen.TaskId;
        var dag = await versions.OfRunAsync(tx, run);
        var after = PartialSubset.Of(dag, [taskId], upstream: false, downstream: true);
        return new ClearedRun(run, dag, [.. (await TaskInstanceTable.OfRunAsync(tx, run.Id))
            .Where(other => other.TaskId != taskId && after.Contains(other.TaskId) && other.State is TaskState.Failed or TaskState.UpstreamFailed && IsAfter(other))]);

        // Of what is mapped with it in one task group only the same map index comes after it.
        bool IsAfter(TaskInstance other) => chosen.MapIndex is not { } index || other.MapIndex == index
            || dag.TasksById.GetValueOrDefault(taskId) is not { } task || dag.TasksById.GetValueOrDefault(other.TaskId)?.IsMappedWith(task) != true;
    }
}
