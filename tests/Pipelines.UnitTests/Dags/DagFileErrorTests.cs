using System.Text.Json.Nodes;
using Pipelines.Model.Dags;

namespace Pipelines.UnitTests.Dags;

/// <summary>Every kind of bad file: exact place and exact words.</summary>
public class DagFileErrorTests
{
    private static DagText Good() => new DagText().Task("a").Task("b");

    private static void Expect(DagText text, params string[] errors) => Assert.That(text.Errors(), Is.EqualTo(errors));

    private static void ExpectInput(string name, JsonNode? value, string error) =>
        Expect(new DagText().Task("a", (name, value)), error);

    [Test]
    public void Broken_JSON_is_told_with_line_and_column()
    {
        var error = DagFile.Read("{\n  \"é\": 1,,\n}", "workflows/sales.json", DagText.Catalog).Errors.Single();
        Assert.That(error.ToString(), Is.EqualTo(
            "workflows/sales.json:2:10 $: This is not valid JSON: ',' is an invalid start of a property name. Expected a '\"'. Fix line 2, column 10."));
    }

    [TestCase("")]
    [TestCase("  ")]
    [TestCase("{}{}")]
    [TestCase("{\"a\":")]
    public void Text_that_is_no_JSON_is_one_error(string text) =>
        Assert.That(DagFile.Read(text, "workflows/sales.json", DagText.Catalog).Errors.Single().Message, Does.StartWith("This is not valid JSON: "));

    [Test]
    public void A_deep_file_does_not_overflow() =>
        Assert.That(DagFile.Read(new string('[', 100_000), "workflows/sales.json", DagText.Catalog).Errors.Single().Message, Does.Contain("depth"));

    [Test]
    public void A_repeated_key_is_an_error_with_its_line()
    {
        var json = new DagText().Task("a").Definition.ToJsonString().Replace("\"version\":1,\"variables\"", "\n\"version\":1,\n\"version\":2,\"variables\"", StringComparison.Ordinal);
        var error = DagFile.Read(json, "workflows/sales.json", DagText.Catalog).Errors.Single();
        Assert.That((error.Line, error.JsonPath, error.Message), Is.EqualTo((3, "$.version", "The key 'version' stands twice in this object (first on line 2). Remove one.")));
    }

    [TestCase("[]", "$: A DAG file is one JSON object: an Elsa 3 workflow definition with 'definitionId' and 'root'.")]
    [TestCase("{}", "$: The file has no 'root' object. Add one of type 'Elsa.Flowchart' that holds 'activities' and 'connections'.")]
    [TestCase("""{"root":{"type":"Elsa.Sequence"}}""", "$.root.type: The root is of type 'Elsa.Sequence'. It must be 'Elsa.Flowchart'.")]
    public void A_root_that_is_no_flowchart_is_an_error(string json, string expected)
    {
        var error = DagFile.Read(json, "workflows/sales.json", DagText.Catalog).Errors.Single();
        Assert.That($"{error.JsonPath}: {error.Message}", Is.EqualTo(expected));
    }

    [Test]
    public void NUL_and_half_characters_are_errors_and_not_exceptions()
    {
        var json = new DagText().Task("a").Definition.ToJsonString().Replace("\"t\"", "\"\\u0000\"", StringComparison.Ordinal);
        Assert.That(DagFile.Read(json, "workflows/sales.json", DagText.Catalog).Errors[0].Message, Does.Contain("NUL character"));
        Assert.That(DagFile.Read(json.Replace("\\u0000", "\\ud800", StringComparison.Ordinal), "workflows/sales.json", DagText.Catalog).Errors[0].Message, Does.Contain("surrogate"));
    }

    [Test]
    public void An_unknown_activity_type_names_the_nearest([Values("Copi", "Pipelines.Copy")] string type)
    {
        var text = Good();
        text.Activities[1]!["type"] = type;
        Expect(text, $"$.root.activities[1].type: The activity type '{type}' is not known. Did you mean 'Copy'?");
    }

    [Test]
    public void A_task_needs_a_valid_and_unique_name()
    {
        var text = new DagText().Task("a").Task("a").Task("no blanks").Task(new string('x', 251));
        text.Activities.Add(new JsonObject { ["id"] = "z", ["type"] = "Branch" });
        text.Activities[2]!["id"] = "other";
        Expect(text,
            "$.root.activities[2].name: The task_id 'a' is taken by $.root.activities[1] (line 1). Every task needs its own name.",
            "$.root.activities[3].name: The task_id 'no blanks' contains ' '. Use 1 to 250 letters, digits, '-', '.' or '_'.",
            $"$.root.activities[4].name: The task_id '{new string('x', 251)}' has 251 characters. Use 1 to 250 letters, digits, '-', '.' or '_'.",
            "$.root.activities[5]: The activity 'z' has no 'name'. Give it one: it is the task_id.");
    }

