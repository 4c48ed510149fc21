using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.UnitTests.Runs;

/// <summary>airflow-semantics.md §8, and NotPreviouslySkipped of §7.</summary>
public sealed class BranchingTests
{
    private static readonly Downstream SkipAll = new Downstream.Skip(Everywhere: true);
    private static readonly Downstream SkipDirect = new Downstream.Skip(Everywhere: false);

    private static BranchCourse Diamond(TriggerRule join = TriggerRule.NoneFailedMinOneSuccess) =>
        new("choose>a choose>b a>join b>join", "choose", ("join", join));

    [Test]
    public void The_task_that_is_not_followed_is_skipped_and_a_join_of_both_runs_after_the_other()
    {
        var run = Diamond().Succeed("choose", Follow("a"));
        Assert.That(run.States, Is.EqualTo("choose success, a scheduled, b skipped, join -"));
        Assert.That(run.ReasonOf("b"), Is.EqualTo("'choose' followed 'a'"));
        Assert.That(run.Succeed("a").States, Is.EqualTo("choose success, a success, b skipped, join scheduled"));
    }

    [Test]
    public void A_join_by_all_success_is_skipped_with_the_branch_that_was_not_followed() =>
        Assert.That(Diamond(TriggerRule.AllSuccess).Succeed("choose", Follow("a")).States, Is.EqualTo("choose success, a scheduled, b skipped, join skipped"));

    [Test]
    public void Several_are_followed() =>
        Assert.That(new BranchCourse("choose>a choose>b choose>c", "choose").Succeed("choose", Follow("a", "c")).States, Is.EqualTo("choose success, a scheduled, b skipped, c scheduled"));

    [Test]
    public void None_follows_nothing_and_the_run_ends_well()
    {
        var run = Diamond().Succeed("choose", Follow());
        Assert.That((run.States, run.Ended), Is.EqualTo(("choose success, a skipped, b skipped, join skipped", (DagRunState?)DagRunState.Success)));
        Assert.That(run.ReasonOf("a"), Is.EqualTo("'choose' followed none of the tasks after it"));
    }

    [Test]
    public void A_direct_downstream_is_spared_when_it_is_anywhere_downstream_of_a_followed_task()
    {
        var run = new BranchCourse("choose>a a>deep deep>join choose>b choose>join", "choose").Succeed("choose", Follow("a"));
        Assert.That(run.States, Is.EqualTo("choose success, a scheduled, deep -, join -, b skipped"));
        Assert.That(run.DecisionOf("choose")!.ToJson().ToJsonString(), Is.EqualTo("""{"followed":["a","join"]}"""), "as Airflow stores it, so that the join is not skipped when it is cleared");
        Assert.That(run.Succeed("a").Succeed("deep").States, Is.EqualTo("choose success, a success, deep success, join scheduled, b skipped"));
    }

    [Test]
    public void Only_direct_downstreams_are_skipped_trigger_rules_say_of_the_rest() =>
        Assert.That(
            new BranchCourse("choose>a choose>b b>late", "choose", ("late", TriggerRule.AllDone)).Succeed("choose", Follow("a")).States,
            Is.EqualTo("choose success, a scheduled, b skipped, late scheduled"));

    [Test]
    public void A_branch_that_decides_nothing_lets_all_run() =>
        Assert.That(Diamond().Succeed("choose").States, Is.EqualTo("choose success, a scheduled, b scheduled, join -"));

