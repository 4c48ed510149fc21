using System.Text.Json.Nodes;
using Pipelines.Model.Dags;

namespace Pipelines.UnitTests.Dags;

/// <summary>airflow-semantics.md §10: task groups in DAG files, which are flowcharts in the flowchart.</summary>
public sealed class TaskGroupFileTests
{
    [Test]
    public void Ids_have_the_groups_before_them_and_edges_of_a_group_are_those_of_its_first_and_last_tasks()
    {
        var dag = Read(new DagText()
            .Task("before").Task("after")
            .Group("load", load => load
                .Task("a").Task("b").Task("c").Edge("a", "b")
                .Group("deep", deep => deep.Task("x").Task("y"))
                .Edge("b", "deep"))
            .Edge("before", "load").Edge("load", "after"));
        Assert.Multiple(() =>
        {
            Assert.That(Edges(dag), Is.EqualTo("before>load.a before>load.c load.a>load.b load.b>load.deep.x load.b>load.deep.y load.c>after load.deep.x>after load.deep.y>after"));
            Assert.That(dag.Groups.Select(group => (group.GroupId, group.ParentId)), Is.EqualTo(new[] { ("load", (string?)null), ("load.deep", "load") }));
            Assert.That(TaskGroups.Of(dag, "load.deep.x"), Is.EqualTo(new[] { "load", "load.deep" }));
            Assert.That(TaskGroups.Roots(dag, "load"), Is.EqualTo(new[] { "load.a", "load.c" }));
        });
    }

    [Test]
    public void A_group_may_leave_the_ids_in_it_alone()
    {
        var dag = Read(new DagText().Group("load", load => load.Task("a").Group("deep", deep => deep.Task("x")), ("prefixGroupId", false)).Task("load.z"));
        Assert.Multiple(() =>
        {
            Assert.That(dag.Tasks.Select(task => (task.TaskId, task.GroupId)), Is.EquivalentTo(new[] { ("a", "load"), ("deep.x", "deep"), ("load.z", (string?)null) }));
            Assert.That(TaskGroups.Of(dag, "deep.x"), Is.EqualTo(new[] { "load", "deep" }));
            Assert.That(TaskGroups.Of(dag, "load.z"), Is.EqualTo(new[] { "load" }), "ids that begin alike are a group too");
        });
    }

    [Test]
    public void A_branch_leads_into_a_group_by_its_port()
    {
        var dag = Read(new DagText().Branch("choose").Group("load", load => load.Task("a").Task("b").Edge("a", "b")).Edge("choose", "load", "Else"));
        Assert.That(dag.TasksById["choose"].DownstreamByPort["Else"], Is.EqualTo(new[] { "load.a" }));
    }

    [Test]
    public void What_comes_after_a_group_does_not_wait_for_its_teardown_but_for_the_work_before_it()
    {
        var dag = Read(new DagText().Task("after")
            .Group("load", load => load
                .Task("up", ("isSetup", true)).Task("work").Task("side").Task("down", ("isTeardown", true))
                .Edge("up", "work").Edge("work", "down").Edge("up", "down").Edge("work", "side"))
            .Group("bare", bare => bare.Task("up2", ("isSetup", true)).Task("down2", ("isTeardown", true)).Edge("up2", "down2"))
            .Group("plain", plain => plain.Task("only").Task("down3", ("isTeardown", true)).Edge("only", "down3"))
            .Edge("load", "after").Edge("bare", "after").Edge("plain", "after"));
        Assert.That(dag.TasksById["after"].Upstream, Is.EquivalentTo(new[] { "load.side", "plain.only" }));
    }

    [Test]
    public void A_connection_passes_through_a_group_without_tasks() =>
        Assert.That(Edges(Read(new DagText().Task("a").Task("b").Group("none", _ => { }).Group("nothing", nothing => nothing.Group("still", _ => { })).Edge("a", "none").Edge("none", "nothing").Edge("nothing", "b"))), Is.EqualTo("a>b"));

    [Test]
    public void Default_args_of_a_group_come_over_those_around_it_and_under_the_tasks_own()
    {
        var dag = Read(new DagText().Set("defaultArgs", """{"retries": 1, "pool": "dag", "queue": "dag"}""")
            .Task("out")
            .Group("load", load => load
                .Task("own", ("retries", 9)).Task("a")
                .Group("deep", deep => deep.Task("x"), ("defaultArgs", new JsonObject { ["pool"] = "deep" })),
                ("defaultArgs", new JsonObject { ["retries"] = 2, ["pool"] = "load", ["params"] = new JsonObject { ["p"] = 1 } })));
        Assert.Multiple(() =>
        {
            Assert.That(dag.Tasks.Select(task => $"{task.TaskId} {task.Retries} {task.Pool} {task.Queue}"),
                Is.EquivalentTo(new[] { "out 1 dag dag", "load.own 9 load dag", "load.a 2 load dag", "load.deep.x 2 deep dag" }));
            Assert.That(dag.TasksById["load.deep.x"].Params.ToJson().ToJsonString(), Does.Contain("\"p\""));
        });
    }

