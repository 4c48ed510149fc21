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
/// Ends a whole run by hand: what is unfinished in it is marked alike, and workers that still run a task of it are stopped. Its teardowns are
/// left alone as in Airflow, so that what was prepared is taken away: then the run ends, as its work was marked, when they have.
/// </summary>
public sealed class MarkDagRun(Database database, DagVersions versions, RunPlanning planning, ITaskQueue queue, TimeProvider time)
{
    /// <summary>What it would mark; changes nothing.</summary>
    /// <exception cref="OperationException">No such run, or it has ended.</exception>
    public Task<IReadOnlyList<AffectedTask>> PreviewAsync(string dagId, string runId, CancellationToken cancellation) =>
        database.InTransactionAsync<IReadOnlyList<AffectedTask>>(async tx =>
        {
            var (run, _, marked, _) = await ChooseAsync(tx, dagId, runId, isCarriedOn: false);
            return [.. marked.Select(instance => AffectedTask.Of(run, instance))];
        }, cancellation);

    /// <param name="dagId">Of which DAG.</param>
    /// <param name="runId">Which run.</param>
    /// <param name="to">Success or Failed.</param>
    /// <param name="actor">Who marks it.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="isCarriedOn">True: the caller is <c>dags test</c>, plans the run itself and runs its teardowns.</param>
    /// <exception cref="OperationException">No such run, or it has ended.</exception>
    public async Task ExecuteAsync(string dagId, string runId, DagRunState to, Actor actor, CancellationToken cancellation, bool isCarriedOn = false)
    {
        if (!to.IsFinished()) throw new ArgumentOutOfRangeException(nameof(to), to, "A run is marked success or failed.");
        var work = await database.InTransactionAsync(async tx =>
        {
            var now = time.GetUtcNow();
            var (run, dag, marked, goesOn) = await ChooseAsync(tx, dagId, runId, isCarriedOn);
            var marking = to == DagRunState.Success ? TaskState.Success : TaskState.Failed;
            foreach (var instance in marked) await MarkTaskInstance.MarkAsync(tx, instance, marking, actor, now);
            if (dag is not null) await OwedCallbacks.OfStoppedAsync(tx, dag, run, marked.Select(instance => (instance, marking, MarkTaskInstance.Why(marking, actor))), now);
            await EventLogTable.AddAsync(tx, new Event($"mark_run_{StateNames.ToName(to)}", actor.Name) { DagId = dagId, RunId = runId }, now);
            await tx.NotifyRunAsync(run.Id, dagId);
            var work = new PlannedWork([], [.. marked.Select(instance => instance.Id)]);
            await PastRuns.TellAsync(tx, run);
            if (goesOn && isCarriedOn) return work;
            if (goesOn) return (await planning.PlanAsync(tx, run.Id, now)).With(work);
            await DagRunTable.FinishAsync(tx, run.Id, to, MarkTaskInstance.Why(marking, actor), now);
            await tx.NotifyAsync(Topic.SchedulerWork, dagId);
            return work;
        }, cancellation);
        await work.HandOverAsync(queue);
    }

    private async Task<(DagRun Run, Dag? Dag, IReadOnlyList<TaskInstance> Marked, bool GoesOn)> ChooseAsync(Transaction tx, string dagId, string runId, bool isCarriedOn)
    {
        var run = await Lookup.LockRunAsync(tx, dagId, runId);
        if (run.State.IsFinished())
            throw new OperationException(RefusalKind.Conflict, $"Run '{runId}' of DAG '{dagId}' has ended: {StateNames.ToName(run.State)}. Clear it to run it again, or mark single tasks of it.");
        List<TaskInstance> unfinished = [.. (await TaskInstanceTable.LockOfRunAsync(tx, run.Id)).Where(instance => !instance.State.IsFinished())];
        var dag = await FindDagAsync(tx, run);
        var marked = unfinished.FindAll(instance => !IsPlanned(run, isCarriedOn) || dag?.TasksById.GetValueOrDefault(instance.TaskId) is not { IsTeardown: true });
        // Whoever marks a run in which nothing but teardowns is left means them.
        return marked.Count == 0 || marked.Count == unfinished.Count ? (run, dag, unfinished, false) : (run, dag, marked, true);
    }

    /// <summary>Teardowns can go on: nobody plans a queued run, or a run of <c>dags test</c> that was left.</summary>
    private static bool IsPlanned(DagRun run, bool isCarriedOn) => run.State == DagRunState.Running && (isCarriedOn || run.TriggeredBy != RunTriggeredBy.Test);

    /// <summary>Null: it cannot be read, and nobody plans its run.</summary>
    private async Task<Dag?> FindDagAsync(Transaction tx, DagRun run)
    {
        try
        {
            return await versions.OfRunAsync(tx, run);
        }
        catch (DagUnreadableException)
        {
            return null;
        }
    }
}
