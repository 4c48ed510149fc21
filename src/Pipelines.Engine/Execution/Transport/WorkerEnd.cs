using Hangfire.States;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>
/// Elects what becomes of a job when a worker is through with it. By then the attempt's end is reported, so the stored task instance
/// knows: the next retry (Scheduled), a failure for good (Failed), success, or that somebody else changed it meanwhile.
/// </summary>
internal sealed class WorkerEnd(Database database) : IElectStateFilter
{
    public void OnStateElection(ElectStateContext context)
    {
        if (context.CandidateState is not (SucceededState or FailedState)) return;
        if (TaskJob.IdOf(context.BackgroundJob.Job) is not { } id) return;
        context.CandidateState = Find(id) is not { } view
            ? new DeletedState { Reason = "The task instance was deleted" }
            : JobStates.AfterWorker(
                view.TaskInstance, view.Queue, context.BackgroundJob.Id, context.CandidateState, context.Connection.GetStateData(context.BackgroundJob.Id));
    }

    // Hangfire elects states synchronously, on the worker's own thread.
    private HangfireView? Find(long id) =>
        database.InTransactionAsync(tx => HangfireJobTable.ViewsAsync(tx, [id])).GetAwaiter().GetResult().SingleOrDefault();
}
