using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.UnitTests.Dags;
using Pipelines.UnitTests.Runs;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.UnitTests.Mapping;

/// <summary>airflow-semantics.md §10, §11 and the relevance of §7: task groups that are mapped as a whole.</summary>
public sealed class MappedGroupTests
{
    private static readonly Dag Pair = Sample.Dag("list a>b b>join").Grouped(SampleMapping.Expand(("table", "list.output")), "a", "b");

    [Test]
    public void All_tasks_get_their_instances_when_the_length_is_known_and_each_index_goes_its_own_way()
    {
        var course = new MapCourse(Pair);
        Assert.That(course.States, Is.EqualTo("list scheduled, a -, b -, join -"));
        course.Becomes("list", Success, 2);
        Assert.That(course.States, Is.EqualTo("list success, a[0] scheduled, a[1] scheduled, b[0] -, b[1] -, join -"));
        course.Becomes("a[1]", Success);
        Assert.That(course.States, Is.EqualTo("list success, a[0] scheduled, a[1] success, b[0] -, b[1] scheduled, join -"));
        Assert.That((course.Task("b[0]").Reason, course.Task("join").Reason), Is.EqualTo(("waits for a[0]", "waits for b[0], b[1]")));
    }

    [Test]
    public void An_index_that_fails_takes_only_its_own_with_it_and_what_comes_after_the_group_sees_all()
    {
        var course = new MapCourse(Pair).Becomes("list", Success, 2).Becomes("a[0]", Failed);
        Assert.That(course.States, Is.EqualTo("list success, a[0] failed, a[1] scheduled, b[0] upstream_failed, b[1] -, join upstream_failed"));
        course.Becomes("a[1]", Success).Becomes("b[1]", Success);
        Assert.That(course.Ended.State, Is.EqualTo(DagRunState.Failed));
    }

    [Test]
    public void A_trigger_rule_inside_asks_its_own_index_alone()
    {
        var course = new MapCourse(Pair.WithRule("b", TriggerRule.OneFailed)).Becomes("list", Success, 2).Becomes("a[0]", Failed).Becomes("a[1]", Success);
        Assert.That(course.States, Is.EqualTo("list success, a[0] failed, a[1] success, b[0] scheduled, b[1] skipped, join skipped"));
    }

    [Test]
    public void A_group_that_is_mapped_over_nothing_is_skipped_whatever_its_rules_say()
    {
        var course = new MapCourse(Pair.WithRule("b", TriggerRule.AllDone).WithRule("join", TriggerRule.NoneFailed)).Becomes("list", Success, 0);
        Assert.That(course.States, Is.EqualTo("list success, a skipped, b skipped, join scheduled"));
    }

    [TestCase(Failed, "list failed, a upstream_failed, b upstream_failed, join upstream_failed")]
    [TestCase(Skipped, "list skipped, a skipped, b skipped, join skipped")]
    public void Without_what_it_is_mapped_over_a_group_is_not_expanded(TaskState state, string states) =>
        Assert.That(new MapCourse(Pair).Becomes("list", state).States, Is.EqualTo(states));

    [Test]
    public void A_group_over_literals_has_its_instances_from_the_start() =>
        Assert.That(new MapCourse(Sample.Dag("a>b").Grouped(SampleMapping.Expand(("x", "[1, 2]"), ("y", "[3]")), "a", "b")).States, Is.EqualTo("a[0] scheduled, a[1] scheduled, b[0] -, b[1] -"));

    [Test]
    public void A_teardown_inside_takes_away_what_the_setup_of_its_own_index_prepared()
    {
        var dag = Sample.Scoped("s>work work>t s>t").Grouped(SampleMapping.Expand(("x", "[1, 2]")), "s", "work", "t");
        var course = new MapCourse(dag).Becomes("s[0]", Failed).Becomes("s[1]", Success).Becomes("work[1]", Failed);
        Assert.That(course.States, Is.EqualTo("s[0] failed, s[1] success, work[0] upstream_failed, work[1] failed, t[0] upstream_failed, t[1] scheduled"));
    }

    [Test]
    public void A_setup_is_needed_of_the_own_index_alone_by_what_does_not_come_directly_after_it()
    {
        var dag = Sample.Scoped("s>a a>b b>t s>t").Grouped(SampleMapping.Expand(("x", "[1, 2]")), "s", "a", "b", "t").WithRule("b", TriggerRule.AllDone);
        var course = new MapCourse(dag).Becomes("s[0]", Failed).Becomes("s[1]", Success).Becomes("a[1]", Failed);
        Assert.That(course.States, Does.Contain("b[0] upstream_failed, b[1] scheduled"));
    }

