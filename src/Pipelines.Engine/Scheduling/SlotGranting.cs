using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>Moves task instances from scheduled to queued, within pools, max_active_tasks and parallelism.</summary>
public sealed class SlotGranting(EngineSettings settings)
{
    // More would make the lock long; those behind are looked at again when one of these has ended.
    private const int MaxCandidates = 1000;

    /// <summary>Grants what is free now, over all runs. One transaction of all processes at a time, until its commit.</summary>
    /// <returns>Those that became queued; to be handed to Hangfire after the commit.</returns>
    public async Task<IReadOnlyList<long>> GrantAsync(Transaction tx, DateTimeOffset now)
    {
        if (!await SlotTable.AnyWaitingAsync(tx)) return [];
        await SlotTable.LockAsync(tx);
        var candidates = await SlotTable.CandidatesAsync(tx, MaxCandidates);
        if (candidates.Count == 0) return [];
        var active = await SlotTable.ActiveByRunAsync(tx);
        var limits = new SlotLimits(active, Math.Max(0, settings.Parallelism - active.Values.Sum()));
        var grant = SlotGrant.Decide(candidates, await SlotTable.PoolsAsync(tx), limits);
        await TaskInstanceTable.SetReasonsAsync(tx, grant.Waits);
        return grant.Granted.Count == 0 ? [] : await SlotTable.QueueAsync(tx, grant.Granted, now);
    }
}
