using System.Globalization;
using Microsoft.Extensions.Logging;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>
/// Pauses DAGs whose last runs have all failed (max_consecutive_failed_dag_runs, airflow-semantics.md §1). With each failure anew: who unpauses
/// such a DAG has it run until the next one.
/// </summary>
public sealed class FailurePause(Database database, ILogger<FailurePause> log)
{
    /// <summary>Looks at the DAGs of all runs that have failed since the last look.</summary>
    public async Task PauseAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        while (await database.InTransactionAsync(tx => PauseOneAsync(tx, now), cancellation))
        {
        }
    }

    private async Task<bool> PauseOneAsync(Transaction tx, DateTimeOffset now)
    {
        if (await FailedRunTable.TakeAsync(tx) is not { } run) return false;
        if (await DagTable.LockAsync(tx, run.DagId) is not { IsPaused: false } || !await FailedRunTable.AllFailedAsync(tx, run.DagId, run.MaxFailures)) return true;
        var reason = string.Create(CultureInfo.InvariantCulture,
            $"The scheduler paused it: its last {(run.MaxFailures == 1 ? "run has" : $"{run.MaxFailures} runs have all")} failed, the latest of them {run.RunId} (max_consecutive_failed_dag_runs is {run.MaxFailures}). Look why, then unpause it.");
        await DagTable.SetPausedAsync(tx, run.DagId, isPaused: true, reason);
        await DagRunTable.WakeAllOfDagAsync(tx, run.DagId, now);
        await EventLogTable.AddAsync(tx, new Event("paused", "scheduler") { DagId = run.DagId, RunId = run.RunId, Extra = reason }, now);
        await tx.NotifyAsync(Topic.DagChanged, run.DagId);
        tx.AfterCommit(() => log.LogWarning("DAG {DagId}: {Reason}", run.DagId, reason));
        return true;
    }
}
