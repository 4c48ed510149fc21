using Pipelines.Model.Runs;

namespace Pipelines.UnitTests.Runs;

public sealed class TaskTransitionsTests
{
    /// <summary>airflow-semantics.md §4, §8, §13, §14 and §19, written out: event → from>to; every pair that is absent is refused.</summary>
    private static readonly Dictionary<TaskEvent, string> Table = new()
    {
        [TaskEvent.DependenciesMet] = "none>scheduled",
        [TaskEvent.UpstreamFailed] = "none>upstream_failed up_for_retry>upstream_failed up_for_reschedule>upstream_failed",
        [TaskEvent.UpstreamSkipped] = "none>skipped up_for_retry>skipped up_for_reschedule>skipped",
        [TaskEvent.NotFollowed] = "none>skipped up_for_retry>skipped up_for_reschedule>skipped scheduled>skipped queued>skipped upstream_failed>skipped",
        [TaskEvent.SlotGranted] = "scheduled>queued",
        [TaskEvent.StuckInQueue] = "queued>scheduled",
        [TaskEvent.StuckTooOften] = "queued>failed",
        [TaskEvent.Claimed] = "queued>running",
        [TaskEvent.Succeeded] = "running>success restarting>up_for_retry",
        [TaskEvent.Skipped] = "running>skipped restarting>up_for_retry",
        [TaskEvent.Failed] = "running>up_for_retry restarting>up_for_retry",
        [TaskEvent.FailedForGood] = "running>failed restarting>up_for_retry",
        [TaskEvent.Rescheduled] = "running>up_for_reschedule restarting>up_for_retry",
        [TaskEvent.Deferred] = "running>deferred restarting>up_for_retry",
        [TaskEvent.TriggerFired] = "deferred>scheduled",
        [TaskEvent.HandedBack] = "running>scheduled restarting>up_for_retry",
        [TaskEvent.LeaseLost] = "running>up_for_retry restarting>up_for_retry",
        [TaskEvent.LeaseLostForGood] = "running>failed restarting>up_for_retry",
        [TaskEvent.RetryDue] = "up_for_retry>scheduled",
        [TaskEvent.RescheduleDue] = "up_for_reschedule>scheduled",
        [TaskEvent.RetryNow] = "up_for_retry>scheduled up_for_reschedule>scheduled",
        [TaskEvent.Cleared] = "none>none scheduled>none queued>none running>restarting up_for_retry>none up_for_reschedule>none deferred>none restarting>restarting "
            + "success>none failed>none skipped>none upstream_failed>none removed>none",
        [TaskEvent.MarkedSuccess] = "none>success scheduled>success queued>success running>success up_for_retry>success up_for_reschedule>success deferred>success restarting>success "
            + "failed>success skipped>success upstream_failed>success",
        [TaskEvent.MarkedFailed] = "none>failed scheduled>failed queued>failed running>failed up_for_retry>failed up_for_reschedule>failed deferred>failed restarting>failed "
            + "success>failed skipped>failed upstream_failed>failed",
        [TaskEvent.TaskRemoved] = "none>removed scheduled>removed queued>removed running>removed up_for_retry>removed up_for_reschedule>removed deferred>removed restarting>removed "
            + "success>removed failed>removed skipped>removed upstream_failed>removed",
        [TaskEvent.TaskRestored] = "removed>none",
        [TaskEvent.FailedFast] = "none>skipped scheduled>skipped queued>skipped running>failed up_for_retry>skipped up_for_reschedule>skipped deferred>skipped restarting>failed",
        [TaskEvent.RunTimedOut] = "none>skipped scheduled>skipped queued>skipped running>skipped up_for_retry>skipped up_for_reschedule>skipped deferred>skipped restarting>skipped",
        [TaskEvent.RunEnded] = "scheduled>none queued>none",
    };

    [Test]
    public void Every_state_and_event_does_what_the_table_says([Values] TaskState from, [Values] TaskEvent happened)
    {
        var expected = Table[happened].Split(' ').Select(pair => pair.Split('>'))
            .Where(pair => pair[0] == StateNames.ToName(from)).Select(pair => (TaskState?)StateNames.Parse<TaskState>(pair[1])).SingleOrDefault();
        var answer = TaskTransitions.Decide(from, happened);
        Assert.Multiple(() =>
        {
            Assert.That(answer.To, Is.EqualTo(expected));
            Assert.That(answer.Refusal, expected is null ? Does.EndWith(".") : Is.Null);
        });
    }

    [TestCase(TaskState.Failed, TaskEvent.Succeeded, "no longer holds the task instance, which is failed now")]
    [TestCase(TaskState.None, TaskEvent.Claimed, "is without status, not queued")]
    [TestCase(TaskState.Failed, TaskEvent.RetryNow, "Clear it to run it again")]
    [TestCase(TaskState.Success, TaskEvent.MarkedSuccess, "is success already")]
    [TestCase(TaskState.Removed, TaskEvent.MarkedFailed, "Put it back into the DAG")]
    public void A_refusal_says_why(TaskState from, TaskEvent happened, string words) =>
        Assert.That(TaskTransitions.Decide(from, happened).Refusal, Does.Contain(words));
}
