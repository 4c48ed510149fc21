using System.Text.Json;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Mapping;
using Pipelines.Model.Runs;
using Pipelines.UnitTests.Dags;

namespace Pipelines.UnitTests.Mapping;

/// <summary>Dynamic task mapping, airflow-semantics.md §11.</summary>
public sealed class MappingTests
{
    private static readonly TaskMapping TwoByThree = SampleMapping.Expand(("a", "[1,2]"), ("b", """["x","y","z"]"""));

    [Test]
    public void Expand_gives_every_combination_in_the_order_of_the_keywords_and_the_last_varies_fastest() => Assert.That(
        All(TwoByThree),
        Is.EqualTo(new[] { "a=1 b=\"x\"", "a=1 b=\"y\"", "a=1 b=\"z\"", "a=2 b=\"x\"", "a=2 b=\"y\"", "a=2 b=\"z\"" }));

    [Test]
    public void A_dict_gives_its_pairs_of_key_and_value_in_its_order() => Assert.That(
        All(SampleMapping.Expand(("pair", """{"z":1,"a":{"deep":true}}"""))),
        Is.EqualTo(new[] { "pair=[\"z\",1]", "pair=[\"a\",{\"deep\":true}]" }));

    [Test]
    public void Expand_kwargs_gives_one_dict_of_inputs_after_the_other() => Assert.That(
        All(SampleMapping.Kwargs("""[{"a":1,"b":2},{"a":3},{}]""")), Is.EqualTo(new[] { "a=1 b=2", "a=3", "" }));

    [Test]
    public void Results_and_literals_are_combined_and_the_length_is_not_known_before_the_results()
    {
        var mapping = SampleMapping.Expand(("a", "list.output"), ("b", "[1,2]"));
        Assert.Multiple(() =>
        {
            Assert.That(mapping.LiteralLength, Is.Null);
            Assert.That(All(mapping, new Outputs(("list", """["p","q"]"""))), Is.EqualTo(new[] { "a=\"p\" b=1", "a=\"p\" b=2", "a=\"q\" b=1", "a=\"q\" b=2" }));
        });
    }

    [TestCase("names.output.zip(sizes.output)", ExpectedResult = "where=[\"a\",1] | where=[\"b\",2]")]
    [TestCase("names.output.zip( sizes.output , fillvalue = {\"none\": 0})", ExpectedResult = "where=[\"a\",1] | where=[\"b\",2] | where=[\"c\",{\"none\":0}]")]
    [TestCase("names.output.zip(sizes.output, fillvalue='none')", ExpectedResult = "where=[\"a\",1] | where=[\"b\",2] | where=[\"c\",\"none\"]")]
    [TestCase("sizes.output.zip(names.output, sizes.output, fillvalue=None)", ExpectedResult = "where=[1,\"a\",1] | where=[2,\"b\",2] | where=[null,\"c\",null]")]
    [TestCase("names.output.concat(sizes.output)", ExpectedResult = "where=\"a\" | where=\"b\" | where=\"c\" | where=1 | where=2", TestName = "Concat puts results one after the other")]
    [TestCase("names.output.map('{{ item | upper }}')", ExpectedResult = "where=\"A\" | where=\"B\" | where=\"C\"", TestName = "Map makes something of each value")]
    [TestCase("sizes.output.map(\"{{ {'n': item + 1} }}\").map('{{ item.n }}')", ExpectedResult = "where=2 | where=3", TestName = "A value that map makes has its own type")]
    [TestCase("names.output.zip(sizes.output.map('{{ item * 10 }}')).concat(sizes.output)", ExpectedResult = "where=[\"a\",10] | where=[\"b\",20] | where=1 | where=2", TestName = "All of them are put together")]
    [TestCase("names.output.map('it\\'s {{ item }}')", ExpectedResult = "where=\"it\\u0027s a\" | where=\"it\\u0027s b\" | where=\"it\\u0027s c\"", TestName = "A quote in a template has a backslash before it")]
    public string Zip_puts_results_side_by_side_up_to_the_shortest_or_with_a_fill_value_to_the_longest(string over)
    {
        var file = new DagText().Task("names").Task("sizes").Edge("names", "copy").Edge("sizes", "copy")
            .Task("copy", ("expand", DagText.Input(new System.Text.Json.Nodes.JsonObject { ["where"] = over }.ToJsonString()))).Read();
        return string.Join(" | ", All(file.Dag!.TasksById["copy"].Mapping!, new Outputs(("names", """["a","b","c"]"""), ("sizes", "[1,2]"))));
    }

