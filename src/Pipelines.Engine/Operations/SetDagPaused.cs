using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>Pauses a DAG (running tasks go on, nothing new starts) or lets it go on.</summary>
public sealed class SetDagPaused(Database database, TimeProvider time)
{
    /// <returns>False when it was so already.</returns>
    /// <exception cref="OperationException">No such DAG.</exception>
    public Task<bool> ExecuteAsync(string dagId, bool isPaused, Actor actor, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var now = time.GetUtcNow();
        await Lookup.LockDagAsync(tx, dagId);
        if (!await DagTable.SetPausedAsync(tx, dagId, isPaused)) return false;
        await DagRunTable.WakeAllOfDagAsync(tx, dagId, now);
        await EventLogTable.AddAsync(tx, new Event(isPaused ? "paused" : "unpaused", actor.Name) { DagId = dagId }, now);
        await tx.NotifyAsync(Topic.SchedulerWork, dagId);
        await tx.NotifyAsync(Topic.DagChanged, dagId);
        return true;
    }, cancellation);
}
