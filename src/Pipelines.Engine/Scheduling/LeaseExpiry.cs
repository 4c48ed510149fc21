using System.Globalization;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Callbacks;
using Pipelines.Engine.Telemetry;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Runs;
using LogLevel = Pipelines.Model.Activities.LogLevel;

namespace Pipelines.Engine.Scheduling;

/// <summary>Ends attempts whose worker stopped renewing its lease: they are retried like any failure.</summary>
public sealed class LeaseExpiry(Database database, DagVersions versions, RunPlanning planning, EngineSettings settings, ILogger<LeaseExpiry> log)
{
    private const int MaxPerTick = 100;

    private long _endedUpTo;

    /// <summary>Ends those that ran out, by the database's clock.</summary>
    /// <returns>What to tell Hangfire.</returns>
    public async Task<PlannedWork> EndLostAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var lost = await database.InTransactionAsync(tx => LeaseTable.LostAsync(tx, MaxPerTick, settings.LeaseGrace, _endedUpTo), cancellation);
        // Round and round: those that cannot be ended must not keep the others from their end.
        _endedUpTo = lost.Count < MaxPerTick ? 0 : lost[^1].TaskInstanceId;
        var work = PlannedWork.None;
        foreach (var lease in lost)
        {
            try
            {
                work = work.With(await database.InTransactionAsync(tx => EndAsync(tx, lease, now), cancellation));
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // The others are ended all the same; what they plan must reach Hangfire.
                log.LogError(error is DagUnreadableException ? null : error, "Task instance {TaskInstanceId} of run {DagRunId}, which worker {Worker} lost, cannot be ended: {Error}",
                    lease.TaskInstanceId, lease.DagRunId, lease.Worker, error.Message);
            }
        }
        return work;
    }

    private async Task<PlannedWork> EndAsync(Transaction tx, LostLease lease, DateTimeOffset now)
    {
        // Another scheduler, or the worker after all, may be faster; and who holds the run for long must not hold up the lost attempts of others.
        if (await DagRunTable.TryLockAsync(tx, lease.DagRunId) is not { } run || !await LeaseTable.IsLostAsync(tx, lease.TaskInstanceId, settings.LeaseGrace))
            return PlannedWork.None;
        var instance = (await TaskInstanceTable.FindAsync(tx, lease.TaskInstanceId))!;
        var task = (await versions.OfRunAsync(tx, run)).TasksById.GetValueOrDefault(instance.TaskId);
        var end = Decide(task, run, instance, Message(lease), now);
        if (!await LeaseTable.EndAsync(tx, end, now)) return PlannedWork.None;
        if (task is not null) await OwedCallbacks.OfLostAttemptAsync(tx, task, run, instance, end, lease.Worker, now);
        tx.AfterCommit(() => EngineMeter.ZombieKilled(run.DagId));
        await LogTable.AppendLastAsync(tx, instance.Id, instance.Token, new LogLine(now, LogLevel.Error, end.Error!));
        await EventLogTable.AddAsync(tx, new Event("heartbeat_timeout", "scheduler")
        {
            DagId = run.DagId,
            RunId = run.RunId,
            TaskId = instance.TaskId,
            MapIndex = instance.MapIndex,
            Extra = end.Error,
        }, now);
        var planned = await planning.PlanAfterAsync(tx, run, [new EndedTask(instance.TaskId, instance.MapIndex, end.To)], now);
        return planned.With(new PlannedWork([], [instance.Id]));
    }

    private static AttemptEnd Decide(DagTask? task, DagRun run, TaskInstance instance, string message, DateTimeOffset now)
    {
        var retry = task is null ? null : RetryPolicy.Decide(task, run, instance, failure: null, now);
        var happened = retry?.NextRetryAt is null ? TaskEvent.LeaseLostForGood : TaskEvent.LeaseLost;
        var to = TaskTransitions.Decide(instance.State, happened).To!.Value;
        return new AttemptEnd
        {
            TaskInstanceId = instance.Id,
            Token = instance.Token,
            From = instance.State,
            To = to,
            AttemptState = TaskState.Failed,
            Error = message,
            Reason = to == TaskState.UpForRetry ? retry?.Reason : null,
            // A task that was cleared while it ran starts again at once.
            NextRetryAt = to != TaskState.UpForRetry ? null : instance.State == TaskState.Restarting ? now : retry!.NextRetryAt,
        };
    }

    private static string Message(LostLease lease) => string.Create(CultureInfo.InvariantCulture,
        $"Worker {lease.Worker} stopped renewing its lease, which ran out at {lease.LeaseUntil.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC: the process died, hung or lost the database. Look at that host's log and memory.");
}
