using Microsoft.Extensions.Logging;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution;

/// <summary>
/// Carries a run through in this process, one task after the other, without Hangfire, pools or limits, and also when the DAG is paused
/// (Airflow's <c>dags test</c>). Attempts, logs and XComs are stored as in any run.
/// </summary>
public sealed class DagTest(
    Database database, ActivityCatalog catalog, DagVersions versions, RunPlanning planning, ITaskQueue queue, TimeProvider time, ILoggerFactory logs)
{
    private static readonly TimeSpan LookAtLog = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs a queued or running run to its end.</summary>
    /// <param name="dagRunId">The run.</param>
    /// <param name="print">Gets every log line with its task, while the task runs.</param>
    /// <param name="cancellation">Hands the running task back and leaves the run as it is.</param>
    /// <returns>How the run ended.</returns>
    public async Task<DagRunState> RunAsync(long dagRunId, Action<string, LogLine> print, CancellationToken cancellation)
    {
        await database.InTransactionAsync(async tx =>
        {
            await DagRunTable.StartAsync(tx, dagRunId, time.GetUtcNow());
            // No scheduler plans it: we do.
            await DagRunTable.SetWakeAsync(tx, dagRunId, null);
        }, cancellation);
        while (true)
        {
            var step = await PlanAsync(dagRunId, cancellation);
            if (step.Ended is { } state)
            {
                // Tasks that had been handed to Hangfire before keep no job that still waits for a worker.
                await queue.RecordAsync([.. (await TasksAsync(dagRunId, cancellation)).Select(task => task.Id)], cancellation);
                return state;
            }

            foreach (var task in step.Queued) await RunAsync(task, dagRunId, print, cancellation);
            cancellation.ThrowIfCancellationRequested();
            if (step.Queued.Count == 0) await WaitAsync(step.WakeAt, cancellation);
        }
    }

    private Task<Step> PlanAsync(long dagRunId, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var now = time.GetUtcNow();
        var run = await DagRunTable.LockAsync(tx, dagRunId) ?? throw new InvalidOperationException($"There is no run {dagRunId}.");
        if (run.State.IsFinished()) return new Step(run.State, [], null);
        var dag = await versions.OfRunAsync(tx, run);
        var instances = await TaskInstanceTable.OfRunAsync(tx, dagRunId);
        var decision = Planner.Decide(new RunSnapshot(dag, run, instances, DagPaused: false) { Decisions = await RunDecisions.OfAsync(tx, dag, run, instances) }, now);
        if (decision.Transitions.Count > 0) await TaskInstanceTable.MoveAsync(tx, decision.Transitions, now);
        if (decision.RunState is { } ended) await DagRunTable.FinishAsync(tx, dagRunId, ended, decision.RunReason, now);
        var tasks = await TaskInstanceTable.OfRunAsync(tx, dagRunId);
        await SlotTable.QueueAsync(tx, [.. tasks.Where(task => task.State == TaskState.Scheduled).Select(task => task.Id)], now);
        return new Step(decision.RunState, [.. tasks.Where(task => task.State is TaskState.Scheduled or TaskState.Queued)], decision.WakeAt);
    }, cancellation);

    private async Task RunAsync(TaskInstance task, long dagRunId, Action<string, LogLine> print, CancellationToken cancellation)
    {
        var runner = new TaskRunner(
            database, catalog, versions, planning, new OtherRuns(database, queue, dagRunId), new WorkerOptions { Name = $"dags test on {new WorkerOptions().Name}", StopGrace = TimeSpan.Zero }, time, logs.CreateLogger<TaskRunner>());
        var running = runner.RunAsync(task.Id, CancellationToken.None, cancellation);
        var chunk = 0;
        while (!running.IsCompleted)
        {
            await Task.WhenAny(running, Task.Delay(LookAtLog, CancellationToken.None));
            chunk = await PrintAsync(task, chunk, print);
        }

        await running;
        await PrintAsync(task, chunk, print);
    }

    private async Task<int> PrintAsync(TaskInstance task, int chunk, Action<string, LogLine> print)
    {
        var page = await database.InTransactionAsync(async tx =>
        {
            var attempts = await TaskAttemptTable.OfTaskInstanceAsync(tx, task.Id);
            return attempts is [.., var latest] && latest.Token > task.Token ? await LogTable.ReadAsync(tx, latest.Id, chunk, int.MaxValue) : null;
        });
        foreach (var line in page?.Lines ?? []) print(task.TaskId, line);
        return page?.NextChunk ?? chunk;
    }

    private Task<IReadOnlyList<TaskInstance>> TasksAsync(long dagRunId, CancellationToken cancellation) =>
        database.InTransactionAsync(tx => TaskInstanceTable.OfRunAsync(tx, dagRunId), cancellation);

    private Task WaitAsync(DateTimeOffset? until, CancellationToken cancellation)
    {
        var pause = until is { } at ? at - time.GetUtcNow() : TimeSpan.FromSeconds(1);
        return pause > TimeSpan.Zero ? Task.Delay(pause, time, cancellation) : Task.CompletedTask;
    }

    private sealed record Step(DagRunState? Ended, IReadOnlyList<TaskInstance> Queued, DateTimeOffset? WakeAt);

    /// <summary>A report grants slots to every run; what it queued of others goes its usual way, what it queued of ours we run ourselves.</summary>
    private sealed class OtherRuns(Database database, ITaskQueue queue, long dagRunId) : ITaskQueue
    {
        public async Task EnqueueAsync(IReadOnlyList<long> taskInstanceIds, CancellationToken cancellation) =>
            await queue.EnqueueAsync(await OthersAsync(taskInstanceIds, cancellation), cancellation);

        public async Task RecordAsync(IReadOnlyList<long> taskInstanceIds, CancellationToken cancellation) =>
            await queue.RecordAsync(await OthersAsync(taskInstanceIds, cancellation), cancellation);

        private async Task<IReadOnlyList<long>> OthersAsync(IReadOnlyList<long> ids, CancellationToken cancellation)
        {
            var ours = await database.InTransactionAsync(tx => TaskInstanceTable.OfRunAsync(tx, dagRunId), cancellation);
            return [.. ids.Except(ours.Select(task => task.Id))];
        }
    }
}
