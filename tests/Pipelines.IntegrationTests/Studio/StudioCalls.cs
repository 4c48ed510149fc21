using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Pipelines.IntegrationTests.Studio;

/// <summary>Calls as Studio makes them.</summary>
internal static class StudioCalls
{
    private const string Api = "/elsa/api";

    public static async Task<JsonObject> ReadAsync(this HttpClient client, string path)
    {
        var answer = await client.GetAsync(Api + path);
        Assert.That(answer.IsSuccessStatusCode, Is.True, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    public static Task<HttpResponseMessage> SendAsync(this HttpClient client, string path, JsonNode? body = null) =>
        client.PostAsync(Api + path, new StringContent((body ?? new JsonObject()).ToJsonString(), Encoding.UTF8, "application/json"));

    public static async Task<JsonObject> AskAsync(this HttpClient client, string path, JsonNode? body = null)
    {
        var answer = await client.SendAsync(path, body);
        Assert.That(answer.IsSuccessStatusCode, Is.True, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    /// <summary>A call that must be refused in words, which Studio's snackbar would show.</summary>
    public static async Task<string> RefusedAsync(this HttpClient client, HttpStatusCode status, string path, JsonNode? body = null) =>
        await RefusalAsync(await client.SendAsync(path, body), status);

    public static async Task<string> RefusalAsync(HttpResponseMessage answer, HttpStatusCode status)
    {
        Assert.That((answer.StatusCode, answer.Content.Headers.ContentType?.MediaType), Is.EqualTo((status, "application/problem+json")));
        var problem = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        var words = problem["errors"]!.AsObject().SelectMany(pair => pair.Value!.AsArray()).Select(word => word!.GetValue<string>()).ToList();
        Assert.That(words[0], Is.EqualTo(problem["detail"]!.GetValue<string>()));
        return string.Join('\n', words);
    }

    public static Task<JsonObject> SaveAsync(this HttpClient client, JsonObject model, bool publish = false) =>
        client.AskAsync("/workflow-definitions", new JsonObject { ["model"] = model.DeepClone(), ["publish"] = publish });

    /// <summary>As Studio's "Create": a name and nothing else.</summary>
    public static async Task<JsonObject> CreateAsync(this HttpClient client, string name) => (await client.SaveAsync(new JsonObject
    {
        ["id"] = null,
        ["definitionId"] = null,
        ["name"] = name,
        ["root"] = new JsonObject { ["id"] = "flow1", ["type"] = "Elsa.Flowchart", ["version"] = 1 },
    }))["workflowDefinition"]!.AsObject();

    /// <summary>Drops an activity on the canvas.</summary>
    public static JsonObject With(this JsonObject definition, string name, string type, params (string Input, string Value)[] inputs)
    {
        var activity = new JsonObject { ["id"] = name, ["nodeId"] = $"Workflow1:flow1:{name}", ["name"] = name, ["type"] = type, ["version"] = 1, ["metadata"] = new JsonObject() };
        foreach (var (input, value) in inputs)
            activity[input] = new JsonObject { ["typeName"] = null, ["expression"] = new JsonObject { ["type"] = value.Contains("{{", StringComparison.Ordinal) ? "Jinja" : "Literal", ["value"] = value } };
        definition["root"]!["activities"]!.AsArray().Add((JsonNode)activity);
        return definition;
    }

    /// <summary>Draws an arrow.</summary>
    public static JsonObject Connect(this JsonObject definition, string from, string to, string port = "Done")
    {
        definition["root"]!["connections"]!.AsArray().Add((JsonNode)new JsonObject
        {
            ["source"] = new JsonObject { ["activity"] = from, ["port"] = port },
            ["target"] = new JsonObject { ["activity"] = to, ["port"] = "In" },
        });
        return definition;
    }

    /// <summary>The settings activity's input.</summary>
    public static JsonObject Set(this JsonObject definition, string input, string value)
    {
        definition["root"]!["activities"]!.AsArray().Single(activity => (string?)activity!["type"] == "Pipelines.Dag")![input] =
            new JsonObject { ["typeName"] = null, ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = value } };
        return definition;
    }

    /// <summary>Runs one activity of what is saved, as the Test tab does.</summary>
    public static async Task<JsonObject> TestAsync(this HttpClient client, JsonObject definition, string activityId)
    {
        var version = await client.ReadAsync($"/workflow-definitions/by-definition-id/{definition["definitionId"]}?versionOptions=Latest");
        return await client.AskAsync("/tests/activities", new JsonObject
        {
            ["workflowDefinitionHandle"] = new JsonObject { ["definitionVersionId"] = version["id"]!.DeepClone() },
            ["activityHandle"] = new JsonObject { ["activityNodeId"] = $"Workflow1:flow1:{activityId}" },
        });
    }

    /// <summary>Creates and publishes a DAG of one SqlQuery.</summary>
    public static async Task<string> PublishQueryAsync(this HttpClient client, string name, string sql)
    {
        var created = await client.CreateAsync(name);
        await client.SaveAsync(created.With("query", "SqlQuery", ("connectionId", "own"), ("sql", sql)), publish: true);
        return (string)created["definitionId"]!;
    }

    /// <summary>Runs a DAG; gives Studio's id of the run.</summary>
    public static async Task<string> ExecuteAsync(this HttpClient client, string dagId)
    {
        var answer = await client.SendAsync($"/workflow-definitions/{dagId}/execute", new JsonObject { ["versionOptions"] = "Latest", ["input"] = null });
        Assert.That(answer.IsSuccessStatusCode, Is.True, await answer.Content.ReadAsStringAsync());
        return answer.Headers.GetValues("x-elsa-workflow-instance-id").Single();
    }
}
