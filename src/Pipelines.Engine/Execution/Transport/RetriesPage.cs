using Hangfire.States;
using Hangfire.Storage;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>
/// Keeps the set behind the dashboard's Retries page, as Hangfire's own AutomaticRetry would, and keeps ended jobs: they go with
/// their task instance, not after Hangfire's day.
/// </summary>
internal sealed class RetriesPage : IApplyStateFilter
{
    /// <summary>Longer than anybody keeps a task instance.</summary>
    public static readonly TimeSpan AsLongAsTheTaskInstance = TimeSpan.FromDays(3650);

    private const string Set = "retries";

    public void OnStateApplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
    {
        context.JobExpirationTimeout = AsLongAsTheTaskInstance;
        if (context.NewState is ScheduledState && JobStates.IsRetry(context.NewState)) transaction.AddToSet(Set, context.BackgroundJob.Id);
    }

    public void OnStateUnapplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
    {
        if (context.OldStateName == ScheduledState.StateName) transaction.RemoveFromSet(Set, context.BackgroundJob.Id);
    }
}