    [Test]
    public void A_branch_inside_decides_for_its_own_index_and_so_does_a_clear()
    {
        var dag = Sample.Dag("choose>x choose>y y>join").Grouped(SampleMapping.Expand(("n", "[1, 2]")), "choose", "x", "y");
        var course = new MapCourse(dag).Follows("choose[0]", "x").Follows("choose[1]", "y");
        Assert.That(course.States, Is.EqualTo("choose[0] success, choose[1] success, x[0] scheduled, x[1] skipped, y[0] skipped, y[1] scheduled, join skipped"));
        Assert.That(course.Clear("x[1]").Task("x[1]").State, Is.EqualTo(Skipped), "what is cleared is skipped again");
    }

    [Test]
    public void A_branch_inside_skips_nothing_outside_by_itself()
    {
        var dag = Sample.Dag("choose>x choose>out").Grouped(SampleMapping.Expand(("n", "[1, 2]")), "choose", "x");
        Assert.That(new MapCourse(dag).Follows("choose[0]", "x").Follows("choose[1]", "x").Task("out").State, Is.EqualTo(Scheduled));
    }

    [Test]
    public void A_shorter_list_takes_the_surplus_of_every_task_away()
    {
        var course = new MapCourse(Pair).Becomes("list", Success, 3).Clear("list", "a[0]", "a[1]", "a[2]").Becomes("list", Success, 1);
        Assert.That(course.States, Is.EqualTo("list success, a[0] scheduled, a[1] removed, a[2] removed, b[0] -, b[1] removed, b[2] removed, join -"));
    }

    [Test]
    public void A_file_maps_a_group_and_all_its_tasks_with_it()
    {
        var result = new DagText().Task("list").Task("after")
            .Group("load", load => load.Task("a").Group("deep", deep => deep.Task("b")).Edge("a", "deep"), ("expand", DagText.Input("""{"table": "list.output"}""")))
            .Edge("load", "after").Read();
        Assert.That(result.Errors.Concat(result.Warnings).Select(error => error.Message), Is.Empty);
        var tasks = result.Dag!.TasksById;
        Assert.Multiple(() =>
        {
            Assert.That(tasks.Values.Select(task => (task.TaskId, task.MappedGroupId)), Is.EquivalentTo(new[] { ("list", (string?)null), ("after", null), ("load.a", "load"), ("load.deep.b", "load") }));
            Assert.That((tasks["load.a"].Upstream, tasks["load.deep.b"].Upstream, tasks["after"].Upstream), Is.EqualTo((new[] { "list" }, new[] { "load.a" }, new[] { "load.deep.b" })).Using<IReadOnlyList<string>>((one, other) => one.SequenceEqual(other)));
            Assert.That(tasks["load.deep.b"].Mapping!.TaskIds, Is.EqualTo(new[] { "list" }));
        });
    }

    [Test]
    public void What_airflow_does_not_map_is_refused()
    {
        DagText Mapped(Action<DagText> fill, string over = """{"x": [1]}""") => new DagText().Group("g", fill, ("expand", DagText.Input(over)));
        Assert.Multiple(() =>
        {
            Assert.That(Mapped(g => g.Group("h", h => h.Task("a"), ("expand", DagText.Input("""{"y": [1]}""")))).Errors(), Has.One.Contains("The task group 'g.h' is mapped and in 'g', which is mapped too."));
            Assert.That(Mapped(g => g.Task("a", ("expand", DagText.Input("""{"where": [1]}""")))).Errors(), Has.One.Contains("'g.a' is mapped and in the task group 'g', which is mapped too."));
            Assert.That(Mapped(g => g.Task("a", ("triggerRule", "always"))).Errors(), Has.One.Contains("no task may have the trigger rule always"));
            Assert.That(Mapped(g => g.Task("a"), """{"x y": [1]}""").Errors(), Has.One.Contains("'x y' names no value of a task group"));
            Assert.That(Mapped(g => g.Task("a"), """{"x": "g.a.output"}""").Errors(), Has.One.Contains("The task group 'g' is mapped over what 'g.a' in it returns"));
            Assert.That(Mapped(g => g.Task("a"), """{"x": "lsit.output"}""").Task("list").Errors(), Has.One.Contains("there is no task 'lsit'. Did you mean 'list'?"));
        });
    }
}
