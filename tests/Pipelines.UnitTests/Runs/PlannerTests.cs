using Pipelines.Model.Runs;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.UnitTests.Runs;

public sealed class PlannerTests
{
    private static readonly DateTimeOffset Now = Sample.Now;

    [Test]
    public void A_fresh_run_schedules_its_roots_for_attempt_1_and_the_rest_waits_by_name()
    {
        var decision = Planner.Decide(Sample.Snapshot(Sample.Dag("a b a>c b>c"), None, None, None), Now);
        Assert.Multiple(() =>
        {
            Assert.That(Moves(decision), Is.EqualTo(new[] { "1 None>Scheduled #1", "2 None>Scheduled #1" }));
            Assert.That(decision.Waits, Is.EqualTo(new[] { new TaskWait(3, "waits for a, b") }));
            Assert.That((decision.RunState, decision.WakeAt), Is.EqualTo(((DagRunState?)null, (DateTimeOffset?)null)));
        });
    }

    [Test]
    public void A_task_with_many_open_upstreams_names_three() =>
        Assert.That(
            Planner.Decide(Sample.Snapshot(Sample.Dag("a b c d e a>z b>z c>z d>z e>z"), Running, Queued, Queued, Queued, Queued, None), Now).Waits,
            Does.Contain(new TaskWait(6, "waits for a, b, c and 2 more")));

    [Test]
    public void A_failure_goes_all_the_way_down_in_one_decision_without_waiting_for_others()
    {
        var decision = Planner.Decide(Sample.Snapshot(Sample.Dag("a r a>b r>b b>c c>d"), Failed, Running, None, None, None), Now);
        Assert.Multiple(() =>
        {
            Assert.That(Moves(decision), Is.EqualTo(new[] { "3 None>UpstreamFailed #0", "4 None>UpstreamFailed #0", "5 None>UpstreamFailed #0" }));
            Assert.That(decision.Transitions[0].Reason, Does.StartWith("a (failed)"));
            Assert.That(decision.RunState, Is.Null, "r still runs");
        });
    }

    [Test]
    public void A_skip_goes_down_too_and_a_failure_beats_it() => Assert.Multiple(() =>
    {
        Assert.That(Moves(Planner.Decide(Sample.Snapshot(Sample.Dag("a>b b>c"), Skipped, None, None), Now)), Is.EqualTo(new[] { "2 None>Skipped #0", "3 None>Skipped #0" }));
        Assert.That(Moves(Planner.Decide(Sample.Snapshot(Sample.Dag("s f s>z f>z"), Skipped, Failed, None), Now)), Is.EqualTo(new[] { "3 None>UpstreamFailed #0" }));
    });

    [TestCase("a>b", new[] { Success, Success }, DagRunState.Success, "success")]
    [TestCase("a>b", new[] { Skipped, Skipped }, DagRunState.Success, "success")]
    [TestCase("a>b", new[] { Failed, Success }, DagRunState.Success, "success", TestName = "A_failure_in_the_middle_does_not_fail_the_run_when_the_leaf_succeeded")]
    [TestCase("a>b c", new[] { Success, Success, Failed }, DagRunState.Failed, "task_failure")]
    [TestCase("a>b", new[] { Failed, None }, DagRunState.Failed, "task_failure", TestName = "The_run_ends_in_the_same_decision_that_ends_its_last_task")]
    [TestCase("a>b", new[] { Success, Running }, null, null)]
    [TestCase("a b", new[] { Failed, UpForRetry }, null, null, TestName = "A_run_does_not_fail_before_everything_has_finished")]
    public void The_leaves_tell_the_state_of_the_run(string edges, TaskState[] states, DagRunState? state, string? reason)
    {
        var decision = Planner.Decide(Sample.Snapshot(Sample.Dag(edges), states), Now);
        Assert.That((decision.RunState, decision.RunReason), Is.EqualTo((state, reason)));
    }

    [Test]
    public void A_retry_waits_for_its_moment_and_starts_exactly_at_it()
    {
        var at = Now.AddMinutes(5);
        var run = Sample.Snapshot(Sample.Dag("a"), UpForRetry);
        run = run with { TaskInstances = [run.TaskInstances[0] with { TryNumber = 1, MaxTries = 3, NextRetryAt = at }] };
        var early = Planner.Decide(run, at.AddTicks(-1));
        Assert.Multiple(() =>
        {
            Assert.That(early.Waits, Is.EqualTo(new[] { new TaskWait(1, "waits for its retry at 2026-01-02 12:05:00 UTC (attempt 2 of 4)") }));
            Assert.That((early.WakeAt, early.RunState, early.Transitions.Count), Is.EqualTo(((DateTimeOffset?)at, (DagRunState?)null, 0)));
            Assert.That(Moves(Planner.Decide(run, at)), Is.EqualTo(new[] { "1 UpForRetry>Scheduled #2" }));
        });
    }

    [Test]
    public void A_retry_whose_upstream_was_cleared_waits_for_it_again() =>
        Assert.That(Planner.Decide(Sample.Snapshot(Sample.Dag("a>b"), Running, UpForRetry), Now).Waits, Is.EqualTo(new[] { new TaskWait(2, "waits for a") }));

