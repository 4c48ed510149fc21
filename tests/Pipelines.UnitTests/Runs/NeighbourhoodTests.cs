using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.UnitTests.Mapping;

namespace Pipelines.UnitTests.Runs;

/// <summary>
/// When a part of a run tells what follows from a success; that it then tells what the whole tells is held by <see cref="PlannerPropertyTests"/>
/// and <see cref="MappingPropertyTests"/>.
/// </summary>
public sealed class NeighbourhoodTests
{
    [TestCase("a>b b>c c>d", "a=success", "b scheduled", TestName = "the next of a chain starts")]
    [TestCase("a>c b>c c>d", "a=success b=running", "", TestName = "a child waits for another")]
    [TestCase("a>b a>c b>d c>d", "a=success", "b scheduled, c scheduled", TestName = "several children start")]
    public void The_part_tells_what_starts(string edges, string states, string expected) => Assert.That(Words(Run(Sample.Dag(edges), states), "a"), Is.EqualTo(expected));

    [TestCase("a b", "a=success b=success", TestName = "the run may have ended")]
    [TestCase("a>b", "a=success b=success", TestName = "a child that ended before may have been the last")]
    [TestCase("a>b", "a=success b=removed", TestName = "a child comes back")]
    public void What_the_part_cannot_tell_the_whole_is_asked(string edges, string states) =>
        Assert.That(Words(Run(Sample.Dag(edges), states), "a"), Is.EqualTo(states.Contains("removed", StringComparison.Ordinal) ? "b none, b scheduled" : "the whole"));

    [Test]
    public void Of_a_skip_the_whole_is_asked()
    {
        var dag = Sample.Dag("a>b b>c");
        Assert.That(Words(Run(dag with { Tasks = [.. dag.Tasks.Select(task => task with { TriggerRule = TriggerRule.AllFailed })] }, "a=success"), "a"), Is.EqualTo("the whole"));
    }

    [Test]
    public void Behind_a_task_that_the_run_lacks_the_whole_is_asked() =>
        Assert.That(PartOfRun.Decide(Run(Sample.Dag("a>b b>c"), "a=success", lacks: "b"), Sample.Instance("a", TaskState.Success), Sample.Now), Is.Null);

    [Test]
    public void Of_a_setup_the_whole_is_asked()
    {
        var dag = Sample.Dag("a>b b>c");
        Assert.That(Words(Run(dag with { Tasks = [dag.Tasks[0] with { IsSetup = true }, .. dag.Tasks.Skip(1)] }, "a=success"), "a"), Is.EqualTo("the whole"));
    }

    [Test]
    public void What_waits_for_nothing_that_moves_is_looked_at_as_a_whole_soon()
    {
        var run = Run(Sample.Dag("a>c b>c x>b"), "a=success b=none x=removed c=none");
        Assert.That(PartOfRun.Decide(run, Sample.Instance("a", TaskState.Success), Sample.Now)?.WakeAt, Is.EqualTo(Sample.Now.AddSeconds(10)));
    }

    [Test]
    public void A_mapped_group_goes_on_index_by_index_and_few_rows_tell_it()
    {
        var dag = Sample.Dag("a>b b>end").Grouped(SampleMapping.Expand(("n", "[1,2,3,4,5]")), "a", "b");
        var run = new RunSnapshot(dag, Sample.Run(), [.. Enumerable.Range(0, 5).SelectMany(index => (TaskInstance[])[
            Sample.Instance("a", index == 3 ? TaskState.Success : TaskState.Running, index) with { MapIndex = index },
            Sample.Instance("b", TaskState.None, 10 + index) with { MapIndex = index }]), Sample.Instance("end", TaskState.None, 20)], DagPaused: false);
        var near = Neighbourhood.Of(dag, [new EndedTask("a", 3, TaskState.Success)])!;
        Assert.Multiple(() =>
        {
            Assert.That((near.ByMapIndex, near.MapIndexes), Is.EqualTo(((string[])["b", "a"], (int[])[3, -1, 0])));
            Assert.That(PartOfRun.Decide(run, Sample.Instance("a", TaskState.Success) with { MapIndex = 3 }, Sample.Now)?.Transitions.Select(move => (move.TaskInstanceId, move.To)), Is.EqualTo(new[] { (13L, TaskState.Scheduled) }));
        });
    }

    [Test]
    public void Of_what_a_task_is_mapped_over_the_whole_is_asked() =>
        Assert.That(Neighbourhood.Of(SampleMapping.Dag("a>b", ("b", SampleMapping.Expand(("n", "a.output")))), [new EndedTask("a", -1, TaskState.Success)]), Is.Null);

    [TestCase("a>b", "a", true)]
    [TestCase("list>load load>b", "load", false, TestName = "all of a mapped task")]
    public void What_may_be_many_is_known_before_it_is_read(string edges, string succeeded, bool expected) =>
        Assert.That(Neighbourhood.Of(SampleMapping.Dag(edges, ("load", SampleMapping.Expand(("n", "list.output")))), [new EndedTask(succeeded, succeeded == "load" ? 7 : -1, TaskState.Success)])!.IsSmall, Is.EqualTo(expected));

    [Test]
    public void Of_a_failure_the_whole_is_asked() => Assert.That(Neighbourhood.Of(Sample.Dag("a>b"), [new EndedTask("a", -1, TaskState.Failed)]), Is.Null);

    private static RunSnapshot Run(Dag dag, string states, string lacks = "")
    {
        var stored = states.Split(' ').Select(state => state.Split('=')).ToDictionary(state => state[0], state => StateNames.Parse<TaskState>(state[1]));
        return new(dag, Sample.Run(), [.. dag.Tasks.Where(task => task.TaskId != lacks).Select((task, index) => Sample.Instance(task.TaskId, stored.GetValueOrDefault(task.TaskId), index))], DagPaused: false);
    }

    private static string Words(RunSnapshot run, string succeeded) =>
        PartOfRun.Decide(run, run.TaskInstances.Single(instance => instance.TaskId == succeeded), Sample.Now) is not { } decision ? "the whole"
        : string.Join(", ", decision.Transitions.Select(move => $"{run.TaskInstances.Single(instance => instance.Id == move.TaskInstanceId).TaskId} {StateNames.ToName(move.To)}"));
}
