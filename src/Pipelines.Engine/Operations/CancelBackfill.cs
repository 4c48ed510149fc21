using System.Globalization;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>
/// Ends a backfill for good: its queued runs fail, its running ones finish. What is cleared in a run of it afterwards runs, as nothing of
/// a backfill that is over holds its runs (in Airflow they are stranded: apache/airflow#72337).
/// </summary>
public sealed class CancelBackfill(Database database, TimeProvider time)
{
    /// <returns>How many queued runs failed thereby.</returns>
    /// <exception cref="OperationException">No such backfill, or it is over.</exception>
    public Task<int> ExecuteAsync(long id, Actor actor, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var now = time.GetUtcNow();
        var backfill = await Lookup.LockUnfinishedBackfillAsync(tx, id);
        var reason = string.Create(CultureInfo.InvariantCulture, $"backfill {id} was cancelled by {actor.Name} before the run started: clear the run to run it");
        var failed = await BackfillTable.CancelAsync(tx, id, actor.Name, reason, now) ?? [];
        var extra = string.Create(CultureInfo.InvariantCulture, $"{id}: {failed.Count} queued runs failed");
        await EventLogTable.AddAsync(tx, new Event("cancel_backfill", actor.Name) { DagId = backfill.DagId, Extra = extra }, now);
        foreach (var runId in failed) await tx.NotifyRunAsync(runId, backfill.DagId);
        await tx.NotifyAsync(Topic.SchedulerWork, backfill.DagId);
        await tx.NotifyAsync(Topic.DagChanged, backfill.DagId);
        return failed.Count;
    }, cancellation);
}
