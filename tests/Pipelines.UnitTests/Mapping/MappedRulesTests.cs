using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.UnitTests.Runs;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.UnitTests.Mapping;

/// <summary>What other sections say of a task holds for each task instance that it is mapped to (airflow-semantics.md §1, §5.2, §9, §11, §13).</summary>
public sealed class MappedRulesTests
{
    private const string Before = "scheduled__2026-01-01T11:00:00+00:00";

    [Test]
    public void Fail_fast_stops_every_other_instance_and_what_comes_after()
    {
        var (moves, decision) = Decide(
            Mapped("load>report", 6) with { FailFast = true }, "load[0]:Failed load[1]:Running load[2]:None load[3]:UpForReschedule load[4]:Deferred load[5]:Success report:None",
            run => run with { FailedNow = ["load"] });
        Assert.That(moves, Is.EqualTo("load[1] Failed, load[2] Skipped, load[3] Skipped, load[4] Skipped, report Skipped"));
        Assert.That(decision.RunState, Is.EqualTo(DagRunState.Failed));
    }

    [Test]
    public void Fail_fast_skips_a_task_that_is_not_expanded_yet_rather_than_to_expand_it()
    {
        var dag = SampleMapping.Dag("bad list>load", ("load", SampleMapping.Expand(("table", "list.output")))) with { FailFast = true };
        var (moves, decision) = Decide(dag, "bad:Failed list:Success load:None", run => run with { FailedNow = ["bad"], MapLengths = new Dictionary<string, int> { ["list"] = 3 } });
        Assert.That((moves, decision.Expansions.Count), Is.EqualTo(("load Skipped", 0)));
    }

    [TestCase(Failed, "is failed: clear it there, or mark it success")]
    [TestCase(Running, "has not ended")]
    [TestCase(Success, null)]
    public void Each_instance_waits_for_all_of_the_task_in_the_run_before(TaskState other, string? reason)
    {
        var previous = new PreviousRun(Before, Sample.Now.AddHours(-25), DagRunState.Running) { States = TaskSummary.Of([("load", Success), ("load", other), ("load", Skipped)]) };
        var dag = Mapped("load", 2);
        var (moves, decision) = Decide(dag with { Tasks = [dag.Tasks[0] with { DependsOnPast = true }] }, "load[0]:None load[1]:None", run => run with { Previous = previous });
        Assert.That(moves, Is.EqualTo(reason is null ? "load[0] Scheduled, load[1] Scheduled" : ""));
        Assert.That(decision.Waits.Select(wait => wait.Reason), Is.EqualTo(reason is null ? [] : Enumerable.Repeat($"depends_on_past: waits for 'load' of the run before, {Before}, where it {reason}", 2)));
    }

    [Test]
    public void Wait_for_downstream_waits_for_all_of_a_mapped_task_that_comes_after()
    {
        var dag = Mapped("list>load", 2);
        var previous = new PreviousRun(Before, Sample.Now.AddHours(-25), DagRunState.Running) { States = TaskSummary.Of([("list", Success), ("load", Success), ("load", UpForRetry)]) };
        var (_, decision) = Decide(dag with { Tasks = [dag.Tasks[0] with { DependsOnPast = true, WaitForDownstream = true }, dag.Tasks[1]] }, "list:None load[0]:None load[1]:None", run => run with { Previous = previous });
        Assert.That(decision.Waits[0].Reason, Is.EqualTo($"wait_for_downstream: waits for 'load' of the run before, {Before}, where it has not ended"));
    }

    [TestCase("s[0]:Success s[1]:Running a:Success b:None t:None", "")]
    [TestCase("s[0]:Success s[1]:Success a:Success b:None t:None", "b Scheduled")]
    [TestCase("s[0]:Success s[1]:Failed a:Success b:None t:None", "b UpstreamFailed, t Scheduled", TestName = "A setup of which one instance failed is not done, and its teardown takes away what the other prepared")]
    [TestCase("s[0]:Failed s[1]:Failed a:UpstreamFailed b:None t:None", "b UpstreamFailed, t UpstreamFailed")]
    public void A_mapped_setup_counts_instance_by_instance(string states, string moves)
    {
        var dag = Sample.Scoped("s>a a>b b>t s>t");
        var setup = dag.Tasks[0] with { Mapping = SampleMapping.Expand(("table", """["a","b"]""")) };
        // Not only by its trigger rule, which sees what comes directly before: b needs the setup all the same.
        Assert.That(Decide(dag with { Tasks = [setup, .. dag.Tasks.Skip(1).Select(task => task.TaskId == "b" ? task with { TriggerRule = TriggerRule.AllDone } : task)] }, states).Moves, Is.EqualTo(moves));
    }