    [Test]
    public void Map_may_skip_a_value_and_says_what_is_wrong_with_another()
    {
        var mapping = new TaskMapping.Expand([new("a", new MapSource.Map(new MapSource.Output("list"), "{{ skip('too small') if item < 2 else 1 // (item - 2) }}"))]) { Text = "" };
        var outputs = new Outputs(("list", "[1, 2, 3]"));
        Assert.Multiple(() =>
        {
            Assert.That(Assert.Throws<SkippedItem>(() => mapping.Values(0, outputs))!.Message, Is.EqualTo("too small"));
            Assert.That(Assert.Throws<TaskFailure>(() => mapping.Values(1, outputs))!.Message, Does.StartWith("What task 'a' is mapped over cannot be made: its map("));
            Assert.That(Words(mapping.Values(2, outputs)), Is.EqualTo("a=1"));
        });
    }

    [TestCase("""[[1,2],{"a":3}]""", 1, ExpectedResult = "a=3")]
    [TestCase("""[[1,2],{"a":3}]""", 0, ExpectedResult = "expand_kwargs needs a list of dicts, but entry 0 is a array. Mend the task that returns it (list), then clear both.")]
    [TestCase("""{"a":1}""", 0, ExpectedResult = "expand_kwargs needs a list of dicts, but entry 0 is a array. Mend the task that returns it (list), then clear both.")]
    [TestCase("[]", 0, ExpectedResult = "What this task is mapped over has no entry for map index 0 any more. Clear the task together with those that it is mapped over.")]
    public string An_entry_that_gives_no_inputs_fails_its_task_instance(string result, int index)
    {
        try
        {
            return Words(SampleMapping.Kwargs("list.output").Values(index, new Outputs(("list", result))));
        }
        catch (TaskFailure failure)
        {
            Assert.That(failure.Retryable, Is.False);
            return failure.Message;
        }
    }

    [Test]
    public void An_index_beyond_the_last_combination_fails_rather_than_to_start_again_at_the_first() =>
        Assert.That(() => TwoByThree.Values(6, new Outputs()), Throws.TypeOf<TaskFailure>().With.Message.Contains("map index 6"));

    [TestCase(null, "'load' is mapped over what 'list' returns, but it returned nothing.")]
    [TestCase("\"text\"", "but it returned a string.")]
    [TestCase("3", "but it returned a number.")]
    [TestCase("[1,2,3,4]", "but it returned 4 entries, and at most 3 are allowed (max_map_length).")]
    [TestCase("[1,2,3]", null)]
    [TestCase("{}", null)]
    public void Who_returns_what_nobody_can_be_mapped_over_fails_and_may_try_again(string? returned, string? message)
    {
        var dag = SampleMapping.Dag("list>load", ("load", SampleMapping.Expand(("table", "list.output"))));
        void Check(string taskId, int mapIndex) => PushedResult.Check(dag, dag.TasksById[taskId], mapIndex, returned is null ? null : System.Text.Json.Nodes.JsonNode.Parse(returned), 3);
        Assert.Multiple(() =>
        {
            Assert.That(() => Check("list", -1), message is null ? Throws.Nothing : Throws.TypeOf<TaskFailure>().With.Message.Contains(message).And.Property("Retryable").True);
            Assert.That(() => Check("list", 0), Throws.Nothing, "one of several is one entry, whatever it is");
            Assert.That(() => Check("load", -1), Throws.Nothing, "nothing is mapped over it");
        });
    }

