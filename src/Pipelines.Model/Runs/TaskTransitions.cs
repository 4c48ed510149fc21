using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.Model.Runs;

/// <summary>What an event makes of a task instance: exactly one of the two is set.</summary>
/// <param name="To">The next state; may equal the old one.</param>
/// <param name="Refusal">Why nothing happens, in words for the user.</param>
public readonly record struct TransitionAnswer(TaskState? To, string? Refusal);

/// <summary>The life of a task instance (airflow-semantics.md §4, §19) as one table.</summary>
public static class TaskTransitions
{
    /// <summary>The state that follows, or why the event is refused.</summary>
    public static TransitionAnswer Decide(TaskState from, TaskEvent happened) =>
        Next(from, happened) is { } to ? new(to, null) : new(null, Refusal(from, happened));

    private static TaskState? Next(TaskState from, TaskEvent happened) => (from, happened) switch
    {
        // Planning.
        (None, TaskEvent.DependenciesMet) => Scheduled,
        (UpForRetry, TaskEvent.RetryDue or TaskEvent.RetryNow) => Scheduled,
        (UpForReschedule, TaskEvent.RescheduleDue or TaskEvent.RetryNow) => Scheduled,
        (Deferred, TaskEvent.TriggerFired) => Scheduled,
        (None or UpForRetry or UpForReschedule, TaskEvent.UpstreamFailed) => UpstreamFailed,
        (None or UpForRetry or UpForReschedule, TaskEvent.UpstreamSkipped) => Skipped,

        // As Airflow: whatever has not started, also where another upstream task had failed before.
        (None or UpForRetry or UpForReschedule or Scheduled or Queued or UpstreamFailed, TaskEvent.NotFollowed) => Skipped,

        // The way to a worker and back.
        (Scheduled, TaskEvent.SlotGranted) => Queued,
        (Queued, TaskEvent.Claimed) => Running,
        (Queued, TaskEvent.StuckInQueue) => Scheduled,
        (Queued, TaskEvent.StuckTooOften) => Failed,

        // The end of an attempt.
        (Running, TaskEvent.Succeeded) => Success,
        (Running, TaskEvent.Skipped) => Skipped,
        (Running, TaskEvent.Failed or TaskEvent.LeaseLost) => UpForRetry,
        (Running, TaskEvent.FailedForGood or TaskEvent.LeaseLostForGood) => Failed,
        (Running, TaskEvent.Rescheduled) => UpForReschedule,
        (Running, TaskEvent.Deferred) => Deferred,
        (Running, TaskEvent.HandedBack) => Scheduled,

        // Cleared while running: however the old attempt ends, a new one follows.
        (Restarting, TaskEvent.Succeeded or TaskEvent.Skipped or TaskEvent.Failed or TaskEvent.FailedForGood or TaskEvent.Rescheduled or TaskEvent.Deferred or TaskEvent.HandedBack) => UpForRetry,
        (Restarting, TaskEvent.LeaseLost or TaskEvent.LeaseLostForGood) => UpForRetry,

        // People.
        (Running or Restarting, TaskEvent.Cleared) => Restarting,
        (_, TaskEvent.Cleared) => None,
        (not (Success or Removed), TaskEvent.MarkedSuccess) => Success,
        (not (Failed or Removed), TaskEvent.MarkedFailed) => Failed,

        // The DAG and the run.
        (not Removed, TaskEvent.TaskRemoved) => Removed,
        (Removed, TaskEvent.TaskRestored) => None,
        (Scheduled or Queued, TaskEvent.RunEnded) => None,
        (Running or Restarting, TaskEvent.FailedFast) => Failed,
        (_, TaskEvent.FailedFast) when !from.IsFinished() => Skipped,
        (_, TaskEvent.RunTimedOut) when !from.IsFinished() => Skipped,

        _ => null,
    };

    private static string Refusal(TaskState from, TaskEvent happened)
    {
        var state = from == None ? "without status" : StateNames.ToName(from);
        return happened switch
        {
            TaskEvent.Succeeded or TaskEvent.Skipped or TaskEvent.Failed or TaskEvent.FailedForGood or TaskEvent.Rescheduled or TaskEvent.Deferred or TaskEvent.HandedBack =>
                $"This attempt no longer holds the task instance, which is {state} now: its result is not recorded. Look at the latest attempt.",
            TaskEvent.LeaseLost or TaskEvent.LeaseLostForGood => $"No worker holds the task instance: it is {state}.",
            TaskEvent.Claimed => $"The task instance is {state}, not queued: there is nothing to run. It was cleared, marked or taken by another worker.",
            TaskEvent.RetryNow => $"The task instance is {state}, it waits for no retry and no poke. Clear it to run it again.",
            TaskEvent.MarkedSuccess or TaskEvent.MarkedFailed when from == Removed =>
                "The task is no longer in the DAG, so it cannot be marked. Put it back into the DAG first.",
            TaskEvent.MarkedSuccess or TaskEvent.MarkedFailed => $"The task instance is {state} already.",
            _ => $"'{StateNames.ToName(happened)}' does not apply to a task instance that is {state}.",
        };
    }
}
