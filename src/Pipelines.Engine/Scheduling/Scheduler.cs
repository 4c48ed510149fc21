using Microsoft.Extensions.Logging;
using Pipelines.Engine.Execution;
using Pipelines.Storage;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>
/// One look at everything that time and lost messages change. Any number of schedulers may tick side by side. Its cost follows the
/// unfinished work, not the history.
/// </summary>
public sealed class Scheduler(
    Database database, RunCreation creation, RunStart start, RunPlanning planning, SlotGranting slots, LeaseExpiry leases,
    ITaskQueue queue, EngineSettings settings, ILogger<Scheduler> log)
{
    private const int MaxHandedAgain = 100;
    private static readonly TimeSpan LookAgainAfterError = TimeSpan.FromMinutes(1);

    private DateOnly _logDay;

    /// <summary>Creates due runs, starts queued ones, plans those whose time has come, and heals.</summary>
    public async Task TickAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        await creation.CreateDueAsync(now, cancellation);
        await start.StartQueuedAsync(now, cancellation);
        while (await PlanOneAsync(now, cancellation))
        {
        }
        await (await leases.EndLostAsync(now, cancellation)).HandOverAsync(queue, cancellation);
        var granted = await database.InTransactionAsync(tx => slots.GrantAsync(tx, now), cancellation);
        var lost = await database.InTransactionAsync(tx => SlotTable.HandAgainAsync(tx, now - settings.HandAgainAfter, MaxHandedAgain, now), cancellation);
        await new PlannedWork([.. granted, .. lost], []).HandOverAsync(queue, cancellation);
        await TurnLogPartitionsAsync(now, cancellation);
    }

    private async Task<bool> PlanOneAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        await using var tx = await database.BeginAsync(cancellation);
        if (await DagRunTable.LockDueAsync(tx, now) is not { } run) return false;
        try
        {
            var work = await planning.PlanAsync(tx, run.Id, now);
            await tx.CommitAsync();
            await work.HandOverAsync(queue, cancellation);
        }
        catch (DagUnreadableException error)
        {
            // Later, so that one unreadable DAG does not hold up all runs behind it.
            log.LogError("Run {RunId} of DAG {DagId} cannot go on: {Error}", run.RunId, run.DagId, error.Message);
            await DagRunTable.SetWakeAsync(tx, run.Id, now + LookAgainAfterError, error.Message);
            await tx.CommitAsync();
        }
        return true;
    }

    private async Task TurnLogPartitionsAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        if (_logDay == today) return;
        await database.InTransactionAsync(async tx =>
        {
            await LogPartitions.EnsureAsync(tx, today);
            await LogPartitions.DropBeforeAsync(tx, DateOnly.FromDateTime((now - settings.LogRetention).UtcDateTime));
        }, cancellation);
        _logDay = today;
    }
}
