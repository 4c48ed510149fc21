using System.Globalization;
using Hangfire.States;
using Hangfire.Storage;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>
/// The state that a task instance's Hangfire job must have: a function of the stored task instance, whoever asks. So the worker's end,
/// the scheduler and the dashboard's buttons cannot tell Hangfire different stories.
/// </summary>
internal static class JobStates
{
    private const string Retry = "Retry attempt";
    private const int LongestReason = 200;

    /// <summary>True for the state of a task instance that waits for its next attempt.</summary>
    public static bool IsRetry(IState state) => state.Reason?.StartsWith(Retry, StringComparison.Ordinal) == true;

    /// <summary>The state, or null while a worker holds the task instance: its end will set the state.</summary>
    public static IState? Of(TaskInstance task, string queue) => task.State switch
    {
        TaskState.Queued => new EnqueuedState(QueueName.ToHangfire(queue)) { Reason = Short(task.Reason) },
        TaskState.Running or TaskState.Restarting => null,
        TaskState.UpForRetry => new ScheduledState(task.NextRetryAt!.Value.UtcDateTime) { Reason = RetryReason(task) },
        TaskState.UpForReschedule => new ScheduledState(task.RescheduleDate!.Value.UtcDateTime) { Reason = Short(task.Reason) },
        TaskState.Success => new SucceededState(null, 0, Milliseconds(task)) { Reason = Short(task.Reason) },
        TaskState.Skipped => new SucceededState("skipped", 0, Milliseconds(task)) { Reason = Short(task.Reason) ?? "Skipped" },
        TaskState.Failed => new FailedState(new AttemptFailure(task.Error ?? task.Reason ?? "The task failed.", details: null)) { Reason = Short(task.Reason) },
        TaskState.UpstreamFailed => new DeletedState { Reason = Short(task.Reason) ?? "An upstream task failed" },
        TaskState.Removed => new DeletedState { Reason = Short(task.Reason) ?? "The task is no longer in the DAG" },
        // Without status or scheduled: it waits for our planner. Hangfire's word for "not yet" is Scheduled; nothing but our planner enqueues it.
        _ => new ScheduledState(DateTime.UtcNow) { Reason = Short(task.Reason) ?? "Waits for the scheduler" },
    };

    /// <summary>
    /// The state after a worker is through with the job. What the worker saw of the attempt (exception, duration) is kept where it
    /// agrees with the stored outcome.
    /// </summary>
    /// <param name="task">As stored now, after the report.</param>
    /// <param name="queue">Its queue, in Airflow's spelling.</param>
    /// <param name="jobId">The job that ends.</param>
    /// <param name="candidate">What Hangfire would set.</param>
    /// <param name="current">The job's state until now.</param>
    public static IState AfterWorker(TaskInstance task, string queue, string jobId, IState candidate, StateData? current)
    {
        if (task.HangfireJobId is { } holder && holder != jobId)
        {
            return new DeletedState { Reason = $"Replaced: the task instance belongs to Hangfire job {holder}" };
        }

        var state = Of(task, queue) ?? new HeldState(current, $"{StateNames.ToName(task.State)} in another worker");
        if (state.Name != candidate.Name) return state;
        if (candidate is FailedState failed) failed.Reason = state.Reason;
        if (candidate is SucceededState succeeded) succeeded.Reason = state.Reason;
        return candidate;
    }

    private static string RetryReason(TaskInstance task) =>
        Short(string.Create(CultureInfo.InvariantCulture, $"{Retry} {task.TryNumber + 1} of {task.MaxTries + 1}: {task.Error ?? task.Reason}"))!;

    private static long Milliseconds(TaskInstance task) =>
        (long)((task.EndDate - task.StartDate)?.TotalMilliseconds ?? 0);

    private static string? Short(string? text) => text is null ? null : Excerpt.Of(text, LongestReason);
}

/// <summary>
/// Processing, as it was. Hangfire's state election can only replace a state, never decline one; so a delivery that comes too much
/// (another worker runs the task instance) puts back what is true.
/// </summary>
internal sealed class HeldState(StateData? current, string reason) : IState
{
    public string Name => ProcessingState.StateName;

    public string Reason { get; } = reason;

    public bool IsFinal => false;

    public bool IgnoreJobLoadException => false;

    public Dictionary<string, string> SerializeData() =>
        current?.Name == ProcessingState.StateName ? new(current.Data) : [];
}
