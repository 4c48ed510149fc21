using System.Text.Json.Nodes;
using CsCheck;
using Pipelines.Model.Params;
using Pipelines.UnitTests.Dags;

namespace Pipelines.UnitTests.Params;

/// <summary>airflow-semantics.md §20.</summary>
public class ParamsTests
{
    private const string Country = """{"country":{"value":"DE","description":"Of the shop","schema":{"type":"string","enum":["DE","FR"],"section":"Shop"}}}""";

    private static DagParams Of(string json) => File(json).Read().Dag!.Params;

    private static DagText File(string json) => new DagText().Task("a").Set("params", json);

    private static IReadOnlyList<string> Problems(string schema, string value) =>
        Of($$"""{"p":{"value":null,"schema":{{schema}} } }""").Problems(new JsonObject { ["p"] = JsonNode.Parse(value) });

    [Test]
    public void A_param_is_its_default_or_has_value_description_and_schema()
    {
        var items = Of("""{"days":3,"none":null,"country":{"value":"DE","description":"Of the shop","schema":{"type":"string"},"__class":"x"},"must":{"schema":{}}}""").Items;

        Assert.That(items.Select(item => (item.Name, item.HasDefault, item.Default?.ToJsonString(), item.Description, item.Schema.ToJsonString())), Is.EqualTo(new[]
        {
            ("days", true, "3", null, "{}"), ("none", true, null, null, "{}"), ("country", true, "\"DE\"", "Of the shop", """{"type":"string"}"""), ("must", false, null, (string?)null, "{}"),
        }));
    }

    [Test]
    public void An_object_without_schema_is_a_default_and_so_is_one_whose_schema_is_a_text()
    {
        var parameters = Of("""{"target":{"schema":"public","table":"t"},"options":{"value":1}}""");
        Assert.That(parameters.Values([]).ToJsonString(), Is.EqualTo("""{"target":{"schema":"public","table":"t"},"options":{"value":1}}"""));
    }

    [Test]
    public void A_pattern_that_would_never_end_is_told_and_not_waited_for()
    {
        var problem = Problems("""{"anyOf":[{"type":"string","pattern":"^(a+)+$"}]}""", $"\"{new string('a', 46)}!\"").Single();
        Assert.That(problem, Does.Contain("cannot be held against the pattern ^(a+)+$ within 1 second"));
        Assert.That(Problems("""{"pattern":"^(a+)+$"}""", "\"aaa\""), Is.Empty);
    }

    [Test]
    public void What_looks_like_a_schema_but_is_a_default_gives_a_warning()
    {
        var result = File("""{"country":{"type":"string","enum":["DE"]}}""").Read();
        Assert.That(result.Warnings.Single().Message, Does.StartWith("Param 'country' looks like a JSON Schema but is taken for the default value."));
        Assert.That(File("""{"message":{"type":"mail"}}""").Read().Warnings, Is.Empty);
    }

    [TestCase("[1]", "'params' must be a JSON object of names and default values")]
    [TestCase("""{"":1}""", "A param has an empty name. Give it one.")]
    [TestCase("""{"p":{"schema":{},"valu":1}}""", "Param 'p' has a schema, and 'valu' beside it. Did you mean 'value'?")]
    [TestCase("""{"p":{"schema":{},"description":1}}""", "The description of param 'p' must be a text.")]
    [TestCase("""{"p":{"schema":{"type":"strin"}}}""", "The schema of param 'p' is no JSON Schema: 'strin' is not a valid JSON Schema value type.")]
    [TestCase("""{"p":{"schema":{"pattern":"["}}}""", "The schema of param 'p' is no JSON Schema: 'pattern' is no regular expression: Invalid pattern '['")]
    [TestCase("""{"p":{"schema":{"type":"object","patternProperties":{"^a":{}}}}}""", "The schema of param 'p' is no JSON Schema: 'patternProperties' is not known here")]
    [TestCase("""{"p":{"schema":{"$ref":"#/nowhere"}}}""", "The schema of param 'p' is no JSON Schema: Could not resolve")]
    [TestCase("""{"p":{"schema":{"minimum":"x"}}}""", "The schema of param 'p' is no JSON Schema: 'minimum' value must be a number")]
    public void A_wrong_param_is_an_error_at_its_place(string json, string expected) =>
        Assert.That(File(json).Errors().Single(), Does.StartWith("$.root.activities[0].params: " + expected));

