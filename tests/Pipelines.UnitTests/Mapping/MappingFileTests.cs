using System.Text.Json.Nodes;
using Pipelines.Model.Mapping;
using Pipelines.UnitTests.Dags;

namespace Pipelines.UnitTests.Mapping;

/// <summary>What DAG files say of mapped tasks, airflow-semantics.md §11.</summary>
public sealed class MappingFileTests
{
    [Test]
    public void Expand_and_expand_kwargs_are_read_and_a_mapped_input_need_not_be_set_beside()
    {
        var result = new DagText()
            .Task("list")
            .Task("copy", ("table", null), ("expand", DagText.Input("""{"table": "list.output", "size": [1, 2]}""")), ("mapIndexTemplate", DagText.Input("{{ task.table }}")))
            .Task("some", ("table", null), ("expandKwargs", DagText.Input("""[{"table": "a", "format": "csv"}]""")))
            .Edge("list", "copy").Read();
        Assert.That((result.Errors.Count, result.Warnings.Count), Is.EqualTo((0, 0)), string.Join('\n', result.Errors.Concat(result.Warnings)));
        var (copy, some) = (result.Dag!.TasksById["copy"], result.Dag.TasksById["some"]);
        Assert.Multiple(() =>
        {
            Assert.That(((TaskMapping.Expand)copy.Mapping!).Arguments.Select(argument => argument.Key), Is.EqualTo(new[] { "table", "size" }));
            Assert.That((copy.Mapping.TaskIds[0], copy.Mapping.Length(_ => 5), copy.MapIndexTemplate), Is.EqualTo(("list", (long?)10, "{{ task.table }}")));
            Assert.That((some.Mapping!.LiteralLength, result.Dag.TasksById["list"].Mapping), Is.EqualTo(((long?)1, (TaskMapping?)null)));
        });
    }

    [TestCase("""{"tabel": [1]}""", "'Copy' has no input 'tabel' to map. Did you mean 'table'?")]
    [TestCase("""{"where": [1], "pool": ["a"]}""", "'pool' is a setting of the task")]
    [TestCase("""{"where": "list"}""", "Input 'where' of 'expand' must be a list, a dict, or what a task before it returned")]
    [TestCase("""{"where": 3}""", "Input 'where' of 'expand' must be a list")]
    [TestCase("""{"table": [1]}""", "Input 'table' is given twice")]
    [TestCase("""{"where": "list.output.map('{{ item')"}""", "holds a template that does not parse")]
    [TestCase("""{"where": "list.output.map(item)"}""", "Input 'where' of 'expand' must be a list")]
    [TestCase("""{"where": "list.output.concat()"}""", "Input 'where' of 'expand' must be a list")]
    [TestCase("""{"where": "list.output.concat(other.output"}""", "Input 'where' of 'expand' must be a list")]
    [TestCase("""[1]""", "'expand' must be a JSON object of inputs")]
    [TestCase("""{}""", "'expand' must be a JSON object of inputs")]
    [TestCase("""{"where": ["{{ ds"]}""", "holds a template that does not parse")]
    [TestCase("""{"where": "copy.output"}""", "'copy' is mapped over what it returns, so")]
    [TestCase("""{"where": "lits.output"}""", "there is no task 'lits'. Did you mean 'list'?")]
    public void What_cannot_be_mapped_is_told_with_its_place(string expand, string message)
    {
        var errors = new DagText().Task("list").Task("other").Task("copy", ("expand", DagText.Input(expand))).Edge("list", "copy").Errors().ToList();
        Assert.That(errors, Has.Some.StartsWith("$.root.activities[3].expand").And.Some.Contains(message));
    }

    [TestCase("""[1]""", "must be a list of dicts")]
    [TestCase("list", "must be a list of dicts")]
    [TestCase("3", "must be a list of dicts")]
    [TestCase("""[{"where": "{{ ds"}]""", "does not parse")]
    [TestCase("""{"a": {}}""", "must be a list of dicts")]
    [TestCase("""[{"tabel": 1}]""", "has no input 'tabel' to map")]
    [TestCase("""[{"table": 1}]""", "given twice")]
    public void Expand_kwargs_wants_dicts_of_known_inputs(string kwargs, string message) =>
        Assert.That(new DagText().Task("copy", ("expandKwargs", DagText.Input(kwargs))).Errors(), Has.One.Contains(message));

    [TestCase("""[{"where": "{{ \"a\" }}"}]""")]
    [TestCase("""[{"where": "{% set a = \"b\" %}C:\\in\t{{ a }}"}]""")]
    public void Expand_kwargs_holds_quotes_and_backslashes_as_JSON_writes_them(string kwargs)
    {
        foreach (var written in new[] { DagText.Input(kwargs), JsonNode.Parse(kwargs)! })
        {
            var result = new DagText().Task("copy", ("expandKwargs", written)).Read();
            Assert.That(result.Errors.Concat(result.Warnings), Is.Empty);
            var items = ((MapSource.Literal)((TaskMapping.ExpandKwargs)result.Dag!.TasksById["copy"].Mapping!).Source).Items;
            Assert.That(items[0]!["where"]!.GetValue<string>(), Is.EqualTo(JsonNode.Parse(kwargs)![0]!["where"]!.GetValue<string>()));
        }
    }

