using System.Text.Json.Nodes;
using Pipelines.Api.Studio.Definitions;

namespace Pipelines.UnitTests.Studio;

public class PickedDatesTests
{
    [TestCase("1/2/2026 12:00:00 AM", "en-US,en;q=0.9", "2026-01-02")]
    [TestCase("1/2/2026 5:30:00\u202fPM", "en-US", "2026-01-02T17:30:00Z")]
    [TestCase("01/02/2026 00:00:00", "en-GB", "2026-02-01")]
    [TestCase("01.02.2026 06:00:00", "de-DE", "2026-02-01T06:00:00Z")]
    [TestCase("2026-02-01 06:00:00", "sv-SE", "2026-02-01T06:00:00Z")]
    [TestCase("2026/2/1 6:00:00", "ja-JP", "2026-02-01T06:00:00Z")]
    [TestCase("13/12/2026 00:00:00", "en-US", "2026-12-13")]
    [TestCase("2026-01-01", "en-US", "2026-01-01")]
    [TestCase("2026-01-01T00:00:00+02:00", "en-US", "2026-01-01T00:00:00+02:00")]
    [TestCase("tomorrow", "en-US", "tomorrow")]
    [TestCase("", "en-US", "")]
    public void What_the_picker_writes_becomes_iso(string written, string languages, string stored)
    {
        var definition = Definition("startDate", written);
        PickedDates.Read(definition, languages);
        Assert.That(Value(definition, "startDate"), Is.EqualTo(stored));
    }

    [TestCase("2026-01-01T05:00:00Z", "2026-01-01T05:00:00")]
    [TestCase("2026-01-01", "2026-01-01")]
    [TestCase("2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00+02:00")]
    public void What_is_stored_is_shown_in_utc_and_comes_back_as_it_was(string stored, string shown)
    {
        var definition = PickedDates.Show(Definition("endDate", stored));
        Assert.That(Value(definition, "endDate"), Is.EqualTo(shown));
        PickedDates.Read(definition, "en-US");
        Assert.That(Value(definition, "endDate"), Is.EqualTo(stored));
    }

    [Test]
    public void Nothing_but_dates_is_touched()
    {
        var definition = Definition("owner", "1/2/2026");
        PickedDates.Read(definition, "en-US");
        Assert.That(Value(definition, "owner"), Is.EqualTo("1/2/2026"));
    }

    [TestCase("""{"root":[1]}""")]
    [TestCase("""{"root":{"activities":[null,{"type":"Pipelines.Dag","startDate":"bare"}]}}""")]
    public void Other_shapes_stay(string json)
    {
        var definition = JsonNode.Parse(json)!.AsObject();
        PickedDates.Read(definition, "");
        Assert.That(definition.ToJsonString(), Is.EqualTo(json));
    }

    private static JsonObject Definition(string input, string value) => new()
    {
        ["root"] = new JsonObject
        {
            ["activities"] = new JsonArray(new JsonObject
            {
                ["type"] = "Pipelines.Dag",
                [input] = new JsonObject { ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = value } },
            }),
        },
    };

    private static string? Value(JsonObject definition, string input) => (string?)definition["root"]!["activities"]![0]![input]!["expression"]!["value"];
}
