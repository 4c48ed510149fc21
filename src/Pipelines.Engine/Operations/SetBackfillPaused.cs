using System.Globalization;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>Pauses a backfill (its running runs go on, its queued ones wait) or lets it go on.</summary>
public sealed class SetBackfillPaused(Database database, TimeProvider time)
{
    /// <returns>False when it was so already.</returns>
    /// <exception cref="OperationException">No such backfill, or it is over.</exception>
    public Task<bool> ExecuteAsync(long id, bool isPaused, Actor actor, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var backfill = await Lookup.LockUnfinishedBackfillAsync(tx, id);
        if (!await BackfillTable.SetPausedAsync(tx, id, isPaused)) return false;
        var happened = new Event(isPaused ? "pause_backfill" : "unpause_backfill", actor.Name) { DagId = backfill.DagId, Extra = id.ToString(CultureInfo.InvariantCulture) };
        await EventLogTable.AddAsync(tx, happened, time.GetUtcNow());
        await tx.NotifyAsync(Topic.SchedulerWork, backfill.DagId);
        await tx.NotifyAsync(Topic.DagChanged, backfill.DagId);
        return true;
    }, cancellation);
}
