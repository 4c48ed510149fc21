using System.Text.Json.Nodes;

namespace Pipelines.Benchmarks.Engine;

/// <summary>A DAG file whose tasks are all of one activity type.</summary>
/// <param name="DagId">Its name.</param>
/// <param name="Activity">The type of every task.</param>
/// <param name="Tasks">How many.</param>
/// <param name="IsChain">True: one after the other; false: independent.</param>
internal sealed record BenchmarkDag(string DagId, string Activity, int Tasks, bool IsChain)
{
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
                    Node("dag", "Pipelines.Dag", ("isPausedUponCreation", "false"), ("maxActiveTasks", "100000")),
                    .. tasks.Select(task => Node(task, Activity))]),
                ["connections"] = new JsonArray([.. IsChain ? tasks.Zip(tasks.Skip(1), (from, to) => (JsonNode)new JsonObject
                {
                    ["source"] = new JsonObject { ["activity"] = from, ["port"] = "Done" },
                    ["target"] = new JsonObject { ["activity"] = to, ["port"] = "In" },
                }) : []]),
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
