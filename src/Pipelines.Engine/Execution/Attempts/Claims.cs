using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>Takes queued task instances for this worker and holds on to them.</summary>
internal sealed class Claims(Database database, DagVersions versions, Leases leases, WorkerOptions options, TimeProvider time)
{
    /// <summary>Claims a task instance and reads what it is about; null when it is not queued, or cannot be run by this program.</summary>
    /// <param name="taskInstanceId">Which.</param>
    /// <param name="hint">See <see cref="Leases.Keep"/>.</param>
    public async Task<Held?> TakeAsync(long taskInstanceId, CancellationToken hint)
    {
        var now = time.GetUtcNow();
        var timestamp = time.GetTimestamp();
        // Committed at once and alone: the row stays locked for no longer than the claim takes.
        var claim = await database.InTransactionAsync(tx => LeaseTable.ClaimAsync(tx, taskInstanceId, options.Name, options.Lease, now), CancellationToken.None);
        return claim is null ? null : await HoldAsync(new Claimed(claim, timestamp, Run: null), hint);
    }

    /// <summary>Claims whoever is first in turn; null when nobody waits. To be kept with <see cref="HoldAsync"/>.</summary>
    public async Task<Claimed?> NextAsync()
    {
        var now = time.GetUtcNow();
        var timestamp = time.GetTimestamp();
        var claims = await database.InTransactionAsync(tx => LeaseTable.ClaimNextAsync(tx, options.Queues, 1, options.Name, options.Lease, now), CancellationToken.None);
        return claims is [var claim] ? new Claimed(claim, timestamp, Run: null) : null;
    }

    /// <summary>Keeps a claim and reads what it is about; null when it cannot be run by this program.</summary>
    public async Task<Held?> HoldAsync(Claimed claimed, CancellationToken hint)
    {
        var lease = leases.Keep(new Hold(claimed.Claim.TaskInstance.Id, claimed.Claim.TaskInstance.Token), claimed.Timestamp, hint);
        try
        {
            if (claimed.Run is { } run && versions.Known(run) is { } dag) return new Held(AssignmentOf(claimed, run, dag), lease);
            return new Held(await database.PatientlyAsync(tx => ReadAsync(tx, claimed), time, lease.Lost), lease);
        }
        catch (Exception error)
        {
            lease.Dispose();
            if (error is OperationCanceledException && lease.Lost.IsCancellationRequested) return null;
            if (error is not DagUnreadableException unreadable) throw;
            await EndAsync(claimed.Claim, unreadable);
            return null;
        }
    }

    private async Task<Assignment> ReadAsync(Transaction tx, Claimed claimed)
    {
        var run = await DagRunQueries.FindAsync(tx, claimed.Claim.TaskInstance.DagRunId)
            ?? throw new InvalidOperationException($"Task instance {claimed.Claim.TaskInstance.Id} has no run.");
        return AssignmentOf(claimed, run, await versions.OfRunAsync(tx, run));
    }

    private Assignment AssignmentOf(Claimed claimed, DagRun run, Dag dag)
    {
        var instance = claimed.Claim.TaskInstance;
        return dag.TasksById.TryGetValue(instance.TaskId, out var task)
            ? new Assignment(instance, claimed.Claim.AttemptId, run, dag, task) { Resumption = claimed.Claim.Resumption, ConfOverridesParams = options.ConfOverridesParams, TaskUrl = options.TaskUrl }
            : throw new DagUnreadableException($"DAG '{run.DagId}' has no task '{instance.TaskId}' in the version that this run uses. Clear the run to plan it again.", mayPass: false);
    }

    // Without a DAG there is nothing to plan with; the scheduler looks at the run at its next tick and says the same of the whole run, or
    // finds that it can read what this worker cannot, which may lack a plugin only for now.
    private Task EndAsync(Claim claim, DagUnreadableException error) => database.InTransactionAsync(async tx =>
    {
        var now = time.GetUtcNow();
        var task = claim.TaskInstance;
        await DagRunTable.LockAsync(tx, task.DagRunId);
        await LogTable.AppendLastAsync(tx, task.Id, task.Token, new LogLine(now, LogLevel.Error, error.MayPass ? $"{error.Message} It is tried again in {MissingActivity.Again}; no try is used up." : error.Message));
        var to = error.MayPass ? TaskState.UpForReschedule : TaskState.Failed;
        await LeaseTable.EndAsync(tx, new AttemptEnd
        {
            TaskInstanceId = task.Id,
            Token = task.Token,
            From = TaskState.Running,
            To = to,
            AttemptState = to,
            Error = error.MayPass ? null : error.Message,
            RescheduleDate = error.MayPass ? now + MissingActivity.Again : null,
            IsUnbegun = error.MayPass,
        }, now);
        await DagRunTable.SetWakeAsync(tx, task.DagRunId, now);
    });
}

/// <summary>A claim of this worker.</summary>
/// <param name="Claim">What was claimed.</param>
/// <param name="Timestamp">The clock's timestamp before it was: its lease counts from then.</param>
/// <param name="Run">Its run, where it has just been read; null: to be read.</param>
internal sealed record Claimed(Claim Claim, long Timestamp, DagRun? Run);

/// <summary>A claim that is kept, and what it is about.</summary>
internal sealed record Held(Assignment Assignment, Lease Lease);