    [TestCase("""{"type":"string","enum":["DE","FR"]}""", "\"XX\"", "Param 'p' is \"XX\" but must be one of \"DE\", \"FR\".")]
    [TestCase("""{"type":"integer","minimum":3}""", "1", "Param 'p' is 1 but must be 3 or more.")]
    [TestCase("""{"type":"integer","maximum":3}""", "4", "Param 'p' is 4 but must be 3 or less.")]
    [TestCase("""{"type":"integer"}""", "\"1\"", "Param 'p' is \"1\" but must be an integer.")]
    [TestCase("""{"type":["null","string"],"minLength":2}""", "1", "Param 'p' is 1 but must be null or a text.")]
    [TestCase("""{"type":"string","minLength":2,"pattern":"^b"}""", "\"a\"", "Param 'p' is \"a\" but must be 2 characters or longer, and must be a text of the pattern ^b.")]
    [TestCase("""{"type":"string","format":"date"}""", "\"2026-13-01\"", "Param 'p' is \"2026-13-01\" but must be a date such as 2026-01-31.")]
    [TestCase("""{"type":"string","format":"date-time"}""", "\"2026-01-01T00:00:00\"", "Param 'p' is \"2026-01-01T00:00:00\" but must be an instant with offset such as 2026-01-31T06:00:00Z.")]
    [TestCase("""{"type":"string","format":"time"}""", "\"25:00:00\"", "Param 'p' is \"25:00:00\" but must be a time such as 06:30:00.")]
    [TestCase("""{"const":"é"}""", "\"b\"", "Param 'p' is \"b\" but must be \"é\".")]
    [TestCase("""{"type":"array","items":{"type":"string"}}""", "[1]", "Param 'p' is [1] but does not fulfil 'type' at /0 (Value is \"integer\" but should be \"string\").")]
    [TestCase("""{"type":"object","required":["a"]}""", "{}", "Param 'p' is {} but does not fulfil 'required' (Required properties [\"a\"] are not present).")]
    public void A_value_that_does_not_fulfil_its_schema_is_told_in_a_sentence(string schema, string value, string expected) =>
        Assert.That(Problems(schema, value), Is.EqualTo(new[] { expected }));

    [TestCase("""{"type":"integer"}""", "1.0")]
    [TestCase("""{"type":["null","string"]}""", "null")]
    [TestCase("""{"type":"string","format":"date-time"}""", "\"2026-01-01T00:00:00+01:00\"")]
    [TestCase("""{"type":"string","format":"time"}""", "\"06:30:00\"")]
    [TestCase("""{"type":"string","format":"multiline","section":"x","values_display":{"a":"A"},"title":"T"}""", "\"a\"")]
    [TestCase("""{"$schema":"http://json-schema.org/draft-07/schema#","type":"integer"}""", "1")]
    [TestCase("{}", "[1,{}]")]
    public void A_value_that_fulfils_it_is_fine(string schema, string value) => Assert.That(Problems(schema, value), Is.Empty);

    [Test]
    public void A_run_needs_what_has_no_default_and_every_problem_is_told_at_once()
    {
        var parameters = Of("""{"must":{"schema":{"type":"string"}},"days":{"value":"x","schema":{"type":"integer"}},"free":1}""");

        Assert.That(parameters.Problems([]), Is.EqualTo(new[] { "Param 'must' has no default, so the run needs a value for it.", "Param 'days' is \"x\" but must be an integer." }));
        Assert.That(parameters.Problems(new JsonObject { ["must"] = "a", ["days"] = 2, ["free"] = "any" }), Is.Empty);
    }

