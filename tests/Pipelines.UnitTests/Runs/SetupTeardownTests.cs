using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;

namespace Pipelines.UnitTests.Runs;

/// <summary>airflow-semantics.md §9, and the setup constraint of §7: s… is a setup, t… a teardown.</summary>
public sealed class SetupTeardownTests
{
    private const string Simple = "s>w w>t s>t";
    private const string Deep = "s>a a>b b>t s>t";

    [TestCase("s:Success w:Running t:None", "", TestName = "A teardown waits for the work")]
    [TestCase("s:Success w:Success t:None", "t Scheduled")]
    [TestCase("s:Success w:Failed t:None", "t Scheduled", TestName = "A teardown runs though the work failed")]
    [TestCase("s:Success w:Skipped t:None", "t Scheduled", TestName = "A teardown runs though the work was skipped")]
    [TestCase("s:Failed w:None t:None", "w UpstreamFailed, t UpstreamFailed", TestName = "What was never prepared is not taken away")]
    [TestCase("s:Skipped w:None t:None", "w Skipped, t Skipped", TestName = "With a skipped setup the teardown is skipped")]
    [TestCase("s:Success w:Failed t:UpForRetry", "t Scheduled", TestName = "A teardown is tried again")]
    public void A_teardown_runs_when_its_setup_succeeded_and_the_work_has_ended_however(string states, string moves) =>
        Assert.That(Moves(Sample.Scoped(Simple), states), Is.EqualTo(moves));

    [TestCase("s1:Success s2:Failed w:UpstreamFailed t:None", "t Scheduled")]
    [TestCase("s1:Success s2:Skipped w:Skipped t:None", "t Scheduled")]
    [TestCase("s1:Failed s2:Skipped w:UpstreamFailed t:None", "t UpstreamFailed")]
    [TestCase("s1:Skipped s2:Skipped w:Skipped t:None", "t Skipped")]
    [TestCase("s1:Success s2:Running w:None t:None", "")]
    public void Of_several_setups_one_that_succeeded_is_enough_for_the_teardown(string states, string moves) =>
        Assert.That(Moves(Sample.Scoped("s1>w s2>w w>t s1>t s2>t"), states), Is.EqualTo(moves));

    [TestCase("s:Running a:Success b:None t:None", "", "waits for s")]
    [TestCase("s:Success a:Success b:None t:None", "b Scheduled", null)]
    [TestCase("s:Failed a:Success b:None t:Success", "b UpstreamFailed", "s (failed); every setup that a task needs must succeed")]
    [TestCase("s:UpstreamFailed a:Success b:None t:Success", "b UpstreamFailed", "s (upstream_failed); every setup that a task needs must succeed")]
    [TestCase("s:Skipped a:Success b:None t:Success", "b Skipped", "s (skipped); what needs this setup skips with it")]
    public void A_setup_far_before_a_task_must_succeed_whatever_the_trigger_rule(string states, string moves, string? reason)
    {
        var decision = Decide(With(Sample.Scoped(Deep), "b", TriggerRule.AllDone), states);
        Assert.That(Moves(states, decision), Is.EqualTo(moves));
        if (reason is not null) Assert.That(decision.Transitions.Select(move => move.Reason).Concat(decision.Waits.Select(wait => wait.Reason)), Does.Contain(reason));
    }

    [Test]
    public void The_trigger_rule_decides_at_once_though_a_setup_has_not_ended() =>
        Assert.That(Moves(Sample.Scoped(Deep), "s:Running a:Failed b:None t:None"), Is.EqualTo("b UpstreamFailed"));

    [Test]
    public void A_setup_that_failed_decides_at_once_though_another_has_not_ended() =>
        Assert.That(Moves(Sample.Scoped("s1>a s2>a a>b b>t s1>t s2>t"), "s1:Failed s2:Running a:Success b:None t:None"), Is.EqualTo("b UpstreamFailed"));

    [Test]
    public void A_task_that_always_runs_waits_for_no_setup() =>
        Assert.That(Moves(With(Sample.Scoped(Deep), "b", TriggerRule.Always), "s:Failed a:UpstreamFailed b:None t:UpstreamFailed"), Is.EqualTo("b Scheduled"));

    [Test]
    public void What_comes_after_the_teardown_needs_the_setup_no_longer() =>
        Assert.That(Moves(With(Sample.Scoped($"{Simple} t>z"), "z", TriggerRule.AllDone), "s:Failed w:UpstreamFailed t:UpstreamFailed z:None"), Is.EqualTo("z Scheduled"));

    [Test]
    public void What_comes_after_the_work_and_not_before_the_teardown_needs_the_setup_no_longer() =>
        Assert.That(Moves(With(Sample.Scoped($"{Simple} w>z"), "z", TriggerRule.AllDone), "s:Failed w:UpstreamFailed t:UpstreamFailed z:None"), Is.EqualTo("z Scheduled"));

    [Test]
    public void A_setup_without_teardown_is_needed_by_all_that_comes_after_it() =>
        Assert.That(Moves(With(Sample.Scoped("s>a a>b b>c"), "c", TriggerRule.AllDone), "s:Failed a:UpstreamFailed b:Failed c:None"), Is.EqualTo("c UpstreamFailed"));

    [Test]
    public void A_setup_needs_the_setups_around_it() =>
        Assert.That(Moves(Sample.Scoped("s1>a a>s2 s2>w w>t2 s2>t2 t2>t1 s1>t1"), "s1:Failed a:Success s2:None w:None t2:None t1:None"), Does.StartWith("s2 UpstreamFailed, w UpstreamFailed, t2 UpstreamFailed"));

