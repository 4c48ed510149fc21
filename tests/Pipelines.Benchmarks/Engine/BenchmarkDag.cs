using System.Text.Json.Nodes;

namespace Pipelines.Benchmarks.Engine;

/// <summary>A DAG file whose tasks are all of one activity type.</summary>
/// <param name="DagId">Its name.</param>
/// <param name="Activity">The type of every task.</param>
/// <param name="Tasks">How many.</param>
/// <param name="ChainLength">So many stand one after the other, beside the next chain; 1: all are independent.</param>
internal sealed record BenchmarkDag(string DagId, string Activity, int Tasks, int ChainLength)
{
    /// <summary>When it runs; without catchup since 2000.</summary>
    public string? Schedule { get; init; }

    public bool IsPaused { get; init; }

    public string ToJson()
    {
        var tasks = Enumerable.Range(0, Tasks).Select(number => $"task_{number}").ToList();
        return new JsonObject
        {
            ["definitionId"] = DagId,
            ["root"] = new JsonObject
            {
                ["id"] = "flow",
                ["type"] = "Elsa.Flowchart",
                ["activities"] = new JsonArray([
                    Node("dag", "Pipelines.Dag", [
                        ("isPausedUponCreation", IsPaused ? "true" : "false"), ("maxActiveTasks", "100000"),
                        .. Schedule is null ? [] : new[] { ("schedule", Schedule), ("startDate", "2000-01-01T00:00:00Z"), ("catchup", "false") }]),
                    .. tasks.Select(task => Node(task, Activity))]),
                ["connections"] = new JsonArray([.. tasks.Chunk(ChainLength).SelectMany(chain => chain.Zip(chain.Skip(1), (from, to) => (JsonNode)new JsonObject
                {
                    ["source"] = new JsonObject { ["activity"] = from, ["port"] = "Done" },
                    ["target"] = new JsonObject { ["activity"] = to, ["port"] = "In" },
                }))]),
            },
        }.ToJsonString();
    }

    private static JsonObject Node(string name, string type, params (string Name, string Value)[] inputs)
    {
        var node = new JsonObject { ["id"] = name, ["name"] = name, ["type"] = type };
        foreach (var (input, value) in inputs)
            node[input] = new JsonObject { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = value } };
        return node;
    }
}
