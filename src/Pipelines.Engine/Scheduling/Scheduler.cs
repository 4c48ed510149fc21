using System.Data.Common;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Execution;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>
/// One look at everything that time and lost messages change. Any number of schedulers may tick side by side. Its cost follows the
/// unfinished work, not the history.
/// </summary>
public sealed class Scheduler(
    Database database, FailurePause failures, RunCreation creation, AssetRuns assetRuns, RunStart start, RunPlanning planning, SlotGranting slots, LeaseExpiry leases,
    ITaskQueue queue, EngineSettings settings, ILogger<Scheduler> log)
{
    private const int MaxHandedAgain = 100;
    private const int MaxPastChanges = 1000;
    private const int MaxPlannedWithoutSlots = 16;
    private static readonly TimeSpan LookAgainAfterError = TimeSpan.FromMinutes(1);

    private readonly Tellings _tellings = new();
    private DateOnly _logDay;
    private DateTimeOffset _turnLogsAfter;
    private long _unrecordedAfter;

    /// <summary>Done when Hangfire has heard of what ticks have decided until now.</summary>
    public Task ToldAsync() => _tellings.DoneAsync();

    /// <summary>Creates due runs, starts queued ones, plans those whose time has come, and heals. Hangfire hears of it meanwhile or later.</summary>
    public async Task TickAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        await failures.PauseAsync(now, cancellation);
        await creation.CreateDueAsync(now, cancellation);
        await assetRuns.CreateAsync(now, cancellation);
        await start.StartQueuedAsync(now, cancellation);
        await database.InTransactionAsync(tx => PastTable.WakeAsync(tx, MaxPastChanges, now), cancellation);
        // Slots for many runs at once: busy workers stand in the same line for the lock, and each turn in it takes a while.
        for (var planned = 1; await PlanOneAsync(now, cancellation); planned++)
        {
            if (planned % MaxPlannedWithoutSlots == 0) await GrantAsync(now, cancellation);
        }
        await GrantAsync(now, cancellation);
        HandOver(await leases.EndLostAsync(now, cancellation));
        await database.InTransactionAsync(slots.ExplainAsync, cancellation);
        HandOver(await database.InTransactionAsync(tx => OwedAsync(tx, now), cancellation));
        await TurnLogPartitionsAsync(now, cancellation);
    }

    private async Task GrantAsync(DateTimeOffset now, CancellationToken cancellation) =>
        HandOver(new PlannedWork(await database.InTransactionAsync(tx => slots.GrantAsync(tx, now), cancellation), []));

    /// <summary>What Hangfire was not told, because who had to do so died.</summary>
    private async Task<PlannedWork> OwedAsync(Transaction tx, DateTimeOffset now)
    {
        var before = now - settings.HandAgainAfter;
        var unrecorded = await HangfireJobTable.UnrecordedAsync(tx, MaxHandedAgain, before, _unrecordedAfter);
        // Round and round: those whose record is refused every time must not keep the others from theirs.
        _unrecordedAfter = unrecorded.Count < MaxHandedAgain ? 0 : unrecorded[^1];
        return new PlannedWork(await SlotTable.HandAgainAsync(tx, before, MaxHandedAgain, now), unrecorded);
    }

    private async Task<bool> PlanOneAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        DagRun? run = null;
        try
        {
            var work = await database.InTransactionAsync(async tx =>
            {
                run = await DagRunTable.LockDueAsync(tx, now);
                return run is null ? PlannedWork.None : new PlannedWork([], await planning.PlanWithoutSlotsAsync(tx, run, now));
            }, cancellation);
            HandOver(work);
        }
        catch (Exception error) when (run is not null && error is not OperationCanceledException)
        {
            // Later, so that one broken run does not hold up all runs behind it; in a new transaction, as the error may have ended this one.
            var (trace, words) = DatabaseTrouble.ForLog(error);
            log.LogError(error is DagUnreadableException ? null : trace, "Run {RunId} of DAG {DagId} cannot go on: {Error}", run.RunId, run.DagId, words);
            await database.InTransactionAsync(tx => DagRunTable.SetWakeAsync(tx, run.Id, now + LookAgainAfterError, words), cancellation);
        }
        return run is not null;
    }

    private void HandOver(PlannedWork work)
    {
        if (!work.IsNone) _tellings.Start(() => HandOverAsync(work));
    }

    private async Task HandOverAsync(PlannedWork work)
    {
        try
        {
            await work.HandOverAsync(queue);
        }
        catch (Exception error)
        {
            var (trace, words) = DatabaseTrouble.ForLog(error);
            log.LogError(trace, "Hangfire could not be told of {Queued} queued and {Changed} changed task instances: {Error} Queued ones are handed over again in {Delay}",
                work.Queued.Count, work.Changed.Count, words, settings.HandAgainAfter);
        }
    }

    private async Task TurnLogPartitionsAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        if (_logDay == today || now < _turnLogsAfter) return;
        try
        {
            await database.InTransactionAsync(async tx =>
            {
                await LogPartitions.EnsureAsync(tx, today);
                await LogPartitions.DropBeforeAsync(tx, DateOnly.FromDateTime((now - settings.LogRetention).UtcDateTime));
            }, cancellation);
            _logDay = today;
        }
        catch (DbException error) when (DatabaseTrouble.IsLock(error))
        {
            _turnLogsAfter = now + LookAgainAfterError;
            log.LogInformation("The logs' table gets its partitions for {Day} and loses old ones later, as another session reads it, e.g. a dump; tried again in {Delay}, and lines are stored all the same", today, LookAgainAfterError);
        }
    }
}