    [Test]
    public void A_literal_list_is_expanded_from_the_start_and_those_after_it_wait_for_all_of_it()
    {
        var course = new MapCourse(SampleMapping.Dag("load>report", ("load", SampleMapping.Expand(("table", """["a","b"]""")))));
        Assert.That(course.States, Is.EqualTo("load[0] scheduled, load[1] scheduled, report -"));
        Assert.That(course.Task("report").Reason, Is.EqualTo("waits for load[0], load[1]"));
        Assert.That(course.Becomes("load[1]", TaskState.Success).States, Is.EqualTo("load[0] scheduled, load[1] success, report -"));
        Assert.That(course.Becomes("load[0]", TaskState.Success).States, Is.EqualTo("load[0] success, load[1] success, report scheduled"));
    }

    [Test]
    public void A_result_is_waited_for_and_the_instance_with_minus_1_becomes_the_first()
    {
        var course = Loading();
        Assert.That((course.States, course.Task("load").Reason), Is.EqualTo(("list scheduled, load -, report -", "waits for list")));
        var id = course.Task("load").Id;
        course.Becomes("list", TaskState.Success, pushed: 3);
        Assert.That(course.States, Is.EqualTo("list success, load[0] scheduled, load[1] scheduled, load[2] scheduled, report -"));
        Assert.That(course.Task("load[0]").Id, Is.EqualTo(id));
        Assert.That(course.Tasks.Select(task => task.TryNumber), Is.EqualTo(new[] { 1, 1, 0, 1, 1 }));
    }

    [Test]
    public void Nothing_to_map_over_skips_the_single_instance_and_those_that_want_it() =>
        Assert.That(Loading().Becomes("list", TaskState.Success, pushed: 0) is var course && course.States == "list success, load skipped, report skipped"
            && course.Ended.State == DagRunState.Success && course.Task("load").Reason!.StartsWith("it is mapped over nothing", StringComparison.Ordinal), Is.True);

    [Test]
    public void An_empty_literal_skips_too() =>
        Assert.That(new MapCourse(SampleMapping.Dag("load>report", ("load", SampleMapping.Expand(("table", "[]"))))).States, Is.EqualTo("load skipped, report skipped"));

    [TestCase(TaskState.Failed, "upstream_failed")]
    [TestCase(TaskState.Skipped, "skipped")]
    public void Where_what_it_is_mapped_over_never_comes_the_single_instance_ends_as_the_trigger_rule_says(TaskState list, string load) =>
        Assert.That(Loading().Becomes("list", list).States, Does.Contain($"load {load}, report {load}"));

    [TestCase(TaskState.Failed, "upstream_failed", TestName = "A_trigger_rule_cannot_start_what_is_mapped_over_a_task_that_failed")]
    [TestCase(TaskState.Skipped, "skipped", TestName = "A_trigger_rule_cannot_start_what_is_mapped_over_a_task_that_was_skipped")]
    public void A_trigger_rule_cannot_start_what_nobody_can_count(TaskState list, string load) =>
        Assert.That(Loading(TriggerRule.AllDone).Becomes("list", list).States, Does.StartWith($"list {StateNames.ToName(list)}, load {load}, "));

    [Test]
    public void A_trigger_rule_that_passes_early_waits_all_the_same_for_what_it_is_mapped_over()
    {
        var course = new MapCourse(SampleMapping.Dag("list>load other>load", ("load", SampleMapping.Expand(("table", "list.output")))).WithRule("load", TriggerRule.OneSuccess));
        course.Becomes("other", TaskState.Success);
        Assert.That((course.States, course.Task("load").Reason), Is.EqualTo(("list scheduled, load -, other success", "waits for list, which it is mapped over")));
        Assert.That(course.Becomes("list", TaskState.Success, pushed: 1).States, Is.EqualTo("list success, load[0] scheduled, other success"));
    }