    [Test]
    public void A_setup_that_the_run_lacks_is_not_waited_for() =>
        Assert.That(Moves(Sample.Scoped(Deep), "a:Success b:None t:None"), Is.EqualTo("b Scheduled"));

    [TestCase("", "b UpstreamFailed")]
    [TestCase("b", "b Scheduled", TestName = "A backfill of some tasks asks no setup outside of it")]
    public void A_backfill_of_some_tasks_heeds_the_setups_among_them(string subset, string moves)
    {
        const string States = "s:Failed a:Success b:None t:Success";
        Assert.That(Moves(States, Decide(Sample.Scoped(Deep), States, subset.Split(' ', StringSplitOptions.RemoveEmptyEntries))), Is.EqualTo(moves));
    }

    [Test]
    public void The_success_of_a_setup_may_move_tasks_that_do_not_come_directly_after_it() =>
        Assert.That(Repercussion.Any(Sample.Scoped("s>a x>a a>b b>t s>t"), ["s"], new HashSet<string> { "x", "b", "t" }, _ => true), Is.True);

    [TestCase(true, """{"skipped":["w","z"]}""")]
    [TestCase(false, """{"skipped":["w"]}""")]
    public void A_short_circuit_spares_teardowns(bool everywhere, string stored) =>
        Assert.That(Decided("gate>w w>t gate>t t>z", new Downstream.Skip(everywhere)), Is.EqualTo(stored));

    [Test]
    public void A_short_circuit_before_teardowns_alone_decides_nothing() =>
        Assert.That(Decided("gate>t", new Downstream.Skip(Everywhere: true)), Is.Null);

    [Test]
    public void A_branch_skips_a_teardown_that_is_directly_after_it_and_not_behind_what_it_follows() => Assert.Multiple(() =>
    {
        Assert.That(Decided("gate>a gate>t gate>b", new Downstream.FollowTasks(["a"])), Is.EqualTo("""{"followed":["a"]}"""));
        Assert.That(Decided("gate>a gate>t gate>b a>t", new Downstream.FollowTasks(["a"])), Is.EqualTo("""{"followed":["a","t"]}"""));
    });

    [TestCase(Simple, "w", false, false, "s t w", TestName = "A clear of work clears its setup and the teardown")]
    [TestCase(Simple, "s", false, false, "s t", TestName = "A clear of a setup clears its teardown")]
    [TestCase(Simple, "t", false, false, "t", TestName = "A clear of a teardown clears it alone")]
    [TestCase(Simple, "s", false, true, "s t w")]
    [TestCase(Simple, "t", true, false, "s t w")]
    [TestCase(Deep, "b", false, false, "b s t", TestName = "A clear of work clears its setup but not the work between")]
    [TestCase(Deep, "b", true, false, "a b s t")]
    [TestCase("s>w w>t s>t t>z", "z", false, false, "z", TestName = "A clear of what comes after the teardown clears no setup")]
    [TestCase("s>w w>t s>t t>z", "z", true, false, "s t w z")]
    [TestCase("a>w s>w w>t s>t", "a", false, true, "a s t w", TestName = "A clear clears the setups of what comes after")]
    [TestCase("a>w s>w w>t s>t", "a", false, false, "a")]
    [TestCase("s>w", "w", false, false, "s w", TestName = "A clear of work clears a setup without teardown")]
    [TestCase("s>w w>t1 w>t2 s>t1 s>t2", "w", false, false, "s t1 t2 w")]
    [TestCase("a>w w>b s>w w>t s>t", "w", true, false, "a s t w", TestName = "A clear with what is before takes the teardowns of setups too")]
    [TestCase("s1>s2 s2>w w>t2 s2>t2 t2>t1 s1>t1", "w", false, false, "s1 s2 t1 t2 w")]
    [TestCase("a>b", "gone", false, true, "gone")]
    public void A_clear_takes_setups_and_teardowns_along(string edges, string chosen, bool upstream, bool downstream, string cleared) =>
        Assert.That(PartialSubset.Of(Sample.Scoped(edges), chosen.Split(' '), upstream, downstream).Order(StringComparer.Ordinal), Is.EqualTo(cleared.Split(' ')));

    private static string? Decided(string edges, Downstream wanted)
    {
        var dag = Sample.Scoped(edges);
        var descriptor = new ActivityDescriptor("Gate", "Gate", "Test", "Decides.", [], [], ["Done"]) { SkipsDownstream = true };
        return DownstreamDecision.Of(dag, dag.TasksById["gate"], descriptor, wanted)?.ToJson().ToJsonString();
    }

    private static Dag With(Dag dag, string taskId, TriggerRule rule) =>
        dag with { Tasks = [.. dag.Tasks.Select(task => task.TaskId == taskId ? task with { TriggerRule = rule } : task)] };

    private static string Moves(Dag dag, string states) => Moves(states, Decide(dag, states));

    private static string Moves(string states, Decision decision)
    {
        var names = states.Split(' ').Select(pair => pair.Split(':')[0]).ToList();
        return string.Join(", ", decision.Transitions.Select(move => $"{names[(int)move.TaskInstanceId - 1]} {move.To}"));
    }

    private static Decision Decide(Dag dag, string states, params string[] subset)
    {
        var instances = states.Split(' ').Select(pair => pair.Split(':')).Select((pair, index) => Sample.Instance(pair[0], Enum.Parse<TaskState>(pair[1]), index + 1));
        return Planner.Decide(new RunSnapshot(dag, Sample.Run(), [.. instances], DagPaused: false) { Subset = subset }, Sample.Now);
    }
}