    [Test]
    public void Edges_must_join_two_tasks_of_the_file_once()
    {
        var text = Good().EdgeById("id-a", "id-c").EdgeById("nowhere", "id-b").Edge("a", "a").Edge("a", "b").Edge("a", "b").EdgeById("dag1", "id-a");
        Expect(text,
            "$.root.connections[0].target.activity: The connection goes to the activity id 'id-c', which is not in the file. Did you mean 'id-a'?",
            "$.root.connections[1].source.activity: The connection goes from the activity id 'nowhere', which is not in the file. Known: dag1, id-a, id-b.",
            "$.root.connections[2]: 'a' is connected to itself, so it would wait for itself for ever. Remove the connection.",
            "$.root.connections[4]: 'a' and 'b' are connected twice (first at $.root.connections[3]). Remove one.",
            "$.root.connections[5].source.activity: The connection goes from 'dag1' of type 'Pipelines.Dag', which holds settings and never runs. Remove the connection.");
    }

    [Test]
    public void Ports_must_exist_and_join_two_tasks_once()
    {
        var text = Good().Edge("a", "b", "Else").Branch("c").Edge("c", "b", "Else").Edge("c", "b").Edge("c", "b", "Else").Edge("c", "a", "Elsa");
        Expect(text,
            "$.root.connections[0].source.activity: 'a' (Copy) has no port 'Else'. Known: Done.",
            "$.root.connections[3]: 'c' and 'b' are connected twice (first at $.root.connections[1]). Remove one.",
            "$.root.connections[4].source.activity: 'c' (Branch) has no port 'Elsa'. Did you mean 'Else'?");
    }

    [TestCase("[1]")]
    [TestCase("[load]")]
    public void A_text_or_a_list_of_texts_is_no_other_list(string follow) =>
        Expect(Good().Branch("c", follow), $"$.root.activities[3].follow: Input 'follow' is '{follow}' but must be a text, or a JSON array of texts such as [\"a\", \"b\"].");

    [TestCase("load", "load")]
    [TestCase("[ \"a\",\"b\" ]", "[\"a\",\"b\"]")]
    public void A_text_or_a_list_of_texts_is_either(string follow, string read) =>
        Assert.That(Good().Branch("c", follow).Read().Dag!.TasksById["c"].Inputs["follow"].Text, Is.EqualTo(read));

    [Test]
    public void A_cycle_is_named_whole_and_tasks_before_it_are_not_part_of_it() =>
        Expect(Good().Task("c").Task("d").Edge("d", "c").Edge("c", "b").Edge("b", "d").Edge("a", "b"),
            "$.root.connections[1]: The tasks wait for each other in a cycle: b → d → c → b. Remove one of these connections.");

    [Test]
    public void Two_cycles_that_share_a_task_are_both_named() =>
        Expect(Good().Task("c").Edge("a", "b").Edge("b", "a").Edge("b", "c").Edge("c", "b"),
            "$.root.connections[1]: The tasks wait for each other in a cycle: a → b → a. Remove one of these connections.",
            "$.root.connections[3]: The tasks wait for each other in a cycle: b → c → b. Remove one of these connections.");

    [Test]
    public void Two_cycles_are_two_errors() =>
        Expect(Good().Task("c").Task("d").Edge("a", "b").Edge("b", "a").Edge("c", "d").Edge("d", "c"),
            "$.root.connections[1]: The tasks wait for each other in a cycle: a → b → a. Remove one of these connections.",
            "$.root.connections[3]: The tasks wait for each other in a cycle: c → d → c. Remove one of these connections.");

    [Test]
    public void There_is_exactly_one_settings_activity()
    {
        var none = Good();
        none.Activities.RemoveAt(0);
        Expect(none, "$.root.activities: There is no 'Pipelines.Dag' activity. Add one: it holds the schedule and other settings of the DAG.");
        var two = Good();
        two.Activities.Add(new JsonObject { ["id"] = "dag2", ["type"] = "Pipelines.Dag" });
        Expect(two, "$.root.activities[3]: There are 2 'Pipelines.Dag' activities. Keep one and remove this one.");
    }

    [Test]
    public void A_DAG_needs_a_task() =>
        Expect(new DagText(), "$.root.activities: The DAG has no tasks. Add at least one activity beside 'Pipelines.Dag'.");