    [Test]
    public void A_success_by_hand_that_returned_nothing_fails_what_is_mapped_over_it() =>
        Assert.That(Loading().Becomes("list", TaskState.Success) is var course && course.States == "list success, load upstream_failed, report upstream_failed"
            && course.Task("load").Reason!.Contains("Clear it together", StringComparison.Ordinal), Is.True);

    [Test]
    public void More_instances_than_anybody_wants_are_not_made() =>
        Assert.That(Loading().Becomes("list", TaskState.Success, pushed: TaskMapping.MostInstances + 1).States, Is.EqualTo("list success, load upstream_failed, report upstream_failed"));

    [Test]
    public void Every_instance_counts_for_the_trigger_rule_after_it()
    {
        var course = Loading().Becomes("list", TaskState.Success, pushed: 2).Becomes("load[0]", TaskState.Success);
        Assert.That(course.Becomes("load[1]", TaskState.Failed).States, Does.EndWith("report upstream_failed"));
        Assert.That(course.Task("report").Reason, Is.EqualTo("load[1] (failed); all_success needs every upstream task to succeed"));
        Assert.That(course.Ended, Is.EqualTo((DagRunState.Failed, RunOutcome.TaskFailure)));
    }

    [TestCase(TriggerRule.OneSuccess)]
    [TestCase(TriggerRule.OneDone)]
    public void A_rule_that_is_content_with_one_is_content_with_one_instance(TriggerRule rule) =>
        Assert.That(Loading().Becomes("list", TaskState.Success, pushed: 2) is var course && Ruled(course, rule).Becomes("load[1]", TaskState.Success).States.EndsWith("load[0] scheduled, load[1] success, report scheduled", StringComparison.Ordinal), Is.True);

    [Test]
    public void A_mapped_leaf_fails_the_run_when_one_of_its_instances_does()
    {
        var course = new MapCourse(SampleMapping.Dag("load", ("load", TwoByThree)));
        foreach (var index in Enumerable.Range(0, 5)) course.Becomes($"load[{index}]", TaskState.Success);
        Assert.That(course.Ended.State, Is.Null);
        Assert.That(course.Becomes("load[5]", TaskState.Failed).Ended.State, Is.EqualTo(DagRunState.Failed));
        course.Clear("load[5]");
        Assert.That((course.States, course.Ended.State), Is.EqualTo(("load[0] success, load[1] success, load[2] success, load[3] success, load[4] success, load[5] scheduled", (DagRunState?)null)));
    }

    [Test]
    public void What_has_become_shorter_loses_the_surplus_and_what_has_grown_gets_more()
    {
        var course = Loading().Becomes("list", TaskState.Success, pushed: 3);
        foreach (var index in Enumerable.Range(0, 3)) course.Becomes($"load[{index}]", TaskState.Success);
        course.Becomes("report", TaskState.Success);

        course.Clear("list", "load[0]", "load[1]", "load[2]", "report");
        Assert.That(course.States, Is.EqualTo("list scheduled, load[0] -, load[1] -, load[2] -, report -"));
        course.Becomes("list", TaskState.Success, pushed: 2);
        Assert.That(course.States, Is.EqualTo("list success, load[0] scheduled, load[1] scheduled, load[2] removed, report -"));
        course.Becomes("load[0]", TaskState.Success).Becomes("load[1]", TaskState.Success);
        Assert.That(course.States, Does.EndWith("report scheduled"), "what was removed counts no more");

        course.Clear("list", "load[0]", "load[1]", "report").Becomes("list", TaskState.Success, pushed: 4);
        Assert.That(course.States, Is.EqualTo("list success, load[0] scheduled, load[1] scheduled, load[2] scheduled, load[3] scheduled, report -"));
    }

