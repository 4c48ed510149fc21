using Pipelines.Model.Runs;

namespace Pipelines.UnitTests.Runs;

/// <summary>Runs that do not have all tasks of their DAG, or whose backfill is about some of them.</summary>
public sealed class SubsetTests
{
    [Test]
    public void Order_holds_across_tasks_that_the_run_does_not_have() => Assert.Multiple(() =>
    {
        Assert.That(Moves("a>b b>c", "a:Running c:None"), Is.Empty);
        Assert.That(Moves("a>b b>c", "a:Success c:None"), Is.EqualTo(new[] { "c Scheduled" }));
        Assert.That(Moves("a>b b>c", "a:Failed c:None"), Is.EqualTo(new[] { "c UpstreamFailed" }));
    });

    [Test]
    public void What_others_had_come_to_does_not_hold_up_the_subset() =>
        Assert.That(Moves("a>b b>c", "a:Failed b:None c:None", "b", "c"), Is.EqualTo(new[] { "b Scheduled" }));

    [Test]
    public void Order_in_the_subset_holds_across_a_finished_task_outside_it() =>
        Assert.That(Moves("a>b b>c", "a:Running b:Success c:None", "a", "c"), Is.Empty);

    [Test]
    public void What_somebody_cleared_outside_the_subset_is_waited_for() =>
        Assert.That(Moves("a>b b>c", "a:Success b:Running c:None", "a", "c"), Is.Empty);

    [TestCase("a:Failed", DagRunState.Failed, TestName = "The last task that the run has decides")]
    [TestCase("a:Success", DagRunState.Success, TestName = "The last task that the run has decides, well")]
    public void The_last_task_of_the_run_decides(string states, DagRunState outcome) => Assert.That(Decide("a>b", states).RunState, Is.EqualTo(outcome));

    [Test]
    public void A_failed_subset_fails_the_run_though_an_old_success_follows_it() =>
        Assert.That(Decide("a>b", "a:Failed b:Success", "a").RunState, Is.EqualTo(DagRunState.Failed));

    private static IEnumerable<string> Moves(string edges, string states, params string[] subset)
    {
        var decision = Decide(edges, states, subset);
        var names = states.Split(' ').Select(pair => pair.Split(':')[0]).ToList();
        return decision.Transitions.Select(move => $"{names[(int)move.TaskInstanceId - 1]} {move.To}");
    }

    private static Decision Decide(string edges, string states, params string[] subset)
    {
        var instances = states.Split(' ').Select(pair => pair.Split(':'))
            .Select((pair, index) => Sample.Instance(pair[0], Enum.Parse<TaskState>(pair[1]), index + 1)).ToList();
        return Planner.Decide(new RunSnapshot(Sample.Dag(edges), Sample.Run(), instances, DagPaused: false) { Subset = subset }, Sample.Now);
    }
}
