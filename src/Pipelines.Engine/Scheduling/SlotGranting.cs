using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>Moves task instances from scheduled to queued, within pools, max_active_tasks and parallelism.</summary>
public sealed class SlotGranting(EngineSettings settings)
{
    // Of those that wait, so many are told why at each tick; those behind them when these have gone.
    private const int MaxExplained = 1000;

    /// <summary>Grants what is free now, over all runs. One transaction of all processes at a time, until its commit.</summary>
    /// <returns>Those that became queued, first the one to start first; to be handed to Hangfire after the commit.</returns>
    public async Task<IReadOnlyList<long>> GrantAsync(Transaction tx, DateTimeOffset now)
    {
        if (!await SlotTable.AnyWaitingAsync(tx)) return [];
        await SlotTable.LockAsync(tx);
        List<long> granted = [];
        while (true)
        {
            var active = await SlotTable.ActiveByRunAsync(tx);
            var limits = new SlotLimits(active, settings.Parallelism - active.Values.Sum());
            // Only those whose pool and run have a place, so that those who have none neither cost anything nor stand in front of others.
            var candidates = limits.OpenSlots <= 0 ? [] : await SlotTable.PlaceableAsync(tx, limits.OpenSlots);
            if (candidates.Count == 0) return granted;
            var grant = SlotGrant.Decide(candidates, await SlotTable.PoolsAsync(tx), limits);
            granted.AddRange(await SlotTable.QueueAsync(tx, grant.Granted, now));
            // Otherwise a pool or run became full on the way, and others may have a place.
            if (grant.Waits.Count == 0 || grant.Granted.Count == 0) return granted;
        }
    }

    /// <summary>Stores for those that wait for a slot what they wait for.</summary>
    public async Task ExplainAsync(Transaction tx)
    {
        if (!await SlotTable.AnyWaitingAsync(tx)) return;
        var active = await SlotTable.ActiveByRunAsync(tx);
        var limits = new SlotLimits(active, Math.Max(0, settings.Parallelism - active.Values.Sum()));
        var grant = SlotGrant.Decide(await SlotTable.WaitingAsync(tx, MaxExplained), await SlotTable.PoolsAsync(tx), limits);
        await SlotTable.ExplainAsync(tx, grant.Waits);
    }
}