    [Test]
    public void Every_instance_of_a_mapped_teardown_runs_after_work_that_failed()
    {
        var dag = Sample.Scoped("s>w w>t s>t");
        dag = dag with { Tasks = [.. dag.Tasks.Select(task => task.TaskId == "t" ? task with { Mapping = SampleMapping.Expand(("table", """["a","b"]""")) } : task)] };
        Assert.That(Decide(dag, "s:Success w:Failed t[0]:None t[1]:None").Moves, Is.EqualTo("t[0] Scheduled, t[1] Scheduled"));
    }

    [Test]
    public void A_poke_that_is_due_goes_on_with_its_index_and_its_try()
    {
        var instances = Instances("wait[0]:Success wait[1]:UpForReschedule wait[2]:UpForReschedule wait[3]:Deferred")
            .Select(task => task with { TryNumber = 1, RescheduleDate = task.State == UpForReschedule ? Sample.Now.AddMinutes(task.MapIndex == 1 ? 0 : 5) : null });
        var decision = Planner.Decide(new RunSnapshot(Mapped("wait", 4), Sample.Run(), [.. instances], DagPaused: false), Sample.Now);
        Assert.Multiple(() =>
        {
            Assert.That(decision.Transitions.Select(move => (move.TaskInstanceId, move.From, move.To, move.TryNumber)), Is.EqualTo(new[] { (2L, UpForReschedule, Scheduled, 1) }));
            Assert.That((decision.WakeAt, decision.Expansions.Count), Is.EqualTo(((DateTimeOffset?)Sample.Now.AddMinutes(5), 0)));
        });
    }

    [TestCase("Success Success Skipped", Success)]
    [TestCase("Success Failed UpstreamFailed", Failed)]
    [TestCase("Success Removed", Success)]
    [TestCase("Failed None", None)]
    [TestCase("UpForReschedule Failed", UpForReschedule)]
    [TestCase("Deferred Queued", Deferred)]
    public void One_state_tells_of_all_of_them(string states, TaskState expected) =>
        Assert.That(TaskSummary.Of(states.Split(' ').Select(state => ("load", Enum.Parse<TaskState>(state)))), Is.EqualTo(new Dictionary<string, TaskState> { ["load"] = expected }));

    [Test]
    public void What_runs_tells_before_any_other([Values] TaskState other) =>
        Assert.That(TaskSummary.Of([("load", other), ("load", Running)])["load"], Is.EqualTo(Running));

    /// <summary>A DAG whose task <c>load</c> or <c>wait</c> is mapped to so many task instances.</summary>
    private static Dag Mapped(string edges, int count)
    {
        var many = SampleMapping.Expand(("table", $"[{string.Join(',', Enumerable.Range(0, count))}]"));
        return SampleMapping.Dag(edges, ("load", many), ("wait", many));
    }

    private static (string Moves, Decision Decision) Decide(Dag dag, string states, Func<RunSnapshot, RunSnapshot>? with = null)
    {
        var instances = Instances(states);
        var snapshot = new RunSnapshot(dag, Sample.Run(), instances, DagPaused: false);
        var decision = Planner.Decide(with?.Invoke(snapshot) ?? snapshot, Sample.Now);
        return (string.Join(", ", decision.Transitions.Select(move => $"{instances[(int)move.TaskInstanceId - 1].Name} {move.To}")), decision);
    }

    private static List<TaskInstance> Instances(string states) => [.. states.Split(' ').Select((pair, place) =>
    {
        var (name, state) = pair.Split(':') is [var of, var now] ? (of, Enum.Parse<TaskState>(now)) : throw new FormatException(pair);
        var (taskId, index) = name.Split('[', ']') is [var mapped, var number, ""] ? (mapped, int.Parse(number, null)) : (name, -1);
        return Sample.Instance(taskId, state, place + 1) with { MapIndex = index };
    })];
}
