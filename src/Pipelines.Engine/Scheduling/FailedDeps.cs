using Pipelines.Engine.Operations;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>What holds a task instance.</summary>
/// <param name="State">Its state.</param>
/// <param name="Unmet">Every condition that is not met, in words for the user; empty: nothing holds it, and the scheduler moves it within a moment.</param>
public sealed record FailedDepsAnswer(TaskState State, IReadOnlyList<string> Unmet);

/// <summary>
/// Says why a task instance does not run (Airflow's <c>tasks failed-deps</c>): the planner's own answer, asked anew, since the stored reason may
/// be a moment old; and of one that waits for a slot or a worker what the scheduler has stored. Changes nothing.
/// </summary>
public sealed class FailedDeps(Database database, RunPlanning planning, TimeProvider time)
{
    /// <param name="dagId">The DAG.</param>
    /// <param name="runId">The run.</param>
    /// <param name="task">Of a mapped one as a whole: its first task instance that has not ended.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OperationException">No such run, or it has no such task.</exception>
    /// <exception cref="DagUnreadableException">This program cannot compile the run's DAG version.</exception>
    public Task<FailedDepsAnswer> OfAsync(string dagId, string runId, TaskChoice task, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var run = await DagRunQueries.FindAsync(tx, dagId, runId)
            ?? throw new OperationException(RefusalKind.NotFound, $"DAG '{dagId}' has no run '{runId}'. 'pipelines runs list {dagId}' shows its runs.");
        var instances = await TaskInstanceTable.OfTaskAsync(tx, run.Id, task.TaskId, task.MapIndex);
        var instance = instances.FirstOrDefault(each => !each.State.IsFinished()) ?? (instances.Count > 0 ? instances[0] : null)
            ?? throw new OperationException(RefusalKind.NotFound, $"Run '{runId}' of DAG '{dagId}' has no task '{TaskInstance.NameOf(task.TaskId, task.MapIndex ?? -1)}'. 'pipelines runs show {dagId} {runId}' shows those that it has.");
        return new FailedDepsAnswer(instance.State, Ended(run, instance) ?? await WaitsAsync(tx, run, instance));
    }, cancellation);

    private static string[]? Ended(DagRun run, TaskInstance instance) => instance.State switch
    {
        TaskState.Running => ["it is running"],
        var state when state.IsFinished() => [$"it has ended and is {StateNames.ToName(state)}{(instance.Reason is { } reason ? $" ({reason})" : "")}: clear it to run it again"],
        _ when run.State.IsFinished() => [$"its run has ended and is {StateNames.ToName(run.State)}: clear the task to run it"],
        _ => null,
    };

    private async Task<IReadOnlyList<string>> WaitsAsync(Transaction tx, DagRun run, TaskInstance instance)
    {
        var decision = Planner.Decide(await planning.SnapshotAsync(tx, run), time.GetUtcNow());
        if (decision.Waits.FirstOrDefault(wait => wait.TaskInstanceId == instance.Id) is { } wait) return wait.Unmet;
        return instance is { State: TaskState.Scheduled or TaskState.Queued, Reason: { } stored } ? [stored] : [];
    }
}
