using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>
/// Claims that were committed without this worker hearing of it, because its connection broke during the commit, and those about which it
/// could not read more. Nothing runs for them, so they are handed back; left to their leases they would count as lost attempts and use up a try.
/// </summary>
internal sealed class StrayClaims(Database database, RunPlanning planning, Leases leases, ITaskQueue queue, WorkerOptions options, TimeProvider time, ILogger log)
{
    // Long enough for a claim whose answer did come to be kept, and well before its lease ends.
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Hold, bool> _left = new();
    private int _asked;

    /// <summary>Looks for them in a moment. Called after an error of a transaction that may have claimed something.</summary>
    public void LookSoon()
    {
        if (Interlocked.Increment(ref _asked) == 1) _ = Task.Run(LookUntilNobodyAsksAsync);
    }

    /// <summary>This one was run, and its end could not be reported: its lease decides, as if the worker had died.</summary>
    public void Leave(Hold hold) => _left[hold] = true;

    private async Task LookUntilNobodyAsksAsync()
    {
        int asked;
        do
        {
            asked = Volatile.Read(ref _asked);
            await Task.Delay(Age + Age, time);
            await LookAsync();
        }
        // Who asked meanwhile may have lost a claim that was too young to be seen.
        while (Interlocked.CompareExchange(ref _asked, 0, asked) != asked);
    }

    private async Task LookAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(options.Lease, time);
            var claims = await database.PatientlyAsync(tx => LeaseTable.OfWorkerAsync(tx, options.Name, time.GetUtcNow() - Age), time, patience.Token);
            foreach (var (dagRunId, hold) in claims.Where(claim => !leases.Keeps(claim.Hold) && !_left.ContainsKey(claim.Hold)))
            {
                var work = await database.PatientlyAsync(tx => HandBackAsync(tx, dagRunId, hold), time, patience.Token);
                await work.HandOverAsync(queue);
            }
        }
        catch (Exception error)
        {
            log.LogWarning(error, "Could not look for claims whose commit was not confirmed; if there are any, their leases run out");
        }
    }

    private async Task<PlannedWork> HandBackAsync(Transaction tx, long dagRunId, Hold hold)
    {
        var now = time.GetUtcNow();
        await DagRunTable.LockAsync(tx, dagRunId);
        var isOurs = await LeaseTable.EndAsync(tx, new AttemptEnd
        {
            TaskInstanceId = hold.TaskInstanceId,
            Token = hold.Token,
            From = TaskState.Running,
            To = TaskTransitions.Decide(TaskState.Running, TaskEvent.HandedBack).To!.Value,
            AttemptState = TaskState.Failed,
            Error = $"Handed back: worker {options.Name} lost its connection while it claimed the task, or could not read what it is about; its log says which. Nothing was run and no try is used up.",
        }, now);
        return isOurs ? await planning.PlanAsync(tx, dagRunId, now) : PlannedWork.None;
    }
}
