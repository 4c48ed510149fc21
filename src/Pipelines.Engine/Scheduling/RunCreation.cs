using Microsoft.Extensions.Logging;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>Creates the runs that timetables call for. Any number of schedulers may do so side by side.</summary>
public sealed class RunCreation(Database database, DagVersions versions, ILogger<RunCreation> log)
{
    private static readonly TimeSpan LookAgainAfterError = TimeSpan.FromMinutes(1);

    /// <summary>What bounds the automatic runs of a DAG.</summary>
    public static TimeRestriction Restriction(Dag dag) => new(dag.StartDate, dag.EndDate, dag.Catchup);

    /// <summary>Creates all runs that are due now.</summary>
    public async Task CreateDueAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        await database.InTransactionAsync(DagTable.UnblockAsync, cancellation);
        while (await CreateOneAsync(now, cancellation))
        {
        }
    }

    private async Task<bool> CreateOneAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        string? dagId = null;
        try
        {
            return await database.InTransactionAsync(async tx =>
            {
                if (await DagTable.LockDueAsync(tx, now) is not { } stored) return false;
                dagId = stored.DagId;
                await CreateAsync(tx, stored, await versions.CurrentAsync(tx, stored), now);
                return true;
            }, cancellation);
        }
        catch (Exception error) when (dagId is not null && error is not OperationCanceledException)
        {
            // Later, so that one broken DAG does not hold up all others; in a new transaction, as the error may have ended this one.
            var (trace, words) = DatabaseTrouble.ForLog(error);
            log.LogError(error is DagUnreadableException ? null : trace, "No run of DAG {DagId} can be created: {Error}", dagId, words);
            await database.InTransactionAsync(tx => DagTable.SetCreateAfterAsync(tx, dagId, now + LookAgainAfterError), cancellation);
            return true;
        }
    }

    private static async Task CreateAsync(Transaction tx, StoredDag stored, Dag dag, DateTimeOffset now)
    {
        if (await DagRunTable.IsFullAsync(tx, dag))
        {
            await DagTable.SetCreateAfterAsync(tx, dag.DagId, null);
            return;
        }

        // Decided anew: the stored moment may be old (the schedulers were down, or the DAG was paused), and catchup=false skips what was missed.
        var last = await DagRunTable.LastAutomatedAsync(tx, dag.DagId);
        var due = dag.Timetable.NextRun(last, Restriction(dag), dag.Timetable.ForgetsThePast && stored.NextRunAfter < now ? stored.NextRunAfter.Value : now);
        var created = false;
        // On past dates that are taken: the latest automated run does not move on with them, so the next look would begin at the same date.
        while (!created && due is not null && due.RunAfter <= now)
        {
            created = await AddAsync(tx, dag, stored.CurrentVersionId!.Value, due, now);
            due = dag.Timetable.NextRun(due.Interval, Restriction(dag), now);
        }
        await DagTable.SetNextAsync(tx, dag.DagId, due);
    }

    /// <returns>False when a run with this logical date exists, made by hand: the timetable's turn has been taken.</returns>
    private static async Task<bool> AddAsync(Transaction tx, Dag dag, long versionId, PlannedRun due, DateTimeOffset now)
    {
        var id = await DagRunTable.AddAsync(tx, new NewDagRun
        {
            DagId = dag.DagId,
            RunId = RunIds.Scheduled(due.LogicalDate),
            RunType = DagRunType.Scheduled,
            LogicalDate = due.LogicalDate,
            Interval = due.Interval,
            RunAfter = due.RunAfter,
            TriggeredBy = RunTriggeredBy.Timetable,
            DagVersionId = versionId,
            MaxActiveTasks = dag.MaxActiveTasks,
        }, now);
        if (id is not { } created) return false;
        await TaskInstanceTable.AddAsync(tx, created, dag.TasksAt(due.LogicalDate));
        return true;
    }
}