    [Test]
    public void What_people_see_of_a_group_is_read_and_makes_a_version()
    {
        var (plain, told) = (Grouped(), Grouped(("tooltip", "All tables"), ("uiColor", "CornflowerBlue"), ("uiFgcolor", "#fff"), ("groupDisplayName", "Load it")));
        Assert.Multiple(() =>
        {
            Assert.That(Read(told).Groups.Single(), Is.EqualTo(new TaskGroup { GroupId = "g", ActivityId = "id-g", Tooltip = "All tables", UiColor = "CornflowerBlue", UiFgcolor = "#fff", DisplayName = "Load it" }));
            Assert.That(told.Read().Hash, Is.Not.EqualTo(plain.Read().Hash));
            Assert.That(plain.Read().Warnings, Is.Empty);
        });
    }

    [TestCase("uiColor", "red;}", "'uiColor' is 'red;}' but must be the name of a colour")]
    [TestCase("tooltipp", "x", "'Elsa.Flowchart' has no input 'tooltipp'. Did you mean 'tooltip'?")]
    [TestCase("defaultArgs", "{\"owner\": \"me\"}", "'defaultArgs' has 'owner', which is a setting of the DAG")]
    [TestCase("defaultArgs", "{\"retrys\": 1}", "'defaultArgs' has 'retrys', which no task of this group takes. Did you mean 'retries'?")]
    [TestCase("prefixGroupId", "perhaps", "Input 'prefixGroupId' is 'perhaps'")]
    public void A_setting_that_makes_no_sense_is_an_error(string name, string value, string expected) =>
        Assert.That(Grouped((name, value)).Errors(), Has.One.Contains(expected));

    [Test]
    public void Ids_are_unique_over_groups_and_tasks()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Grouped().Task("g").Errors(), Has.One.EqualTo("$.root.activities[2].id: The activity id 'id-g' is taken by $.root.activities[1]. Connections could not tell them apart; change one."));
            Assert.That(Grouped().Task("g").Errors(), Has.One.Contains("The task_id 'g' is taken by $.root.activities[1]"));
            Assert.That(Grouped().Task("g.a").Errors(), Has.One.Contains("The task_id 'g.a' is taken by $.root.activities[1].activities[0]"));
            Assert.That(new DagText().Group("g.h", group => group.Task("a")).Errors(), Has.One.Contains("The group_id 'g.h' contains '.'. Use 1 to 200 letters"));
            Assert.That(new DagText().Group(new string('g', 190), group => group.Task(new string('a', 100))).Errors(), Has.One.Contains("has 291 characters"));
        });
    }

    [Test]
    public void A_connection_does_not_cross_the_border_of_a_group() =>
        Assert.That(Grouped().Task("z").Edge("z", "a").Errors(), Has.One.Contains("goes to 'a', which is in another flowchart. A task group is connected as a whole"));

    [Test]
    public void The_settings_of_the_dag_are_not_in_a_group() => Assert.That(
        Grouped().Group("h", group => group.Activities.Add(new JsonObject { ["id"] = "more", ["type"] = "Pipelines.Dag" })).Errors(), Has.One.Contains("holds the settings of the whole DAG and is in the task group 'h'"));

    [Test]
    public void A_cycle_through_a_group_is_told_by_its_tasks() => Assert.That(
        Grouped().Task("z").Edge("z", "g").Edge("g", "z").Errors(), Has.One.Contains("in a cycle: g.a → z → g.a"));

    private static DagText Grouped(params (string, JsonNode?)[] inputs) => new DagText().Group("g", group => group.Task("a"), inputs);

    private static Dag Read(DagText text)
    {
        var result = text.Read();
        Assert.That(result.Errors.Select(error => error.Message), Is.Empty);
        return result.Dag!;
    }

    private static string Edges(Dag dag) => string.Join(' ', dag.Tasks.SelectMany(task => task.Downstream, (task, after) => $"{task.TaskId}>{after}").Order(StringComparer.Ordinal));
}