    [Test]
    public void Setups_and_teardowns_must_make_sense()
    {
        ExpectInput("isTearDown", true, "$.root.activities[1].isTearDown: 'Copy' has no input 'isTearDown'. Did you mean 'isTeardown'?");
        ExpectInput("isSetup", DagText.Input("{{ true }}", "Jinja"), "$.root.activities[1].isSetup.expression.type: 'isSetup' is a setting, read before any run exists, so it must be a Literal and not Jinja.");
        Expect(new DagText().Task("a", ("isSetup", true), ("isTeardown", true)),
            "$.root.activities[1].isTeardown: 'a' is both a setup and a teardown. Unset 'isSetup' or 'isTeardown'.");
        Expect(new DagText().Task("a", ("onFailureFailDagrun", true)),
            "$.root.activities[1].onFailureFailDagrun: 'onFailureFailDagrun' is for teardowns, and 'a' is none: its failure counts anyway. Unset it, or set 'isTeardown'.");
        Expect(new DagText().Task("a", ("isTeardown", true), ("triggerRule", "all_done")),
            "$.root.activities[1].triggerRule: 'a' is a teardown, whose trigger rule is always all_done_setup_success and not all_done. Take 'triggerRule' out.");
        Expect(new DagText().Task("a", ("isSetup", true)).Task("b", ("triggerRule", "one_success")).Task("c", ("isTeardown", true)).Edge("a", "b").Edge("a", "c").Edge("b", "c"),
            "$.root.activities[2].triggerRule: 'b' comes directly after the setup 'a', so its trigger rule must be all_success and not one_success. Take 'triggerRule' out, or the connection.");
    }

    [Test]
    public void The_dag_id_is_valid_and_the_name_of_the_file()
    {
        Assert.That(new DagText("sal es").Task("a").Errors("workflows/sal es.json"),
            Is.EqualTo(new[] { "$.definitionId: The dag_id 'sal es' contains ' '. Use 1 to 250 letters, digits, '-', '.' or '_'." }));
        Assert.That(new DagText("sales").Task("a").Errors("workflows/other.json"),
            Is.EqualTo(new[] { "$.definitionId: The definitionId 'sales' is not the file's name 'other.json'. Rename the file to 'sales.json' or change the definitionId." }));
    }

    [Test]
    public void An_unknown_input_names_the_nearest()
    {
        ExpectInput("colums", "[]", "$.root.activities[1].colums: 'Copy' has no input 'colums'. Did you mean 'columns'?");
        ExpectInput("maxActiveTisPerDagRun", 1, "$.root.activities[1].maxActiveTisPerDagRun: 'Copy' has no input 'maxActiveTisPerDagRun'. Did you mean 'maxActiveTisPerDagrun'?");
    }

    [TestCase(null, "$.root.activities[1]: 'a' needs the input 'table' (Table). Which table. Set it.")]
    [TestCase("", "$.root.activities[1].table: 'a' needs the input 'table' (Table). Which table. Set it.")]
    public void A_required_input_must_be_given(string? value, string error) => ExpectInput("table", value, error);

    [Test]
    public void A_literal_must_be_of_its_type_and_among_its_options()
    {
        ExpectInput("size", "big", "$.root.activities[1].size: Input 'size' is 'big' but must be an integer such as 64.");
        ExpectInput("overwrite", DagText.Input("yes"), "$.root.activities[1].overwrite.expression.value: Input 'overwrite' is 'yes' but must be true or false.");
        ExpectInput("columns", "a,b", "$.root.activities[1].columns: Input 'columns' is 'a,b' but must be a JSON array of texts such as [\"id\", \"name\"].");
        ExpectInput("format", "parqet", "$.root.activities[1].format: Input 'format' is 'parqet' but must be one of csv, parquet. Did you mean 'parquet'?");
        ExpectInput("retryDelay", "5 min", "$.root.activities[1].retryDelay: Input 'retryDelay' is '5 min' but must be a duration such as 00:05:00, PT5M or 300 (seconds).");
        ExpectInput("retries", -1, "$.root.activities[1].retries: 'retries' is -1 but must be from 0 to 2147483647.");
        ExpectInput("poolSlots", 0, "$.root.activities[1].poolSlots: 'poolSlots' is 0 but must be from 1 to 2147483647.");
        ExpectInput("maxActiveTisPerDag", 0, "$.root.activities[1].maxActiveTisPerDag: 'maxActiveTisPerDag' is 0 but must be from 1 to 2147483647.");
        ExpectInput("weightRule", "upstrem", "$.root.activities[1].weightRule: Input 'weightRule' is 'upstrem' but must be one of downstream, upstream, absolute. Did you mean 'upstream'?");
        ExpectInput("executionTimeout", "0", "$.root.activities[1].executionTimeout: 'executionTimeout' is 0 but must be a duration such as 00:05:00, PT5M or 300 (seconds), longer than zero. Leave it out for no limit.");
        ExpectInput("where", new JsonArray(), "$.root.activities[1].where: Input 'where' must be a plain value or {\"typeName\": \"…\", \"expression\": {\"type\": \"Literal\", \"value\": …}}.");
    }

