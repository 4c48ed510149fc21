using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.UnitTests.Dags;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.UnitTests.Runs;

/// <summary>airflow-semantics.md §5.2; that no course of a run breaks it is held by <see cref="PlannerPropertyTests"/>.</summary>
public sealed class DependsOnPastTests
{
    private const string Before = "scheduled__2026-01-01T11:00:00+00:00";

    [TestCase(Success, null)]
    [TestCase(Skipped, null)]
    [TestCase(Running, "depends_on_past: waits for 'a' of the run before, " + Before + ", where it has not ended")]
    [TestCase(None, "depends_on_past: waits for 'a' of the run before, " + Before + ", where it has not started")]
    [TestCase(UpForRetry, "depends_on_past: waits for 'a' of the run before, " + Before + ", where it has not ended")]
    [TestCase(Failed, "depends_on_past: waits for 'a' of the run before, " + Before + ", where it is failed: clear it there, or mark it success")]
    [TestCase(UpstreamFailed, "depends_on_past: waits for 'a' of the run before, " + Before + ", where it is upstream_failed: clear it there, or mark it success")]
    [TestCase(Removed, "depends_on_past: waits for 'a' of the run before, " + Before + ", where it is removed: clear it there, or mark it success")]
    public void It_waits_until_it_has_ended_well_in_the_run_before(TaskState before, string? reason)
    {
        var decision = Decide(Past("a"), Previous(("a", before)), None);
        Assert.Multiple(() =>
        {
            Assert.That(decision.Waits, Is.EqualTo(reason is null ? Array.Empty<TaskWait>() : [new TaskWait(1, reason)]));
            Assert.That(decision.Transitions, Has.Count.EqualTo(reason is null ? 1 : 0));
            Assert.That((decision.RunState, decision.WakeAt), Is.EqualTo(((DagRunState?)null, (DateTimeOffset?)null)), "no deadlock, and no polling");
        });
    }

    [TestCase(DagRunState.Queued, "which is queued")]
    [TestCase(DagRunState.Failed, "which ended without it: clear it there, or mark it success")]
    public void Why_it_has_not_started_there_is_said(DagRunState run, string words) =>
        Assert.That(Decide(Past("a"), Previous(("a", None)) with { State = run }, None).Waits.Single().Reason, Does.EndWith(words));

    [Test]
    public void Others_do_not_wait_and_what_it_holds_back_waits_for_it()
    {
        var decision = Decide(Past("a>b c", "a"), Previous(("a", Failed), ("c", Failed)), None, None, None);
        Assert.That(decision.Transitions.Select(move => (move.TaskInstanceId, move.To)), Is.EqualTo(new[] { (3L, Scheduled) }));
        Assert.That(decision.Waits.Select(wait => wait.TaskInstanceId), Is.EqualTo(new[] { 1L, 2L }));
    }

    [Test]
    public void Without_a_run_before_it_starts() => Assert.That(Decide(Past("a"), null, None).Transitions.Single().To, Is.EqualTo(Scheduled));

    [TestCase(true, false, false, TestName = "The first of its task ignores a run that lacks the task")]
    [TestCase(true, true, true, TestName = "One whose task ran further back waits")]
    [TestCase(false, false, true, TestName = "Without ignore_first_depends_on_past the first waits too")]
    public void A_run_before_that_lacks_the_task(bool ignoreFirst, bool ranBefore, bool waits)
    {
        var dag = Past("a", with: task => task with { IgnoreFirstDependsOnPast = ignoreFirst });
        var previous = Previous(("b", Success)) with { RanBefore = ranBefore ? new HashSet<string> { "a" } : [] };
        Assert.That(Decide(dag, previous, None).Waits.Select(wait => wait.Reason),
            Is.EqualTo(waits ? new[] { $"depends_on_past: the run before, {Before}, has no task 'a'. Have it run there, or mark this one" } : []));
    }

    [TestCase(true, true, false, TestName = "With catchup a run before the task's start does not count")]
    [TestCase(true, false, true, TestName = "With catchup a run at the task's start counts")]
    [TestCase(false, true, true, TestName = "Without catchup the task's start does not matter")]
    public void The_start_of_the_task(bool catchup, bool isAfter, bool waits)
    {
        var previous = Previous(("a", Failed));
        var dag = Past("a", with: task => task with { StartDate = previous.LogicalDate.AddHours(isAfter ? 1 : 0) }) with { Catchup = catchup };
        Assert.That(Decide(dag, previous, None).Waits, Has.Count.EqualTo(waits ? 1 : 0));
        var begunWithTheDag = Past("a") with { Catchup = catchup, StartDate = previous.LogicalDate.AddHours(isAfter ? 1 : 0) };
        Assert.That(Decide(begunWithTheDag, previous, None).Waits, Has.Count.EqualTo(waits ? 1 : 0));
    }

