using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>Takes queued task instances for this worker and holds on to them.</summary>
internal sealed class Claims(Database database, DagVersions versions, WorkerOptions options, TimeProvider time)
{
    /// <summary>Claims a task instance and reads what it is about; null when it is not queued, or cannot be run by this program.</summary>
    public async Task<Assignment?> TakeAsync(long taskInstanceId)
    {
        var now = time.GetUtcNow();
        // Committed at once and alone: the row stays locked for no longer than the claim takes.
        var claim = await database.InTransactionAsync(tx => LeaseTable.ClaimAsync(tx, taskInstanceId, options.Name, now, now + options.Lease));
        if (claim is null) return null;
        try
        {
            return await database.InTransactionAsync(tx => ReadAsync(tx, claim));
        }
        catch (DagUnreadableException error)
        {
            await FailAsync(claim, error.Message);
            return null;
        }
    }

    /// <summary>Renews the lease; false when it is gone.</summary>
    public Task<bool> RenewAsync(Assignment assignment, CancellationToken cancellation) => database.InTransactionAsync(
        tx => LeaseTable.RenewAsync(tx, assignment.TaskInstance.Id, assignment.TaskInstance.Token, time.GetUtcNow() + options.Lease), cancellation);

    private async Task<Assignment> ReadAsync(Transaction tx, Claim claim)
    {
        var run = await DagRunQueries.FindAsync(tx, claim.TaskInstance.DagRunId)
            ?? throw new InvalidOperationException($"Task instance {claim.TaskInstance.Id} has no run.");
        var dag = await versions.OfRunAsync(tx, run);
        return dag.TasksById.TryGetValue(claim.TaskInstance.TaskId, out var task)
            ? new Assignment(claim.TaskInstance, claim.AttemptId, run, dag, task)
            : throw new DagUnreadableException($"DAG '{run.DagId}' has no task '{claim.TaskInstance.TaskId}' in the version that this run uses. Clear the run to plan it again.");
    }

    // Without a DAG there is nothing to plan with; the scheduler looks at the run at its next tick and says the same of the whole run.
    private Task FailAsync(Claim claim, string message) => database.InTransactionAsync(async tx =>
    {
        var now = time.GetUtcNow();
        var task = claim.TaskInstance;
        await DagRunTable.LockAsync(tx, task.DagRunId);
        await LogTable.AppendLastAsync(tx, task.Id, task.Token, new LogLine(now, LogLevel.Error, message));
        await LeaseTable.EndAsync(tx, new AttemptEnd
        {
            TaskInstanceId = task.Id,
            Token = task.Token,
            From = TaskState.Running,
            To = TaskState.Failed,
            AttemptState = TaskState.Failed,
            Error = message,
        }, now);
        await DagRunTable.SetWakeAsync(tx, task.DagRunId, now);
    });
}
