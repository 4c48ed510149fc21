using Pipelines.Engine.Operations;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>What holds a task instance.</summary>
/// <param name="MapIndex">-1 when it is not mapped.</param>
/// <param name="State">Its state.</param>
/// <param name="Unmet">Every condition that is not met, in words for the user; empty: nothing holds it, and the scheduler moves it within a moment.</param>
public sealed record FailedDepsAnswer(int MapIndex, TaskState State, IReadOnlyList<string> Unmet);

/// <summary>What holds the task instances of a task.</summary>
/// <param name="Answers">Those that have not ended, in the order of their map indexes, or all when all have; at most <see cref="FailedDeps.MostAnswers"/>.</param>
/// <param name="More">How many more there are.</param>
public sealed record FailedDepsAnswers(IReadOnlyList<FailedDepsAnswer> Answers, int More);

/// <summary>
/// Says why a task instance does not run (Airflow's <c>tasks failed-deps</c>): the planner's own answer, asked anew, since the stored reason may
/// be a moment old; and of one that waits for a slot or a worker what the scheduler has stored. Changes nothing.
/// </summary>
public sealed class FailedDeps(Database database, RunPlanning planning, TimeProvider time)
{
    /// <summary>As many as a person reads of a mapped task.</summary>
    public const int MostAnswers = 100;

    /// <param name="dagId">The DAG.</param>
    /// <param name="runId">The run.</param>
    /// <param name="task">The task, or one of its mapped task instances.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OperationException">No such run, or it has no such task.</exception>
    /// <exception cref="DagUnreadableException">This program cannot compile the run's DAG version.</exception>
    public Task<FailedDepsAnswers> OfAsync(string dagId, string runId, TaskChoice task, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var run = await DagRunQueries.FindAsync(tx, dagId, runId)
            ?? throw new OperationException(RefusalKind.NotFound, $"DAG '{dagId}' has no run '{runId}'. 'pipelines runs list {dagId}' shows its runs.");
        var instances = await TaskInstanceTable.OfTaskAsync(tx, run.Id, task.TaskId, task.MapIndex);
        if (instances.Count == 0)
            throw new OperationException(RefusalKind.NotFound, $"Run '{runId}' of DAG '{dagId}' has no task '{TaskInstance.NameOf(task.TaskId, task.MapIndex ?? -1)}'. 'pipelines runs show {dagId} {runId}' shows those that it has.");
        var asked = instances.Any(instance => !instance.State.IsFinished()) ? [.. instances.Where(instance => !instance.State.IsFinished())] : instances;
        var waits = asked.Any(instance => Ended(run, instance) is null) ? Planner.Decide(await planning.SnapshotAsync(tx, run), time.GetUtcNow()).Waits.ToDictionary(wait => wait.TaskInstanceId, wait => wait.Unmet) : [];
        return new FailedDepsAnswers(
            [.. asked.Take(MostAnswers).Select(instance => new FailedDepsAnswer(instance.MapIndex, instance.State, Ended(run, instance) ?? waits.GetValueOrDefault(instance.Id) ?? Stored(instance)))],
            Math.Max(0, asked.Count - MostAnswers));
    }, cancellation);

    private static string[] Stored(TaskInstance instance) => instance is { State: TaskState.Scheduled or TaskState.Queued or TaskState.Deferred, Reason: { } stored } ? [stored] : [];

    private static string[]? Ended(DagRun run, TaskInstance instance) => instance.State switch
    {
        TaskState.Running => ["it is running"],
        var state when state.IsFinished() => [$"it has ended and is {StateNames.ToName(state)}{(instance.Reason is { } reason ? $" ({reason})" : "")}: clear it to run it again"],
        _ when run.State.IsFinished() => [$"its run has ended and is {StateNames.ToName(run.State)}: clear the task to run it"],
        _ => null,
    };
}
