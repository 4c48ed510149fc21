using Pipelines.Model.Dags;
using Pipelines.Model.Runs.Readiness;

namespace Pipelines.Model.Runs;

/// <summary>
/// The planner's part for one task instance that has not started: what the tasks before it say, then its own past, its time and the pause switch
/// (airflow-semantics.md §5.2, §7).
/// </summary>
internal sealed class InstancePlanner(RunSnapshot run, DateTimeOffset now, RunMoves moves)
{
    private static readonly TimeSpan LookAtPastAgain = TimeSpan.FromMinutes(1);

    /// <summary>Does what follows for one task instance from what is before its task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="instance">It has not started, or waits for another attempt or poke.</param>
    /// <param name="extent">Of the task.</param>
    /// <param name="upstream">See <see cref="UpstreamJudgement"/>.</param>
    public void Follow(DagTask task, TaskInstance instance, MapExtent extent, (ReadinessAnswer Answer, TaskEvent Happened) upstream)
    {
        var reason = upstream.Answer.Reason;
        switch (upstream.Answer.Verdict)
        {
            case ReadinessVerdict.UpstreamFailed: moves.Move(instance, TaskEvent.UpstreamFailed, reason); break;
            case ReadinessVerdict.Skipped: Skip(task, instance, upstream.Happened, reason); break;
            case ReadinessVerdict.Waiting: moves.Wait(instance, [reason, .. Holding(task, instance)]); break;
            case ReadinessVerdict.Passed when extent.IsUnexpanded: moves.Expand(extent.Expansion); break;
            case ReadinessVerdict.Passed: Start(task, instance, reason); break;
        }
    }

    private void Skip(DagTask task, TaskInstance instance, TaskEvent happened, string reason)
    {
        if (task.WaitForPastDependsBeforeSkipping && Past(task) is { Verdict: ReadinessVerdict.Waiting } past)
        {
            WaitForPast();
            moves.Wait(instance, $"is to be skipped ({reason}), but not before its past allows it to run", past.Reason);
        }
        else
        {
            moves.Move(instance, happened, reason);
        }
    }

    /// <summary>Its upstream allows it; its past, time or the pause switch may still hold it.</summary>
    private void Start(DagTask task, TaskInstance instance, string reason)
    {
        moves.SomethingCanMove = true;
        List<string> holding = [.. Holding(task, instance)];
        if (holding.Count > 0)
        {
            if (Due(instance).Answer.Verdict == ReadinessVerdict.Waiting) moves.WakeNoLaterThan((instance.NextRetryAt ?? instance.RescheduleDate)!.Value);
            if (Past(task).Verdict == ReadinessVerdict.Waiting) WaitForPast();
            moves.Wait(instance, holding);
        }
        else
        {
            var (due, happened) = Due(instance);
            var why = happened == TaskEvent.DependenciesMet ? reason : due.Reason;
            moves.Move(instance, happened, $"{why}; waits for a slot of pool '{task.Pool}'", newAttempt: happened != TaskEvent.RescheduleDue);
        }
    }

    /// <summary>What beside its upstream holds a task now.</summary>
    private IEnumerable<string> Holding(DagTask task, TaskInstance instance) =>
        ReadinessAnswer.Waits(Past(task), Due(instance).Answer, DagUnpausedRule.Judge(run.DagPaused));

    private (ReadinessAnswer Answer, TaskEvent Happened) Due(TaskInstance instance) => instance.State switch
    {
        TaskState.UpForReschedule => (RescheduleDueRule.Judge(instance, now), TaskEvent.RescheduleDue),
        TaskState.UpForRetry => (RetryDueRule.Judge(instance, now), TaskEvent.RetryDue),
        _ => (new(ReadinessVerdict.Passed, ""), TaskEvent.DependenciesMet),
    };

    private ReadinessAnswer Past(DagTask task) => PreviousRunRule.Judge(run.Dag, task, run.Previous);

    /// <summary>What somebody does in another run can move it, so it is no deadlock.</summary>
    private void WaitForPast()
    {
        moves.SomethingCanMove = true;
        if (run.Previous is { TellsOfItsTasks: false }) moves.WakeNoLaterThan(now + LookAtPastAgain);
    }
}