    [Test]
    public void Ports_are_followed_by_name_and_Done_always()
    {
        var task = Sample.Task("choose") with
        {
            Downstream = ["yes", "no", "both", "any"],
            DownstreamByPort = new Dictionary<string, IReadOnlyList<string>> { ["True"] = ["yes", "both"], ["False"] = ["no", "both"], ["Done"] = ["any"] },
        };
        var dag = new Dag { DagId = "d", Timetable = new Model.Timetables.NullTimetable(), Tasks = [task, .. task.Downstream.Select(id => Sample.Task(id) with { Upstream = ["choose"] })] };
        var descriptor = new ActivityDescriptor("Branch", "Branch", "Test", "Branches.", [], [], ["True", "False", "Done"]);
        string Json(params string[] ports) => DownstreamDecision.Of(dag, task, descriptor, new Downstream.FollowPorts(ports))!.ToJson().ToJsonString();
        Assert.That(Json("True"), Is.EqualTo("""{"followed":["yes","both","any"]}"""));
        Assert.That(Json("False"), Is.EqualTo("""{"followed":["no","both","any"]}"""));
        Assert.That(Json(), Is.EqualTo("""{"followed":["any"]}"""));
        Assert.That(Assert.Throws<TaskFailure>(() => Json("Tru"))!.Message, Does.Contain("Did you mean 'True'?"));
    }

    [Test]
    public void An_unknown_task_id_fails_the_task_and_names_the_nearest()
    {
        var failure = Assert.Throws<TaskFailure>(() => new BranchCourse("choose>load choose>b", "choose").Succeed("choose", Follow("laod")))!;
        Assert.That((failure.Message, failure.Retryable), Is.EqualTo(
            ("Task 'choose' is to follow 'laod', which DAG 'shop' does not have. Did you mean 'load'? Mend what chooses it, then clear the task.", false)));
    }

    [Test]
    public void An_activity_may_only_skip_when_its_descriptor_says_so()
    {
        var dag = Sample.Dag("a>b");
        var plain = new ActivityDescriptor("Plain", "Plain", "Test", "Plain.", [], [], ["Done"]);
        Assert.That(Assert.Throws<TaskFailure>(() => DownstreamDecision.Of(dag, dag.Tasks[0], plain, SkipAll))!.Message, Does.Contain("SkipsDownstream"));
        Assert.That(DownstreamDecision.Of(dag, dag.Tasks[0], plain with { SkipsDownstream = true }, SkipAll), Is.Not.Null);
        Assert.That(DownstreamDecision.Of(dag, dag.Tasks[1], plain with { SkipsDownstream = true }, SkipAll), Is.Null, "nothing is after it, so nothing is stored");
    }

    [Test]
    public void A_short_circuit_skips_everything_downstream_whatever_the_trigger_rules()
    {
        var run = new BranchCourse("gate>a a>join other>join join>end", "gate", ("join", TriggerRule.AllDone), ("end", TriggerRule.Always)).Succeed("gate", SkipAll);
        Assert.That(run.States, Is.EqualTo("gate success, a skipped, join skipped, other scheduled, end skipped"), "end had been scheduled, as its rule is always");
        Assert.That(run.ReasonOf("join"), Is.EqualTo("'gate' skipped the tasks after it"));
    }

    [Test]
    public void A_short_circuit_of_direct_tasks_alone_leaves_the_rest_to_their_trigger_rules()
    {
        var run = new BranchCourse("gate>a a>join other>join", "gate", ("join", TriggerRule.AllDone)).Succeed("gate", SkipDirect);
        Assert.That(run.States, Is.EqualTo("gate success, a skipped, join -, other scheduled"));
        Assert.That(run.Succeed("other").States, Is.EqualTo("gate success, a skipped, join scheduled, other success"));
    }

    [TestCase(Scheduled, Skipped)]
    [TestCase(Queued, Skipped)]
    [TestCase(UpForRetry, Skipped)]
    [TestCase(UpstreamFailed, Skipped)]
    [TestCase(Running, Running)]
    [TestCase(Restarting, Restarting)]
    [TestCase(Success, Success)]
    [TestCase(Failed, Failed)]
    public void What_has_started_is_left_alone(TaskState before, TaskState after)
    {
        var run = new BranchCourse("gate>b keep", "gate", ("b", TriggerRule.Always)).Becomes("b", before).Succeed("gate", SkipAll);
        Assert.That(run.States, Is.EqualTo($"gate success, b {StateNames.ToName(after)}, keep scheduled"));
    }

