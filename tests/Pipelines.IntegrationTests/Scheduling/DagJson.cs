using System.Text.Json.Nodes;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>Writes small DAG files, as Elsa Studio does, whose tasks do nothing.</summary>
public static class DagJson
{
    /// <param name="edges">e.g. <c>a>b</c>; a task is named by its first edge, or alone: <c>a</c>.</param>
    public static string Of(string dagId, string edges, params (string Name, JsonNode Value)[] settings) =>
        Of(dagId, edges, _ => [("retries", "1"), ("retryDelay", "00:05:00")], "Nothing", settings);

    /// <param name="inputs">Of a task.</param>
    public static string Of(
        string dagId, string edges, Func<string, (string Name, JsonNode Value)[]> inputs, string type = "Nothing", params (string Name, JsonNode Value)[] settings)
    {
        var pairs = edges.Split(' ').Select(edge => edge.Split('>')).ToList();
        IEnumerable<JsonNode> activities = pairs.SelectMany(pair => pair).Distinct().Select(name => Activity(name, type, inputs(name)))
            .Prepend(Activity("dag", "Pipelines.Dag", settings));
        var connections = pairs.Where(pair => pair.Length == 2).Select(pair => (JsonNode)new JsonObject
        {
            ["source"] = new JsonObject { ["activity"] = pair[0], ["port"] = "Done" },
            ["target"] = new JsonObject { ["activity"] = pair[1], ["port"] = "In" },
        });
        return new JsonObject
        {
            ["id"] = dagId,
            ["definitionId"] = dagId,
            ["root"] = new JsonObject
            {
                ["id"] = "flow",
                ["type"] = "Elsa.Flowchart",
                ["activities"] = new JsonArray([.. activities]),
                ["connections"] = new JsonArray([.. connections]),
            },
        }.ToJsonString();
    }

    private static JsonObject Activity(string name, string type, params (string Name, JsonNode Value)[] inputs)
    {
        var activity = new JsonObject { ["id"] = name, ["name"] = name, ["type"] = type };
        foreach (var (input, value) in inputs)
        {
            activity[input] = new JsonObject
            {
                ["typeName"] = "String",
                ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = value.DeepClone() },
            };
        }
        return activity;
    }
}
