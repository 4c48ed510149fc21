using System.Text.Json.Nodes;
using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;
using Pipelines.Model.Dags;

namespace Pipelines.UnitTests.Dags;

/// <summary>A setting whose JSON is of another type than it must be is an error, not a text that happens to look like it.</summary>
public sealed class SettingTypeTests
{
    private static readonly ActivityCatalog Catalog = new(BuiltInActivities.All);

    private static IEnumerable<TestCaseData> Wrong() =>
        from setting in DagInputs.Descriptor.Inputs.Select(input => (Of: "Dag", Input: input)).Concat(TaskInputs.All.Concat(SensorInputs.All).Select(input => (Of: "Task", Input: input)))
        from value in new[] { "5", "true", """{"a": 1}""", "[1]" }
        where !MayBe(setting.Of, setting.Input, value)
        select new TestCaseData(setting.Of, setting.Input.Name, value).SetArgDisplayNames(setting.Of, setting.Input.Name, value);

    private static bool MayBe(string of, InputDescriptor input, string value) => (input.Type, value) switch
    {
        (InputType.Integer or InputType.Number or InputType.Duration, "5") or (InputType.Boolean, "true") => true,
        (_, "5" or "true") when input.TakesScalars => true,
        // Their values are of any type.
        (InputType.Json, """{"a": 1}""") => input.Name is TaskInputs.Params or DagInputs.UserDefinedMacros || (of == "Dag" && input.Name == DagInputs.Params),
        _ => false,
    };

    [TestCaseSource(nameof(Wrong))]
    public void The_JSON_of_a_setting_is_of_its_type(string of, string name, string value)
    {
        var text = new DagText();
        var task = new JsonObject { ["id"] = "id-a", ["name"] = "a", ["type"] = "TimeSensor", ["targetTime"] = "06:30" };
        text.Activities.Add(task);
        (of == "Dag" ? text.Settings : task)[name] = JsonNode.Parse(value);
        var errors = DagFile.Read(text.Definition.ToJsonString(), "workflows/sales.json", Catalog).Errors;
        Assert.That(errors.Select(error => error.JsonPath), Has.Some.StartWith($"$.root.activities[{(of == "Dag" ? 0 : 1)}].{name}"));
    }

    [Test]
    public void It_says_what_to_write()
    {
        Assert.That(new DagText().Task("a", ("pool", 5)).Errors(), Is.EqualTo(new[]
        {
            "$.root.activities[1].pool: Input 'pool' is 5, a number, but must be a text. If you mean the text, write it in quotes: \"5\".",
        }));
        Assert.That(new DagText().Task("a").Set("defaultArgs", """{"queue": true}""").Errors(), Has.One.Contains("Input 'queue' is true, a boolean, but must be a text."));
    }
}
