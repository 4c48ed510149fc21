using Hangfire.States;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Operations;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>
/// What the dashboard's Requeue and Delete do to a task's job: the operation that our own buttons call, which then brings the job in
/// line. It stands in for Hangfire's state changer rather than in a state filter, because a filter runs while Hangfire holds the job's
/// lock, and the operation changes that same job.
/// </summary>
internal sealed class DashboardButtons(
    IBackgroundJobStateChanger inner, Database database, ClearTaskInstances clear, RetryNow retryNow, MarkTaskInstance mark, ITaskQueue queue,
    ILogger<DashboardButtons> logger, IHttpContextAccessor? http = null) : IBackgroundJobStateChanger
{
    /// <returns>The wanted state when it was done, null when it was refused; Hangfire compares names only.</returns>
    public IState? ChangeState(StateChangeContext context)
    {
        var data = context.Connection.GetJobData(context.BackgroundJobId);
        if (TaskJob.IdOf(data?.Job) is not { } id) return inner.ChangeState(context);
        if (context.ExpectedStates is { } expected && !expected.Contains(data!.State, StringComparer.OrdinalIgnoreCase)) return null;
        // Hangfire's interface is synchronous; off the request's context, so that waiting for it cannot block it.
        return Task.Run(() => PressAsync(context.NewState, id)).GetAwaiter().GetResult() ? context.NewState : null;
    }

    private async Task<bool> PressAsync(IState wanted, long id)
    {
        var views = await database.InTransactionAsync(tx => HangfireJobTable.ViewsAsync(tx, [id]));
        if (views is not [var view]) return false;
        try
        {
            return wanted switch
            {
                EnqueuedState => await RequeueAsync(view),
                DeletedState => await DeleteAsync(view),
                _ => false,
            };
        }
        catch (OperationException refusal)
        {
            logger.LogWarning("The Hangfire dashboard's {Button} of {Task} was refused: {Reason}", wanted.Name, view.Key, refusal.Message);
            return false;
        }
    }

    private async Task<bool> RequeueAsync(HangfireView view)
    {
        var key = view.Key;
        switch (view.TaskInstance.State)
        {
            case TaskState.None or TaskState.Scheduled:
                // It waits for our planner; nobody jumps the pool's queue by way of the dashboard.
                return false;
            case TaskState.Queued:
                await queue.EnqueueAsync([view.TaskInstance.Id], CancellationToken.None);
                return true;
            case TaskState.UpForRetry or TaskState.UpForReschedule:
                await retryNow.ExecuteAsync(key.DagId, key.RunId, key, Presser(), CancellationToken.None);
                return true;
            default:
                await clear.ExecuteAsync(new ClearRequest(key.DagId, key.RunId, [key.TaskId]) { MapIndexes = [key.MapIndex] }, Presser(), CancellationToken.None);
                return true;
        }
    }

    private async Task<bool> DeleteAsync(HangfireView view)
    {
        if (view.TaskInstance.State.IsFinished()) return false;
        await mark.ExecuteAsync(view.Key.DagId, view.Key.RunId, view.Key, TaskState.Failed, Presser(), CancellationToken.None);
        return true;
    }

    private Actor Presser() => new(http?.HttpContext?.User.Identity?.Name ?? "Hangfire dashboard", RunTriggeredBy.Ui);
}