    [Test]
    public void A_paused_DAG_starts_nothing_says_why_and_is_no_deadlock()
    {
        var decision = Planner.Decide(Sample.Snapshot(Sample.Dag("a>b c s"), None, None, UpForRetry, Scheduled) with { DagPaused = true }, Now);
        const string Paused = "the DAG is paused: unpause it to let its runs go on";
        Assert.Multiple(() =>
        {
            Assert.That(decision.Transitions, Is.Empty);
            Assert.That(decision.Waits, Is.EqualTo(new TaskWait[] { new(1, Paused), new(2, "waits for a", Paused), new(3, Paused), new(4, Paused) }));
            Assert.That(decision.RunState, Is.Null);
        });
    }

    [Test]
    public void A_run_of_a_paused_DAG_still_ends() =>
        Assert.That(Planner.Decide(Sample.Snapshot(Sample.Dag("a>b"), Failed, None) with { DagPaused = true }, Now).RunState, Is.EqualTo(DagRunState.Failed));

    [Test]
    public void A_task_the_DAG_lost_is_removed_and_does_not_count()
    {
        var run = Sample.Snapshot(Sample.Dag("a"), Success);
        run = run with { TaskInstances = [.. run.TaskInstances, Sample.Instance("gone", Failed, 7), Sample.Instance("lost", Running, 8), Sample.Instance("old", Removed, 9)] };
        var decision = Planner.Decide(run, Now);
        Assert.Multiple(() =>
        {
            Assert.That(Moves(decision), Is.EqualTo(new[] { "7 Failed>Removed #0", "8 Running>Removed #0" }));
            Assert.That(decision.RunState, Is.EqualTo(DagRunState.Success));
        });
    }

    [Test]
    public void A_task_that_is_back_is_restored_and_goes_on_at_once() =>
        Assert.That(Moves(Planner.Decide(Sample.Snapshot(Sample.Dag("a>b"), Success, Removed), Now)), Is.EqualTo(new[] { "2 Removed>None #0", "2 None>Scheduled #1" }));

    [Test]
    public void A_task_added_after_the_run_was_made_holds_nobody_up() =>
        Assert.That(
            Moves(Planner.Decide(Sample.Snapshot(Sample.Dag("new>b"), None) with { TaskInstances = [Sample.Instance("b", None, 2)] }, Now)),
            Is.EqualTo(new[] { "2 None>Scheduled #1" }));

    [Test]
    public void Cleared_while_running_it_waits_and_then_starts_without_delay() => Assert.Multiple(() =>
    {
        Assert.That(Planner.Decide(Sample.Snapshot(Sample.Dag("a"), Restarting), Now).Waits.Single().Reason, Does.Contain("waits for the old attempt to end"));
        Assert.That(Moves(Planner.Decide(Sample.Snapshot(Sample.Dag("a"), UpForRetry), Now)), Is.EqualTo(new[] { "1 UpForRetry>Scheduled #1" }));
    });

    [Test]
    public void A_run_over_its_timeout_fails_and_what_is_unfinished_is_skipped()
    {
        var run = Sample.Snapshot(Sample.Dag("a>b r f") with { DagRunTimeout = TimeSpan.FromHours(1) }, Success, None, Running, Failed);
        var (before, at) = (Planner.Decide(run, Now.AddTicks(-1)), Planner.Decide(run, Now));
        Assert.Multiple(() =>
        {
            Assert.That((before.RunState, before.WakeAt), Is.EqualTo(((DagRunState?)null, (DateTimeOffset?)Now)));
            Assert.That(Moves(at), Is.EqualTo(new[] { "2 None>Skipped #0", "3 Running>Skipped #0" }));
            Assert.That((at.RunState, at.RunReason), Is.EqualTo((DagRunState.Failed, "timed_out")));
            Assert.That(at.Transitions[0].Reason, Does.Contain("dagrun_timeout of 01:00:00"));
        });
    }

    [Test]
    public void Only_a_running_run_changes() => Assert.Multiple(() =>
    {
        var run = Sample.Snapshot(Sample.Dag("a"), None);
        var queued = Planner.Decide(run with { Run = Sample.Run(DagRunState.Queued) }, Now);
        Assert.That(queued.Transitions, Is.Empty);
        Assert.That(queued.Waits.Single().Reason, Is.EqualTo("waits for its run, which is queued"));
        Assert.That(Planner.Decide(run with { Run = Sample.Run(DagRunState.Failed) }, Now).Transitions, Is.Empty);
    });

    [Test]
    public void A_run_without_tasks_is_a_success() =>
        Assert.That(Planner.Decide(Sample.Snapshot(Sample.Dag("")), Now).RunState, Is.EqualTo(DagRunState.Success));

    private static IEnumerable<string> Moves(Decision decision) =>
        decision.Transitions.Select(move => $"{move.TaskInstanceId} {move.From}>{move.To} #{move.TryNumber}");
}