    [TestCase("list.output")]
    [TestCase(" list.output ")]
    [TestCase("list.output.map('{{ {\"table\": item} }}')")]
    public void Expand_kwargs_takes_what_a_task_returned(string text) => Assert.That(
        new DagText().Task("list").Task("copy", ("table", null), ("expandKwargs", DagText.Input(text))).Edge("list", "copy").Read().Dag!.TasksById["copy"].Mapping!.TaskIds, Is.EqualTo(new[] { "list" }));

    [Test]
    public void Zip_is_read_and_its_tasks_come_before_it_connected_or_not()
    {
        DagText Text() => new DagText().Task("a.b").Task("sizes").Task("copy", ("expand", DagText.Input("""{"where": "a.b.output.zip(sizes.output, fillvalue=0)"}"""))).Edge("a.b", "copy");
        Assert.Multiple(() =>
        {
            Assert.That(Text().Read().Dag!.TasksById["copy"].Upstream, Is.EqualTo(new[] { "a.b", "sizes" }));
            Assert.That(Text().Edge("sizes", "copy").Read().Dag!.TasksById["copy"].Mapping!.TaskIds, Is.EqualTo(new[] { "a.b", "sizes" }));
        });
    }

    [Test]
    public void People_write_a_mapping_as_the_object_or_list_that_it_is()
    {
        var dag = new DagText().Task("list")
            .Task("copy", ("table", null), ("expand", JsonNode.Parse("""{"table": "list.output", "size": [1, 2]}"""))).Edge("list", "copy")
            .Task("some", ("table", null), ("expandKwargs", JsonNode.Parse("""[{"table": "a"}, {"table": "b"}]"""))).Read();
        Assert.That(dag.Errors.Concat(dag.Warnings), Is.Empty);
        Assert.That((dag.Dag!.TasksById["copy"].Mapping!.Length(_ => 5), dag.Dag.TasksById["some"].Mapping!.LiteralLength), Is.EqualTo(((long?)10, (long?)2)));
    }

    [TestCase("expand", """{"table": ["a", "b"]}""")]
    [TestCase("expandKwargs", """[{"table": "a"}, {}]""")]
    public void What_is_mapped_comes_over_the_default_args(string setting, string mapping)
    {
        var file = new DagText().Set("defaultArgs", """{"table": "{{ oops }}", "size": 3}""").Task("copy", ("table", null), (setting, DagText.Input(mapping))).Read();
        Assert.That(file.Errors, Is.Empty);
        Assert.That(file.Dag!.TasksById["copy"].DefaultedInputs, Is.EquivalentTo(new[] { "table", "size" }));
    }

    [TestCase("list.output.zip()")]
    [TestCase("list.output.zip(other)")]
    [TestCase("list.output.zip(other.output, fillvalue=)")]
    [TestCase("list.output.zip(other.output, fillvalue=oops)")]
    public void A_zip_that_cannot_be_read_is_no_result(string over) => Assert.That(
        new DagText().Task("copy", ("expand", DagText.Input(new JsonObject { ["where"] = over }.ToJsonString()))).Errors(), Has.One.Contains("must be a list, a dict, or what a task before it returned"));

    [Test]
    public void One_way_to_map_excludes_the_other() => Assert.That(
        new DagText().Task("copy", ("expandKwargs", DagText.Input("[]")), ("expand", DagText.Input("""{"where": []}"""))).Errors(), Has.One.Contains("exclude each other"));

    [Test]
    public void Too_many_are_refused_before_any_run() => Assert.That(
        new DagText().Task("copy", ("expand", DagText.Input($$"""{"where": {{Numbers(400)}}, "size": {{Numbers(400)}}}"""))).Errors(), Has.One.Contains("more than 100000 task instances"));

    [Test]
    public void A_required_input_that_no_mapping_gives_is_still_missing() => Assert.That(
        new DagText().Task("copy", ("table", null), ("expand", DagText.Input("""{"where": ["table"]}"""))).Errors(), Has.One.Contains("needs the input 'table'"));

    [Test]
    public void A_template_for_the_name_of_an_index_must_parse() =>
        Assert.That(new DagText().Task("copy", ("mapIndexTemplate", DagText.Input("{{ oops"))).Errors(), Has.One.Contains("does not parse"));

    [Test]
    public void Another_mapping_is_another_version_and_no_mapping_the_same_as_ever()
    {
        string? Hash(string? expand) => new DagText().Task("copy", ("expand", expand is null ? null : DagText.Input(expand))).Read().Hash;
        Assert.That(new[] { Hash(null), Hash("""{"where": ["a"]}"""), Hash("""{"where": ["b"]}"""), Hash("""{"where": ["a"], "size": [1]}"""), Hash("""{"size": [1], "where": ["a"]}""") }.Distinct().Count(), Is.EqualTo(5));
    }

    private static string Numbers(int count) => new JsonArray([.. Enumerable.Range(0, count).Select(number => JsonValue.Create(number))]).ToJsonString();
}