    [Test]
    public void A_skipped_task_that_is_cleared_alone_stays_skipped()
    {
        var run = Diamond().Succeed("choose", Follow("a")).Succeed("a").Succeed("join").Clear("b");
        Assert.That(run.States, Is.EqualTo("choose success, a success, b skipped, join success"));
        Assert.That(run.ReasonOf("b"), Is.EqualTo("'choose' followed 'a'"));
        Assert.That(run.Clear("a").States, Does.Contain("a scheduled"), "the followed one runs again");
    }

    [Test]
    public void A_task_that_a_direct_short_circuit_skipped_stays_skipped_too() =>
        Assert.That(new BranchCourse("gate>a keep", "gate").Succeed("gate", SkipDirect).Clear("a").States, Is.EqualTo("gate success, a skipped, keep scheduled"));

    [Test]
    public void Only_direct_parents_are_asked_after_a_clear() =>
        Assert.That(
            new BranchCourse("gate>a a>join keep", "gate", ("join", TriggerRule.AllDone)).Succeed("gate", SkipAll).Clear("join").States,
            Is.EqualTo("gate success, a skipped, join scheduled, keep scheduled"));

    [Test]
    public void A_branch_that_is_cleared_with_what_is_after_it_decides_anew()
    {
        var run = Diamond().Succeed("choose", Follow("a")).Succeed("a").Succeed("join").Clear("choose", "a", "b", "join");
        Assert.That(run.States, Is.EqualTo("choose scheduled, a -, b -, join -"));
        Assert.That(run.Succeed("choose", Follow("b")).States, Is.EqualTo("choose success, a skipped, b scheduled, join -"));
    }

    [Test]
    public void A_branch_that_did_not_end_well_decides_nothing() =>
        Assert.That(
            new BranchCourse("choose>a choose>b", "choose", ("a", TriggerRule.AllDone), ("b", TriggerRule.AllDone)).Succeed("choose", Follow("a")).Becomes("choose", Failed).Clear("b").States,
            Is.EqualTo("choose failed, a scheduled, b scheduled"));

    [Test]
    public void Of_two_branches_each_may_skip_a_task()
    {
        var run = new BranchCourse("one>x two>x one>y", "one", ("x", TriggerRule.OneSuccess)).Succeed("one", Follow("y"));
        Assert.That(run.States, Is.EqualTo("one success, x skipped, two scheduled, y scheduled"), "though its trigger rule is met");
    }

    [TestCase("a", Scheduled, TestName = "A_backfill_of_one_task_runs_it_though_a_branch_outside_of_it_had_not_followed_it")]
    [TestCase("choose a", Skipped, TestName = "A_backfill_that_has_the_branch_heeds_it")]
    public void A_backfill_of_some_tasks_heeds_the_branches_among_them(string subset, TaskState expected)
    {
        var run = Sample.Snapshot(Sample.Dag("choose>a"), Success, None) with
        {
            Subset = subset.Split(' '),
            Decisions = new Dictionary<string, DownstreamDecision> { ["choose"] = DownstreamDecision.Parse(System.Text.Json.Nodes.JsonNode.Parse("""{"followed":[]}"""))! },
        };
        Assert.That(Planner.Decide(run, Sample.Now).Transitions.Single().To, Is.EqualTo(expected));
    }

    [Test]
    public void Many_followed_are_told_short() =>
        Assert.That(DownstreamDecision.Parse(System.Text.Json.Nodes.JsonNode.Parse("""{"followed":["a","b","c","d","e"]}"""))!.Words("x"), Is.EqualTo("'x' followed 'a', 'b', 'c' and 2 more"));

    [TestCase("null")]
    [TestCase("[1]")]
    [TestCase("{}")]
    [TestCase("""{"followed":"a"}""")]
    public void What_is_no_decision_is_none(string json) => Assert.That(DownstreamDecision.Parse(System.Text.Json.Nodes.JsonNode.Parse(json)), Is.Null);

    private static Downstream.FollowTasks Follow(params string[] taskIds) => new(taskIds);
}