    [TestCase(Success, Skipped, null)]
    [TestCase(Success, Running, "wait_for_downstream: waits for 'b' of the run before, " + Before + ", where it has not ended")]
    [TestCase(Failed, Running, "depends_on_past: waits for 'a' of the run before, " + Before + ", where it is failed: clear it there, or mark it success")]
    public void Wait_for_downstream_looks_at_the_tasks_directly_after_it(TaskState a, TaskState b, string? reason)
    {
        var dag = Past("a>b b>c", "a", task => task with { WaitForDownstream = true });
        var decision = Decide(dag, Previous(("a", a), ("b", b)), None, None, None);
        Assert.That(decision.Waits.Where(wait => wait.TaskInstanceId == 1).Select(wait => wait.Reason), Is.EqualTo(reason is null ? Array.Empty<string>() : [reason]));
        Assert.That(dag.TasksLookedAt, Is.EquivalentTo(new[] { "a", "b" }));
    }

    [TestCase(false, Failed, Skipped)]
    [TestCase(true, Failed, null)]
    [TestCase(true, Success, Skipped)]
    public void Wait_for_past_depends_before_skipping_holds_a_skip_back(bool waits, TaskState before, TaskState? becomes)
    {
        var decision = Decide(Past("a>b", "b", task => task with { WaitForPastDependsBeforeSkipping = waits }), Previous(("b", before)), Skipped, None);
        Assert.That(decision.Transitions.Select(move => move.To).Cast<TaskState?>().FirstOrDefault(), Is.EqualTo(becomes));
        if (becomes is null) Assert.That(decision.Waits.Single().Reason, Does.StartWith("is to be skipped").And.Contain("depends_on_past"));
    }

    [Test]
    public void A_failure_before_it_is_not_held_back() =>
        Assert.That(Decide(Past("a>b", "b", task => task with { WaitForPastDependsBeforeSkipping = true }), Previous(("b", Failed)), Failed, None).Transitions.Single().To, Is.EqualTo(UpstreamFailed));

    [Test]
    public void A_retry_waits_for_its_past_too() =>
        Assert.That(Decide(Past("a"), Previous(("a", Running)), UpForRetry).Waits.Single().Reason, Does.StartWith("depends_on_past"));

    [Test]
    public void A_run_before_of_another_version_may_not_tell_so_it_is_looked_at_again() =>
        Assert.That(Decide(Past("a"), Previous(("a", Running)) with { TellsOfItsTasks = false }, None).WakeAt, Is.EqualTo(Sample.Now.AddMinutes(1)));

    [Test]
    public void The_file_sets_it_and_wait_for_downstream_forces_it()
    {
        var dag = new DagText().Task("a", ("dependsOnPast", true), ("ignoreFirstDependsOnPast", "False"), ("waitForPastDependsBeforeSkipping", true))
            .Task("b", ("waitForDownstream", true)).Task("c").Read().Dag!;
        Assert.That(dag.Tasks.Select(task => (task.DependsOnPast, task.WaitForDownstream, task.IgnoreFirstDependsOnPast, task.WaitForPastDependsBeforeSkipping)),
            Is.EqualTo(new[] { (true, false, false, true), (true, true, true, false), (false, false, true, false) }));
    }

    private static Dag Past(string edges, string past = "a", Func<DagTask, DagTask>? with = null)
    {
        var dag = Sample.Dag(edges);
        return dag with { Tasks = [.. dag.Tasks.Select(task => task.TaskId != past ? task : (with?.Invoke(task) ?? task) with { DependsOnPast = true })] };
    }

    private static PreviousRun Previous(params (string TaskId, TaskState State)[] states) =>
        new(Before, Sample.Now.AddHours(-25), DagRunState.Running) { States = states.ToDictionary(task => task.TaskId, task => task.State) };

    private static Decision Decide(Dag dag, PreviousRun? previous, params TaskState[] states) =>
        Planner.Decide(Sample.Snapshot(dag, states) with { Previous = previous }, Sample.Now);
}