    [Test]
    public void What_has_shrunk_to_nothing_is_a_single_skipped_instance_again_and_may_grow_again()
    {
        var course = Loading().Becomes("list", TaskState.Success, pushed: 2);
        course.Clear("list", "load[0]", "load[1]").Becomes("list", TaskState.Success, pushed: 0);
        Assert.That(course.States, Is.EqualTo("list success, load skipped, load[1] removed, report skipped"));
        course.Clear("list", "load", "report").Becomes("list", TaskState.Success, pushed: 2);
        Assert.That(course.States, Is.EqualTo("list success, load[0] scheduled, load[1] scheduled, report -"));
    }

    [Test]
    public void A_new_version_may_map_more_or_less_or_not_at_all()
    {
        var course = new MapCourse(SampleMapping.Dag("load", ("load", SampleMapping.Expand(("table", "[1,2]")))));
        course.Becomes("load[0]", TaskState.Success).Becomes("load[1]", TaskState.Success);
        course.Dag = SampleMapping.Dag("load", ("load", TwoByThree));
        Assert.That(course.Plan().States, Does.StartWith("load[0] success, load[1] success, load[2] scheduled").And.EndsWith("load[5] scheduled"));
        course.Dag = SampleMapping.Dag("load");
        Assert.That(course.Clear("load[0]").States, Does.StartWith("load scheduled, load[1] removed").And.EndsWith("load[5] removed"));
        course.Dag = SampleMapping.Dag("load", ("load", SampleMapping.Expand(("table", "[1]"))));
        Assert.That(course.Clear("load").States, Does.StartWith("load[0] scheduled, load[1] removed"));
    }

    [Test]
    public void What_is_mapped_over_a_mapped_task_waits_for_all_of_it_and_follows_what_its_instances_returned()
    {
        var course = new MapCourse(SampleMapping.Dag("load>check", ("load", TwoByThree), ("check", SampleMapping.Expand(("file", "load.output")))).WithRule("check", TriggerRule.AllDone));
        foreach (var index in Enumerable.Range(0, 5)) course.Becomes($"load[{index}]", TaskState.Success, pushed: 1);
        Assert.That(course.States, Does.EndWith(", check -"));
        Assert.That(course.Becomes("load[5]", TaskState.Failed).States, Does.Contain("check[4] scheduled").And.Not.Contain("check[5]"));
    }

    [Test]
    public void A_wide_mapping_is_planned_in_a_moment()
    {
        var course = new RunSnapshot(
            SampleMapping.Dag("load>check", ("load", SampleMapping.Kwargs("list.output")), ("check", SampleMapping.Kwargs("list.output"))), Runs.Sample.Run(),
            [.. from task in new[] { "load", "check" } from index in Enumerable.Range(0, 20_000) select new TaskInstance { Id = (task == "load" ? 0 : 20_000) + index, DagRunId = 1, TaskId = task, MapIndex = index, State = task == "load" ? TaskState.Success : TaskState.None }],
            DagPaused: false);
        var began = System.Diagnostics.Stopwatch.StartNew();
        Assert.That(Planner.Decide(course, Runs.Sample.Now).Transitions, Has.Count.EqualTo(20_000));
        Assert.That(began.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)), "linear, where every pair would be 400 million looks");
    }

    private static MapCourse Loading(TriggerRule rule = TriggerRule.AllSuccess) =>
        new(SampleMapping.Dag("list>load load>report", ("load", SampleMapping.Expand(("table", "list.output")))).WithRule("load", rule));

    private static MapCourse Ruled(MapCourse course, TriggerRule rule)
    {
        course.Dag = course.Dag.WithRule("report", rule);
        return course;
    }

    private static List<string> All(TaskMapping mapping, IMapOutputs? outputs = null)
    {
        var from = outputs ?? new Outputs();
        return [.. Enumerable.Range(0, (int)mapping.Length(from.Length)!.Value).Select(index => Words(mapping.Values(index, from)))];
    }

    private static string Words(IReadOnlyDictionary<string, MappedValue> values) =>
        string.Join(' ', values.OrderBy(value => value.Key, StringComparer.Ordinal).Select(value => $"{value.Key}={JsonSerializer.Serialize(value.Value.Value)}"));
}