    [Test]
    public void What_conf_adds_of_its_own_is_a_param_that_nobody_looks_at()
    {
        var parameters = Of(Country);
        var conf = new JsonObject { ["country"] = "FR", ["other"] = new JsonArray(1) };

        Assert.That(parameters.Problems(conf), Is.Empty);
        Assert.That(parameters.Values(conf).ToJsonString(), Is.EqualTo("""{"country":"FR","other":[1]}"""));
    }

    [Test]
    public void A_secret_value_is_not_told() =>
        Assert.That(Of("""{"password":{"schema":{"minLength":40}}}""").Problems(new JsonObject { ["password"] = "hunter2" }).Single(), Is.EqualTo("Param 'password' is *** but must be 40 characters or longer."));

    [TestCase("""{"p":{"schema":{"type":"string"}}}""", "Param 'p' has no default, so the run needs a value for it. The DAG has a schedule, so every param needs a valid default")]
    [TestCase("""{"p":{"value":null,"schema":{"type":"string"}}}""", "Param 'p' is null but must be a text. The DAG has a schedule")]
    public void A_scheduled_dag_needs_valid_defaults_and_one_without_schedule_does_not(string json, string expected)
    {
        Assert.That(File(json).Set("schedule", "@daily").Errors().Single(), Does.StartWith("$.root.activities[0].params: " + expected));
        Assert.That(File(json).Errors(), Is.Empty);
    }

    [Test]
    public void The_params_of_a_task_go_over_those_of_the_dag_with_their_schema()
    {
        var dag = new DagText().Set("params", """{"country":{"value":"DE","schema":{"enum":["DE","FR"]}},"days":1}""")
            .Task("a", ("params", """{"country":{"value":"IT","schema":{"enum":["IT"]}},"own":2}""")).Read().Dag!;
        var parameters = dag.ParamsOf(dag.Tasks[0]);

        Assert.That(parameters.Values(new JsonObject { ["own"] = 3 }).ToJsonString(), Is.EqualTo("""{"country":"IT","days":1,"own":3}"""));
        Assert.That(parameters.Problems(new JsonObject { ["country"] = "DE" }), Is.EqualTo(new[] { "Param 'country' is \"DE\" but must be one of \"IT\"." }));
    }

    [Test]
    public void Only_what_params_say_makes_a_new_version()
    {
        string Hash(string json) => File(json).Read().Hash!;
        var plain = Hash("""{"a":1,"b":2}""");

        Assert.That(Hash("""{"b":2,"a":1}"""), Is.EqualTo(plain));
        Assert.That(Hash("""{"a":1,"b":{"value":2,"schema":{}}}"""), Is.EqualTo(plain));
        Assert.That(Hash("""{"a":1,"b":{"value":2,"schema":{"type":"integer"}}}"""), Is.Not.EqualTo(plain));
        Assert.That(Hash("""{"a":{"value":{"schema":{}},"schema":{}}}"""), Is.Not.EqualTo(Hash("""{"a":{"schema":{}}}""")));
        Assert.That(Hash("""{"a":{"schema":{}},"b":2}"""), Is.Not.EqualTo(Hash("""{"b":2,"a":{"schema":{}}}""")), "The form has another order.");
    }

    [Test]
    public void Any_value_of_conf_is_the_value_of_the_run() => Gen.Select(Members, Members).Sample((standard, given) =>
    {
        var values = DagParams.Of(standard).Values(given);
        return values.Select(value => value.Key).ToHashSet().SetEquals(standard.Concat(given).Select(member => member.Key))
            && values.All(value => JsonNode.DeepEquals(value.Value, given[value.Key] ?? standard[value.Key]));
    });

    private static Gen<JsonObject> Members { get; } = Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 1, 2], Gen.Int, (name, value) => KeyValuePair.Create(name, (JsonNode?)value)).Array[0, 6]
        .Select(members => new JsonObject(members.DistinctBy(member => member.Key)));
}
