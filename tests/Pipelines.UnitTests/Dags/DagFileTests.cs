using System.Text.Json.Nodes;
using CsCheck;
using Pipelines.Model.Dags;

namespace Pipelines.UnitTests.Dags;

/// <summary>What a good file becomes.</summary>
public class DagFileTests
{
    [Test]
    public void Settings_are_read_in_every_form_that_Studio_and_people_write()
    {
        var text = new DagText().Task("a")
            .Set("schedule", "0 3 * * *").Set("timetable", "cron_data_interval").Set("timezone", "Europe/Berlin")
            .Set("startDate", "2026-01-01").Set("endDate", "2026-02-01T06:00:00+02:00").Set("catchup", "True")
            .Set("maxActiveRuns", 3).Set("maxActiveTasks", "4").Set("dagRunTimeout", "PT2H").Set("params", """{"b":1,"a":[true]}""")
            .Set("tags", new JsonArray("z", "a"), "Object").Set("owner", "data").Set("isPausedUponCreation", false);
        text.Settings["description"] = "A bare text.";

        var dag = text.Read().Dag!;

        Assert.Multiple(() =>
        {
            Assert.That(dag.DagId, Is.EqualTo("sales"));
            Assert.That(dag.Description, Is.EqualTo("A bare text."));
            Assert.That(dag.Schedule, Is.EqualTo("0 3 * * *"));
            Assert.That(dag.Timetable.Summary, Does.Contain("cron_data_interval"));
            Assert.That(dag.StartDate, Is.EqualTo(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
            Assert.That(dag.EndDate!.Value.ToString("O"), Is.EqualTo("2026-02-01T04:00:00.0000000+00:00"));
            Assert.That(dag.Catchup, Is.True);
            Assert.That((dag.MaxActiveRuns, dag.MaxActiveTasks, dag.DagRunTimeout), Is.EqualTo((3, 4, TimeSpan.FromHours(2))));
            Assert.That(dag.Params.ToJson().ToJsonString(), Is.EqualTo("""{"b":1,"a":[true]}"""));
            Assert.That(dag.Tags, Is.EqualTo(new[] { "a", "z" }));
            Assert.That((dag.Owner, dag.IsPausedUponCreation), Is.EqualTo(("data", false)));
        });
    }

    [Test]
    public void Words_for_people_are_read_and_make_a_version()
    {
        var result = new DagText().Task("a").Set("dagDisplayName", "Sales 🚀").Set("docMd", "# Sales\nOf the shop").Set("ownerLinks", """{"data":"mailto:data@example.com","ops":"https://example.com"}""").Read();
        Assert.That((result.Dag!.DagDisplayName, result.Dag.DocMd), Is.EqualTo(("Sales 🚀", "# Sales\nOf the shop")));
        Assert.That(result.Dag.OwnerLinks, Is.EquivalentTo(new Dictionary<string, string> { ["data"] = "mailto:data@example.com", ["ops"] = "https://example.com" }));
        Assert.That(result.Hash, Is.Not.EqualTo(new DagText().Task("a").Read().Hash));
    }

    [TestCase("[]", "'ownerLinks' must be a JSON object")]
    [TestCase("""{"data":"javascript:alert(1)"}""", "The link of owner 'data' is \"javascript:alert(1)\" but must begin with http://, https:// or mailto:.")]
    [TestCase("""{"data":1}""", "The link of owner 'data' is 1 but")]
    [TestCase("""{"data":"data@example.com"}""", "The link of owner 'data' is \"data@example.com\" but")]
    public void An_owner_link_is_an_address_of_the_web_or_of_mail(string links, string expected) =>
        Assert.That(new DagText().Task("a").Set("ownerLinks", links).Errors().Single(), Does.StartWith("$.root.activities[0].ownerLinks: " + expected));

    [Test]
    public void A_DAG_without_settings_has_the_defaults_of_Airflow()
    {
        var dag = new DagText().Task("a").Read().Dag!;
        Assert.That((dag.Schedule, dag.Catchup, dag.MaxActiveRuns, dag.MaxActiveTasks, dag.Owner, dag.IsPausedUponCreation, dag.Timetable.CanBeScheduled),
            Is.EqualTo(((string?)null, false, 16, 16, "airflow", true, false)));
    }

    [Test]
    public void Setups_and_teardowns_are_tasks_that_say_so_and_a_teardown_has_its_own_trigger_rule()
    {
        var result = new DagText()
            .Task("create", ("isSetup", DagText.Input("True"))).Task("work").Task("drop", ("isTeardown", true))
            .Task("check", ("isTeardown", true), ("onFailureFailDagrun", true), ("triggerRule", "all_done_setup_success"))
            .Edge("create", "work").Edge("work", "drop").Edge("create", "drop").Edge("work", "check").Read();

        Assert.That(result.Errors, Is.Empty);
        Assert.That(result.Dag!.Tasks.Select(task => (task.TaskId, task.Role, task.TriggerRule)), Is.EquivalentTo(new[]
        {
            ("create", "setup", TriggerRule.AllSuccess),
            ("work", null, TriggerRule.AllSuccess),
            ("drop", "teardown", TriggerRule.AllDoneSetupSuccess),
            ("check", "teardown that may fail the run", TriggerRule.AllDoneSetupSuccess),
        }));
        Assert.That(result.Dag.TasksById.Values.Where(task => task.IsIgnoredByRun).Select(task => task.TaskId), Is.EqualTo(new[] { "drop" }));
    }

    [Test]
    public void Task_settings_become_fields_and_the_rest_stays_as_inputs()
    {
        var result = new DagText().Task("a",
            ("retries", DagText.Input("2")), ("retryDelay", DagText.Input("90")), ("retryExponentialBackoff", 2.5), ("maxRetryDelay", "01:00:00"),
            ("executionTimeout", "26:00:00"), ("pool", "small"), ("priorityWeight", -4), ("queue", "big"), ("triggerRule", "all_success"),
            ("poolSlots", 2), ("weightRule", "absolute"), ("maxActiveTisPerDag", "3"), ("maxActiveTisPerDagrun", 1),
            ("where", DagText.Input("d = '{{ ds }}'", "Jinja")), ("overwrite", DagText.Input("True")), ("columns", DagText.Input("""[ "x" , "y" ]""", "Object")),
            ("format", DagText.Input("")), ("size", null)).Read();
        var task = result.Dag!.TasksById["a"];

        Assert.Multiple(() =>
        {
            Assert.That((task.ActivityType, task.ActivityId), Is.EqualTo(("Copy", "id-a")));
            Assert.That((task.Retries, task.RetryDelay, task.RetryExponentialBackoff, task.MaxRetryDelay),
                Is.EqualTo((2, TimeSpan.FromSeconds(90), 2.5, (TimeSpan?)TimeSpan.FromHours(1))));
            Assert.That((task.ExecutionTimeout, task.Pool, task.PriorityWeight, task.Queue, task.TriggerRule),
                Is.EqualTo(((TimeSpan?)TimeSpan.FromHours(26), "small", -4, "big", TriggerRule.AllSuccess)));
            Assert.That((task.PoolSlots, task.WeightRule, task.MaxActiveTisPerDag, task.MaxActiveTisPerDagrun), Is.EqualTo((2, WeightRule.Absolute, (int?)3, (int?)1)));
            Assert.That(task.Inputs, Is.EquivalentTo(new Dictionary<string, InputExpression>
            {
                ["table"] = new(ExpressionSyntax.Literal, "t"),
                ["where"] = new(ExpressionSyntax.Jinja, "d = '{{ ds }}'"),
                ["overwrite"] = new(ExpressionSyntax.Literal, "true"),
                ["columns"] = new(ExpressionSyntax.Literal, """["x","y"]"""),
            }));
            Assert.That(result.Warnings, Is.Empty);
        });
    }

    [Test]
    public void A_task_without_settings_has_the_defaults_of_Airflow()
    {
        var task = new DagText().Task("a").Read().Dag!.Tasks.Single();
        Assert.That((task.Pool, task.PoolSlots, task.PriorityWeight, task.WeightRule, task.MaxActiveTisPerDag, task.MaxActiveTisPerDagrun),
            Is.EqualTo(("default_pool", 1, 1, WeightRule.Downstream, (int?)null, (int?)null)));
    }

    [Test]
    public void Tasks_are_in_topological_order_and_ties_go_by_task_id()
    {
        var dag = new DagText().Task("d").Task("c").Task("b").Task("a").Edge("d", "a").Edge("c", "a").Edge("c", "b").Read().Dag!;
        Assert.That(dag.Tasks.Select(task => task.TaskId), Is.EqualTo(new[] { "c", "b", "d", "a" }));
        Assert.That(dag.TasksById["a"].Upstream, Is.EqualTo(new[] { "c", "d" }));
        Assert.That(dag.TasksById["c"].Downstream, Is.EqualTo(new[] { "b", "a" }));
    }

    [Test]
    public void A_task_knows_which_tasks_hang_on_which_port()
    {
        var dag = new DagText().Branch("choose").Task("b").Task("a").Task("both").Edge("choose", "b", "Else").Edge("choose", "a")
            .Edge("choose", "both").Edge("choose", "both", "Else").Edge("a", "both").Read().Dag!;
        var (choose, a) = (dag.TasksById["choose"], dag.TasksById["a"]);
        Assert.Multiple(() =>
        {
            Assert.That(choose.Downstream, Is.EqualTo(new[] { "a", "b", "both" }));
            Assert.That(choose.DownstreamByPort, Is.EquivalentTo(new Dictionary<string, string[]> { ["Done"] = ["a", "both"], ["Else"] = ["b", "both"] }));
            Assert.That(dag.TasksById["both"].Upstream, Is.EqualTo(new[] { "choose", "a" }));
            Assert.That((choose.SkipsDownstream, a.SkipsDownstream), Is.EqualTo((true, false)));
        });
    }

    [Test]
    public void Any_acyclic_graph_comes_back_with_its_edges_in_topological_order_and_shuffling_changes_nothing() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[0, 1 << 20].Array[0, 40], Gen.Int).Sample((count, picks, seed) =>
        {
            // A permutation maps the numbers' order to names, so that alphabet and topology disagree.
            var names = Enumerable.Range(0, count).Select(i => $"t{i:00}").ToArray();
            new Random(seed).Shuffle(names);
            var edges = picks.Select(pick => (From: pick % count, To: (pick >> 8) % count)).Where(edge => edge.From < edge.To)
                .Select(edge => (names[edge.From], names[edge.To])).Distinct().ToList();

            var straight = Write(names, edges).Read();
            new Random(seed + 1).Shuffle(names);
            var shuffled = Write(names, edges.AsEnumerable().Reverse()).Read();

            var tasks = straight.Dag!.Tasks;
            var rank = tasks.Index().ToDictionary(pair => pair.Item.TaskId, pair => pair.Index);
            return tasks.SelectMany(task => task.Upstream.Select(up => (up, task.TaskId))).Order().SequenceEqual(edges.Order())
                && tasks.SelectMany(task => task.Downstream.Select(down => (task.TaskId, down))).Order().SequenceEqual(edges.Order())
                && edges.All(edge => rank[edge.Item1] < rank[edge.Item2])
                && shuffled.Hash == straight.Hash
                && shuffled.Dag!.Tasks.Select(task => task.TaskId).SequenceEqual(tasks.Select(task => task.TaskId));
        }, iter: 300);

    private static DagText Write(IEnumerable<string> names, IEnumerable<(string From, string To)> edges)
    {
        var text = new DagText();
        foreach (var name in names) text.Task(name);
        foreach (var (from, to) in edges) text.Edge(from, to);
        return text;
    }
}
