using Pipelines.Model.Dags;
using Pipelines.Model.Runs;

namespace Pipelines.UnitTests.Runs;

/// <summary>When a run need not be planned; that it then never had to be is held by <see cref="PlannerPropertyTests"/>.</summary>
public sealed class RepercussionTests
{
    [TestCase("a>c b>c", "a", "b c", false, TestName = "a child that waits for another too stays")]
    [TestCase("a>c b>c", "b", "c", true, TestName = "a child whose last upstream it was may start")]
    [TestCase("a b", "a", "b", false, TestName = "nothing depends on it")]
    [TestCase("a b", "b", "", true, TestName = "the run may have ended")]
    [TestCase("a>b", "gone", "b", true, TestName = "a task that the DAG lost")]
    public void A_success_is_judged_by_what_waits_for_it(string edges, string succeeded, string unfinished, bool expected) =>
        Assert.That(Repercussion.Any(Sample.Dag(edges), [succeeded], unfinished.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(), _ => true), Is.EqualTo(expected));

    [Test]
    public void Behind_a_child_that_the_run_lacks_others_may_wait() =>
        Assert.That(Repercussion.Any(Sample.Dag("a>b a2>b b>c"), ["a"], new HashSet<string> { "a2", "c" }, taskId => taskId != "b"), Is.True);

    [Test]
    public void Behind_a_child_that_the_run_lacks_one_success_may_be_enough()
    {
        var dag = Sample.Dag("a>b a2>b b>c");
        Assert.That(Repercussion.Any(dag with { Tasks = [.. dag.Tasks.Select(task => task with { TriggerRule = TriggerRule.OneSuccess })] }, ["a"], new HashSet<string> { "a2", "c" }, taskId => taskId != "b"), Is.True);
    }

    [Test]
    public void Who_may_skip_tasks_after_it_is_always_asked()
    {
        var dag = Sample.Dag("gate>c b>c");
        Assert.That(Repercussion.Any(dag with { Tasks = [dag.Tasks[0] with { SkipsDownstream = true }, .. dag.Tasks.Skip(1)] }, ["gate"], new HashSet<string> { "b", "c" }, _ => true), Is.True);
    }
}
