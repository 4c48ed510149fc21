using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.UnitTests.Runs;

/// <summary>airflow-semantics.md §3.1: s… is a setup, t… a teardown, t…_ one whose failure fails the run.</summary>
public sealed class RunStateTests
{
    [TestCase("s1>w1 w1>t1", "w1")]
    [TestCase("s1>w1 w1>t1 s1>t1", "w1")]
    [TestCase("s1>w1", "w1")]
    [TestCase("s1>w1 w1>t1_", "t1_")]
    [TestCase("s1>w1 w1>t1_ s1>t1_", "t1_")]
    [TestCase("s1>w1 w1>t1_ t1_>w2 s1>t1_", "w2")]
    [TestCase("s1>w1 w1>t1 t1>w2 s1>t1", "w1 w2", TestName = "What a teardown alone comes after is a leaf, and what comes after the teardown")]
    [TestCase("t1>t2", "t2", TestName = "Of teardowns alone the last decides")]
    [TestCase("w1>t1_ t1_>t2", "t1_")]
    [TestCase("w1>t1 t1>t2", "w1")]
    [TestCase("a>b b>c d", "c d")]
    [TestCase("s1>t1", "s1")]
    [TestCase("s1>w1 s1>t1 w1>t1 s2>w2 w2>t1 s2>t1", "w1 w2")]
    public void The_effective_leaves_are_those_whose_failure_fails_the_run(string edges, string leaves)
    {
        var dag = Sample.Scoped(edges);

        var failing = dag.Tasks.Where(one => Ended(dag, task => task == one.TaskId ? Failed : Success).State == DagRunState.Failed).Select(task => task.TaskId);

        Assert.That(failing, Is.EqualTo(leaves.Split(' ')));
    }

    [TestCase(Failed)]
    [TestCase(UpstreamFailed)]
    public void A_leaf_that_failed_or_whose_upstream_failed_fails_the_run(TaskState leaf) =>
        Assert.That(Ended(Sample.Dag("a>b"), task => task == "b" ? leaf : Success), Is.EqualTo(new RunOutcome(DagRunState.Failed, "task_failure")));

    [TestCase(Success)]
    [TestCase(Skipped)]
    [TestCase(Removed)]
    public void A_leaf_that_ended_well_or_was_removed_does_not(TaskState leaf) =>
        Assert.That(Ended(Sample.Dag("a>b"), task => task == "b" ? leaf : Failed), Is.EqualTo(new RunOutcome(DagRunState.Success, "success")));

    [Test]
    public void A_run_whose_work_failed_has_failed_though_its_teardown_succeeded() =>
        Assert.That(Decide("s>w w>t s>t", Success, Failed, Success), Is.EqualTo((DagRunState.Failed, "task_failure")));

    [Test]
    public void A_run_whose_teardown_failed_has_not_failed() =>
        Assert.That(Decide("s>w w>t s>t", Success, Success, Failed), Is.EqualTo((DagRunState.Success, "success")));

    [Test]
    public void A_run_waits_for_its_teardown_before_it_ends_though_it_does_not_look_at_it() =>
        Assert.That(Decide("s>w w>t s>t", Success, Failed, Running), Is.EqualTo(((DagRunState?)null, (string?)null)));

    [TestCase("s>w w>t s>t", DagRunState.Failed, TestName = "A run without the teardown is decided by the work")]
    [TestCase("w>gone gone>w2 w2>t", DagRunState.Success, TestName = "Behind a task that the run lacks other work decides")]
    [TestCase("w>gone gone>t", DagRunState.Failed, TestName = "Behind a task that the run lacks a teardown decides nothing")]
    public void Of_a_run_that_lacks_tasks_those_that_it_has_decide(string edges, DagRunState expected)
    {
        var dag = Sample.Scoped(edges);
        var states = dag.Tasks.Where(task => task.TaskId is not ("gone" or "s")).ToDictionary(task => task.TaskId, task => task.TaskId == "w" ? Failed : Success);
        Assert.That(RunOutcome.Of(dag, states, []).State, Is.EqualTo(expected));
    }

    [TestCase("w t", "w", DagRunState.Failed)]
    [TestCase("w t", "t", DagRunState.Success)]
    [TestCase("t", "w", DagRunState.Success)]
    [TestCase("t", "t", DagRunState.Failed, TestName = "A subset of a teardown alone is decided by the teardown")]
    public void Of_a_subset_its_own_leaves_decide_too(string subset, string failed, DagRunState expected)
    {
        var dag = Sample.Scoped("w>t t>end w>end");
        Assert.That(RunOutcome.Of(dag, dag.Tasks.ToDictionary(task => task.TaskId, task => task.TaskId == failed ? Failed : Success), subset.Split(' ')).State, Is.EqualTo(expected));
    }

    [Test]
    public void Tasks_that_wait_for_each_other_are_a_deadlock() =>
        Assert.That(Decide("a>b b>a", None, None), Is.EqualTo((DagRunState.Failed, "all_tasks_deadlocked")));

    [TestCase(None)]
    [TestCase(UpForRetry)]
    public void A_deadlock_is_found_beside_tasks_that_have_ended(TaskState waiting) =>
        Assert.That(Decide("a>b b>a c", waiting, None, Failed), Is.EqualTo((DagRunState.Failed, "all_tasks_deadlocked")));

    [TestCase(Scheduled)]
    [TestCase(Queued)]
    [TestCase(Running)]
    [TestCase(Restarting)]
    [TestCase(UpForRetry)]
    [TestCase(None)]
    public void What_can_still_move_is_no_deadlock(TaskState other) =>
        Assert.That(Decide("a>b b>a c", None, None, other).State, Is.Null);

    [Test]
    public void A_retry_that_is_not_due_is_no_deadlock()
    {
        var run = Sample.Snapshot(Sample.Dag("a"), UpForRetry);
        run = run with { TaskInstances = [run.TaskInstances[0] with { NextRetryAt = Sample.Now.AddHours(1) }] };
        Assert.That(Planner.Decide(run, Sample.Now).RunState, Is.Null);
    }

    private static RunOutcome Ended(Dag dag, Func<string, TaskState> state) =>
        RunOutcome.Of(dag, dag.Tasks.ToDictionary(task => task.TaskId, task => state(task.TaskId)), []);

    private static (DagRunState? State, string? Reason) Decide(string edges, params TaskState[] states)
    {
        var decision = Planner.Decide(Sample.Snapshot(Sample.Scoped(edges), states), Sample.Now);
        return (decision.RunState, decision.RunReason);
    }
}
