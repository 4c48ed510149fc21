using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>Moves task instances from scheduled to queued, within pools, max_active_tasks, the limits of single tasks, and parallelism.</summary>
public sealed class SlotGranting(EngineSettings settings)
{
    // Of those that wait, so many are told why at each tick; those behind them when these have gone.
    private const int MaxExplained = 1000;

    /// <summary>Grants what is free now, over all runs. One transaction of all processes at a time, until its commit.</summary>
    /// <returns>Those that became queued, first the one to start first; to be handed to Hangfire after the commit.</returns>
    public async Task<IReadOnlyList<long>> GrantAsync(Transaction tx, DateTimeOffset now)
    {
        if (!await SlotTable.AnyWaitingAsync(tx)) return [];
        if (!settings.GrantsSlots)
        {
            await tx.NotifyAsync(Topic.SchedulerWork, "");
            return [];
        }

        await SlotTable.LockAsync(tx);
        List<long> granted = [];
        while (true)
        {
            var limits = new SlotLimits(await SlotTable.ActiveByRunAsync(tx), settings.Parallelism);
            // Only those for whom every limit has a place, so that the others do not stand in front of them.
            var candidates = limits.OpenSlots == 0 ? [] : await SlotTable.PlaceableAsync(tx, limits.OpenSlots);
            if (candidates.Count == 0) return granted;
            var grant = SlotGrant.Decide(candidates, await PoolTable.UseAsync(tx), limits);
            granted.AddRange(await SlotTable.QueueAsync(tx, grant.Granted, now));
            // Otherwise a limit was reached on the way, and others may have a place.
            if (grant.Waits.Count == 0 || grant.Granted.Count == 0) return granted;
        }
    }

    /// <summary>Stores for those that wait for a slot what they wait for.</summary>
    public async Task ExplainAsync(Transaction tx)
    {
        if (!await SlotTable.AnyWaitingAsync(tx)) return;
        var limits = new SlotLimits(await SlotTable.ActiveByRunAsync(tx), settings.Parallelism);
        var grant = SlotGrant.Decide(await SlotTable.WaitingAsync(tx, MaxExplained), await PoolTable.UseAsync(tx), limits);
        await SlotTable.ExplainAsync(tx, grant.Waits);
    }
}