    [Test]
    public void Expressions_must_have_a_known_syntax_and_parse()
    {
        ExpectInput("where", DagText.Input("x", "Liquid"), "$.root.activities[1].where.expression.type: The expression syntax 'Liquid' is not known. Use Literal, Jinja or JavaScript.");
        ExpectInput("where", DagText.Input("1 +", "JavaScript"),
            "$.root.activities[1].where.expression.value: The JavaScript of input 'where' does not parse: Unexpected end of input (<anonymous>:1:4)");
        ExpectInput("pool", DagText.Input("{{ ds }}", "Jinja"), "$.root.activities[1].pool.expression.type: 'pool' is a setting, read before any run exists, so it must be a Literal and not Jinja.");
    }

    [Test]
    public void Schedules_are_checked_setting_by_setting()
    {
        Assert.That(Good().Set("schedule", "61 * * * *").Set("timezone", "Mars/Base").Errors(), Has.Exactly(1).StartsWith("$.root.activities[0].schedule: ")
            .And.Exactly(1).StartsWith("$.root.activities[0].timezone: Time zone 'Mars/Base' is not known").And.Exactly(2).Items);
        Expect(Good().Set("timetable", "cron_trigger_"), "$.root.activities[0].timetable.expression.value: Input 'timetable' is 'cron_trigger_' but must be one of cron_trigger, cron_data_interval, delta_trigger, delta_data_interval, events. Did you mean 'cron_trigger'?");
        Expect(Good().Set("startDate", "2026-01-02").Set("endDate", "2026-01-01"),
            "$.root.activities[0].endDate: The end date 2026-01-01 is before the start date 2026-01-02. No run could exist; change one of them.");
        Expect(Good().Set("catchup", true).Set("schedule", "@daily"),
            "$.root.activities[0].catchup: Catch up needs a start date: without it there is no first interval to run. Set 'startDate', or 'catchup' to false.");
        Expect(Good().Set("startDate", "01/02/2026"), "$.root.activities[0].startDate.expression.value: Input 'startDate' is '01/02/2026' but must be an ISO 8601 date such as 2026-01-31 or 2026-01-31T06:00:00Z.");
        Expect(Good().Set("params", "[1]"), "$.root.activities[0].params: 'params' must be a JSON object of names and default values such as {\"country\": \"DE\"}.");
    }

    [Test]
    public void All_errors_come_at_once_and_there_is_no_DAG()
    {
        var result = new DagText().Set("schedule", "nonsense").Task("a b", ("size", "x")).Edge("a b", "c").Read();
        Assert.That((result.Errors.Count, result.Dag, result.Hash), Is.EqualTo((4, (Dag?)null, (string?)null)));
    }

    [Test]
    public void What_only_Elsa_knows_gives_a_warning()
    {
        var text = Good().Task("c", ("s3Key", new JsonObject { ["typeName"] = "String", ["memoryReference"] = new JsonObject { ["id"] = "v1" } }), ("where", "{{ ds }}"));
        text.Definition["variables"] = new JsonArray(new JsonObject { ["name"] = "v" });
        text.Definition["descripton"] = "x";
        text.Activities[1]!["customProperties"] = new JsonObject { ["mergeMode"] = "Merge", ["canStartWorkflow"] = true, ["runAsynchronously"] = false };
        var result = text.Read();
        Assert.That(result.Errors, Is.Empty);
        Assert.That(result.Warnings.Select(warning => $"{warning.JsonPath}: {warning.Message}"), Is.EquivalentTo(new[]
        {
            "$.variables: Elsa's 'variables' has no effect. Tasks pass values by XCom and read Variables; workflow variables do not exist here.",
            "$.descripton: The key 'descripton' is not known and has no effect. Did you mean 'description'?",
            "$.root.activities[1].customProperties.mergeMode: Elsa's 'mergeMode' has no effect. The task's trigger rule decides when it runs.",
            "$.root.activities[1].customProperties.canStartWorkflow: Elsa's 'canStartWorkflow' has no effect. Every task without upstream tasks starts first.",
            "$.root.activities[3].s3Key: The output 's3Key' is bound to an Elsa variable, which has no effect. Read it in other tasks with ti.xcom_pull.",
            "$.root.activities[3].where: Input 'where' looks like a template, but its syntax is Literal, so it is used as it stands. Choose the syntax Jinja to render it.",
        }));
    }
}
