using System.Text.Json.Nodes;

namespace Pipelines.UnitTests.Dags;

/// <summary>A version is made when the DAG changes, and only then.</summary>
public class DagHashTests
{
    private static string Hash(Action<DagText>? change = null)
    {
        var text = new DagText().Set("params", """{"a":1,"b":2}""").Set("schedule", "@daily").Task("a").Task("b").Edge("a", "b");
        change?.Invoke(text);
        var result = text.Read();
        Assert.That(result.Errors, Is.Empty);
        return result.Hash!;
    }

    private static JsonObject First(DagText text) => text.Activities[1]!.AsObject();

    [Test]
    public void The_hash_is_64_hex_digits() => Assert.That(Hash(), Does.Match("^[0-9a-f]{64}$"));

    private static TestCaseData Case(string name, Action<DagText> change) => new TestCaseData(change).SetArgDisplayNames(name);

    private static IEnumerable<TestCaseData> Noise() =>
    [
        Case("version", text => text.Definition["version"] = 7),
        Case("position", text => First(text)["metadata"] = new JsonObject { ["designer"] = new JsonObject { ["position"] = 3 } }),
        Case("custom properties", text => First(text)["customProperties"] = new JsonObject { ["canStartWorkflow"] = true }),
        Case("bends", text => text.Connections[0]!["vertices"] = new JsonArray(new JsonObject { ["x"] = 1 })),
        Case("order", text => { text.Activities.RemoveAt(0); text.Activities.Add(text.Settings); }),
        Case("order of params", text => text.Set("params", """{ "b":2, "a":1 }""")),
        Case("a default written out", text => text.Set("catchup", "False")),
        Case("a task's default written out", text => { First(text)["weightRule"] = "downstream"; First(text)["poolSlots"] = 1; First(text)["isSetup"] = "False"; First(text)["isTeardown"] = false; First(text)["onFailureFailDagrun"] = false; }),
        Case("a bare value", text => First(text)["table"] = "t"),
        Case("ids", text => { First(text)["id"] = "x"; text.Connections[0]!["source"]!["activity"] = "x"; }),
    ];

    [TestCaseSource(nameof(Noise))]
    public void Noise_keeps_the_hash(Action<DagText> change) => Assert.That(Hash(change), Is.EqualTo(Hash()));

    private static IEnumerable<TestCaseData> Changes() =>
    [
        Case("input", text => First(text)["table"] = "u"),
        Case("syntax", text => First(text)["table"] = DagText.Input("t", "Jinja")),
        Case("retries", text => First(text)["retries"] = 1),
        Case("weight rule", text => First(text)["weightRule"] = "absolute"),
        Case("pool slots", text => First(text)["poolSlots"] = 2),
        Case("limit over all runs", text => First(text)["maxActiveTisPerDag"] = 2),
        Case("limit in one run", text => First(text)["maxActiveTisPerDagrun"] = 2),
        Case("setup", text => First(text)["isSetup"] = true),
        Case("teardown", text => First(text)["isTeardown"] = true),
        Case("depends on past", text => First(text)["dependsOnPast"] = true),
        Case("wait for downstream", text => First(text)["waitForDownstream"] = true),
        Case("ignore first", text => First(text)["ignoreFirstDependsOnPast"] = false),
        Case("skip after past", text => First(text)["waitForPastDependsBeforeSkipping"] = true),
        Case("task's start", text => First(text)["startDate"] = "2026-01-01"),
        Case("task's end", text => First(text)["endDate"] = "2026-01-01"),
        Case("edge", text => text.Connections.Clear()),
        Case("failures to pause", text => text.Set("maxConsecutiveFailedDagRuns", 3)),
        Case("fail fast", text => text.Set("failFast", true)),
        Case("schedule", text => text.Set("schedule", "@hourly")),
        Case("timetable", text => text.Set("timetable", "cron_data_interval")),
        Case("timezone", text => text.Set("timezone", "Europe/Berlin")),
        Case("params", text => text.Set("params", """{"a":1,"b":3}""")),
        Case("task", text => text.Task("c")),
    ];

    [Test]
    public void Another_port_changes_the_hash()
    {
        string HashOf(string port) => new DagText().Branch("a").Task("b").Edge("a", "b", port).Read().Hash!;
        Assert.That(HashOf("Else"), Is.Not.EqualTo(HashOf("Done")));
    }

    [Test]
    public void That_a_teardown_may_fail_the_run_changes_the_hash()
    {
        string HashOf(bool failsRun) => new DagText().Task("t", ("isTeardown", true), ("onFailureFailDagrun", failsRun)).Read().Hash!;
        Assert.That(HashOf(true), Is.Not.EqualTo(HashOf(false)));
    }

    [TestCaseSource(nameof(Changes))]
    public void A_change_of_meaning_changes_the_hash(Action<DagText> change) => Assert.That(Hash(change), Is.Not.EqualTo(Hash()));
}
