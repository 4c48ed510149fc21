using Pipelines.Engine.Telemetry;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>Moves queued runs to running, within max_active_runs of the DAG or the backfill.</summary>
public sealed class RunStart(Database database)
{
    // Per DAG and tick; the rest follows with the next tick.
    private const int MaxRuns = 100;

    /// <summary>Starts all queued runs that may start now; those that may not get the reason.</summary>
    public async Task StartQueuedAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var after = "";
        while (await StartQueuedOfNextDagAsync(after, now, cancellation) is { } dagId) after = dagId;
        await database.InTransactionAsync(async tx =>
        {
            foreach (var dagId in await BackfillTable.CompleteAsync(tx, now)) await tx.NotifyAsync(Topic.DagChanged, dagId);
        }, cancellation);
    }

    private async Task<string?> StartQueuedOfNextDagAsync(string after, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var tx = await database.BeginAsync(cancellation);
        if (await DagTable.LockWithQueuedRunsAsync(tx, after, now) is not { } dag) return null;
        var active = await DagRunTable.CountActiveAsync(tx, dag.DagId);
        // Live runs first: a backfill never holds them up.
        foreach (var backfillId in active.Where(runs => runs.State == DagRunState.Queued).Select(runs => runs.BackfillId).Order())
        {
            var backfill = backfillId is { } id ? await BackfillTable.FindAsync(tx, id) : null;
            var limit = backfill?.MaxActiveRuns ?? dag.MaxActiveRuns;
            var running = active.FirstOrDefault(runs => runs.State == DagRunState.Running && runs.BackfillId == backfillId)?.Runs ?? 0;
            await StartAsync(tx, await DagRunTable.LockQueuedAsync(tx, dag.DagId, backfillId, MaxRuns, now), new Places(running, limit, backfill?.Hold), now);
        }
        await tx.CommitAsync();
        return dag.DagId;
    }

    private static async Task StartAsync(Transaction tx, IReadOnlyList<DagRun> queued, Places places, DateTimeOffset now)
    {
        var running = places.Taken;
        List<(long DagRunId, string Reason)> held = [];
        foreach (var run in queued)
        {
            var promotion = RunPromotion.Decide(run, running, places.Limit, dagPaused: false, now, places.Hold);
            if (!promotion.Promoted)
            {
                // Of a backfill a hundred wait at every tick, nearly all for what they waited for at the last one.
                if (promotion.Reason != run.Reason) held.Add((run.Id, promotion.Reason));
            }
            else if (await DagRunTable.StartAsync(tx, run.Id, now))
            {
                running++;
                tx.AfterCommit(() => EngineMeter.RunStarted(run, now));
            }
        }

        await DagRunTable.SetReasonsAsync(tx, held);
    }

    /// <summary>How many runs may run, how many do, and what the backfill says.</summary>
    private sealed record Places(int Taken, int Limit, BackfillHold? Hold);
}
