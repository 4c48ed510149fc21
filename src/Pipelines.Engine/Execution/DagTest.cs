using Microsoft.Extensions.Logging;
using Pipelines.Engine.Callbacks;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Callbacks;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution;

/// <summary>
/// Carries a run through in this process, one task after the other, without Hangfire, pools or limits, and also when the DAG is paused
/// (Airflow's <c>dags test</c>). Attempts, logs and XComs are stored as in any run.
/// </summary>
public sealed class DagTest(
    Database database, ActivityCatalog catalog, DagVersions versions, RunPlanning planning, Triggerer triggerer, MarkDagRun mark, ITaskQueue queue,
    EngineSettings settings, TimeProvider time, ILoggerFactory logs, OuterSecrets? outer = null)
{
    private static readonly TimeSpan LookAtLog = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>Runs a queued or running run to its end.</summary>
    /// <param name="run">The run.</param>
    /// <param name="actor">Who ends it by an interruption.</param>
    /// <param name="print">Gets every log line with its task, while the task runs.</param>
    /// <param name="interruption">Marks the run and what is unfinished in it as failed and stops the running task: nobody else would carry it on. Teardowns of what was prepared still run.</param>
    /// <returns>How the run ended.</returns>
    /// <exception cref="OperationException">The run was deleted meanwhile.</exception>
    public async Task<DagRunState> RunAsync(DagRun run, Actor actor, Action<string, LogLine> print, CancellationToken interruption)
    {
        await database.InTransactionAsync(async tx =>
        {
            await DagRunTable.StartAsync(tx, run.Id, time.GetUtcNow());
            // No scheduler plans it: we do.
            await DagRunTable.SetWakeAsync(tx, run.Id, null);
        }, CancellationToken.None);
        var isFailed = false;
        while (true)
        {
            if (interruption.IsCancellationRequested && !isFailed)
            {
                await FailAsync(run, actor);
                isFailed = true;
            }

            // From then on nothing is left but teardowns, which it does not stop.
            var stop = isFailed ? CancellationToken.None : interruption;
            var step = await PlanAsync(run);
            if (step.Ended is { } state)
            {
                await TellAllAsync(run, print, interruption);
                // Tasks that had been handed to Hangfire before keep no job that still waits for a worker.
                await queue.RecordAsync([.. (await TasksAsync(run.Id)).Select(task => task.Id)], CancellationToken.None);
                return state;
            }

            foreach (var task in step.Queued.TakeWhile(_ => !stop.IsCancellationRequested)) isFailed |= await RunAsync(task, run, actor, print, stop);
            if (step.Queued.Count > 0 || step.IsPartial) continue;
            await WaitAsync(step.WakeAt, stop);
            await triggerer.TickAsync(new OtherRuns(database, queue, run.Id), CancellationToken.None);
        }
    }

    private async Task FailAsync(DagRun run, Actor actor)
    {
        try
        {
            await mark.ExecuteAsync(run.DagId, run.RunId, DagRunState.Failed, actor, CancellationToken.None, isCarriedOn: true);
        }
        catch (OperationException error) when (error.Kind is RefusalKind.Conflict or RefusalKind.NotFound)
        {
            // It has ended, or is gone: planning tells.
        }
    }

    private Task<Step> PlanAsync(DagRun planned) => database.InTransactionAsync(async tx =>
    {
        var now = time.GetUtcNow();
        var run = await DagRunTable.LockAsync(tx, planned.Id) ?? throw new OperationException(
            RefusalKind.NotFound, $"Run '{planned.RunId}' of DAG '{planned.DagId}' is gone: it was deleted, or another 'dags test' of its logical date took its place.");
        if (run.State.IsFinished()) return new Step(run.State, false, [], null);
        var snapshot = await planning.SnapshotAsync(tx, run) with { DagPaused = false };
        var decision = Planner.Decide(snapshot, now);
        if (decision.Transitions.Count > 0) await TaskInstanceTable.MoveAsync(tx, decision.Transitions, now);
        await OwedCallbacks.OfDecisionAsync(tx, snapshot, decision, now);
        await RunPlanning.ExpandAsync(tx, snapshot.Dag, run, decision);
        if (decision.RunState is { } ended) await DagRunTable.FinishAsync(tx, run.Id, ended, decision.RunReason, now);
        var tasks = await TaskInstanceTable.OfRunAsync(tx, run.Id);
        await SlotTable.QueueAsync(tx, [.. tasks.Where(task => task.State == TaskState.Scheduled).Select(task => task.Id)], now);
        return new Step(decision.RunState, decision.IsPartial, [.. tasks.Where(task => task.State is TaskState.Scheduled or TaskState.Queued)], decision.WakeAt);
    });

    /// <returns>Whether it was interrupted, and the run marked.</returns>
    private async Task<bool> RunAsync(TaskInstance task, DagRun run, Actor actor, Action<string, LogLine> print, CancellationToken interruption)
    {
        var runner = new TaskRunner(database, catalog, versions, planning, new OtherRuns(database, queue, run.Id), Options, time, logs.CreateLogger<TaskRunner>(), outer: outer);
        using var marked = new CancellationTokenSource();
        var running = runner.RunAsync(task.Id, marked.Token, CancellationToken.None);
        var chunk = await GoneOnAtAsync(task);
        while (!running.IsCompleted)
        {
            await Task.WhenAny(running, Task.Delay(LookAtLog, marked.IsCancellationRequested ? CancellationToken.None : interruption));
            if (interruption.IsCancellationRequested && !marked.IsCancellationRequested)
            {
                await FailAsync(run, actor);
                await marked.CancelAsync();
            }
            chunk = await PrintAsync(task, chunk, print);
        }

        await running;
        await TellAsync(run);
        await PrintAsync(task, chunk, print);
        return marked.IsCancellationRequested;
    }

    private WorkerOptions Options => new() { Name = $"dags test on {new WorkerOptions().Name}", ConfOverridesParams = settings.DagRunConfOverridesParams, TaskUrl = settings.TaskUrl };

    /// <summary>Calls the callbacks that are due; no worker does.</summary>
    private async Task TellAsync(DagRun run)
    {
        var runner = new CallbackRunner(database, catalog, versions, Options, time, outer);
        while (await runner.TakeOfRunAsync(run.Id) is { } owed) await runner.RunAsync(owed, CancellationToken.None);
    }

    /// <summary>As <see cref="TellAsync"/>, to the last delivery that is tried again or an interruption, and says what those of the DAG said.</summary>
    private async Task TellAllAsync(DagRun run, Action<string, LogLine> print, CancellationToken interruption)
    {
        await TellAsync(run);
        while (await database.InTransactionAsync(tx => CallbackTable.OfRunAsync(tx, run.Id), CancellationToken.None) is { Count: > 0 } owed)
        {
            if (interruption.IsCancellationRequested)
            {
                await GiveUpAsync(owed, print);
                break;
            }
            await WaitAsync(owed.Min(each => each.DueAt), interruption);
            await TellAsync(run);
        }

        foreach (var told in await database.InTransactionAsync(tx => EventLogTable.OfRunAsync(tx, run.DagId, run.RunId, CallbackRecord.EventNames), CancellationToken.None))
            print(told.Name, new LogLine(told.LoggedAt, Model.Activities.LogLevel.Info, told.Extra ?? ""));
    }

    /// <summary>No worker looks after a run of <c>dags test</c>: what nobody waits for any more would be owed for ever.</summary>
    private async Task GiveUpAsync(IReadOnlyList<OwedCallback> owed, Action<string, LogLine> print)
    {
        await database.InTransactionAsync(async tx =>
        {
            foreach (var each in owed) await CallbackTable.EndAsync(tx, each);
        }, CancellationToken.None);
        foreach (var each in owed)
        {
            var kind = StateNames.ToName(each.Moment.Kind);
            print(each.TaskInstanceId is null ? kind : TaskInstance.NameOf(each.Moment.TaskId!, each.Moment.MapIndex), new LogLine(time.GetUtcNow(), Model.Activities.LogLevel.Warning, $"{kind} is not tried again: 'dags test' was interrupted."));
        }
    }

    /// <summary>Of an attempt that goes on what was printed before is left out.</summary>
    private Task<int> GoneOnAtAsync(TaskInstance task) => !task.AttemptGoesOn ? Task.FromResult(0) : database.InTransactionAsync(async tx =>
        await LogTable.NextChunkAsync(tx, (await TaskAttemptTable.OfTaskInstanceAsync(tx, task.Id))[^1].Id));

    private async Task<int> PrintAsync(TaskInstance task, int chunk, Action<string, LogLine> print)
    {
        var page = await database.InTransactionAsync(async tx =>
        {
            var attempts = await TaskAttemptTable.OfTaskInstanceAsync(tx, task.Id);
            return attempts is [.., var latest] && latest.Token > task.Token ? await LogTable.ReadAsync(tx, latest.Id, chunk, int.MaxValue) : null;
        });
        foreach (var line in page?.Lines ?? []) print(task.Name, line);
        return page?.NextChunk ?? chunk;
    }

    private Task<IReadOnlyList<TaskInstance>> TasksAsync(long dagRunId) =>
        database.InTransactionAsync(tx => TaskInstanceTable.OfRunAsync(tx, dagRunId));

    private async Task WaitAsync(DateTimeOffset? until, CancellationToken interruption)
    {
        // A trigger may fire before.
        var pause = until is { } at && at - time.GetUtcNow() < LongestPause ? at - time.GetUtcNow() : LongestPause;
        if (pause > TimeSpan.Zero) await Task.WhenAny(Task.Delay(pause, time, interruption));
    }

    private sealed record Step(DagRunState? Ended, bool IsPartial, IReadOnlyList<TaskInstance> Queued, DateTimeOffset? WakeAt);

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
