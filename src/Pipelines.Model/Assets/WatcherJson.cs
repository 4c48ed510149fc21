using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Assets;

/// <summary>Watchers as DAG files write them: <c>{"name": "landing", "activity": "FileSensor", "inputs": {"filepath": "/in/*.csv"}, "every": "00:00:30"}</c>.</summary>
internal static class WatcherJson
{
    private const string Form = """a watcher is {"name": "landing", "activity": "FileSensor", "inputs": {"filepath": "/in/orders.csv"}, "every": "00:01:00"}""";

    private static readonly string[] Members = ["name", "activity", "inputs", "every"];

    /// <summary>Those of an asset.</summary>
    /// <exception cref="AssetException">One is none, or two have one name.</exception>
    public static IReadOnlyList<AssetWatcher> Read(JsonNode? node)
    {
        if (node is null) return [];
        if (node is not JsonArray list) throw new AssetException($"'watchers' must be a list; {Form}.");
        var watchers = list.Select(One).ToList();
        return watchers.GroupBy(watcher => watcher.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice
            ? throw new AssetException($"Two watchers of an asset are called '{twice.Key}'. Give each its own name.") : watchers;
    }

    /// <summary>The one form that equal ones share.</summary>
    public static JsonArray Canonical(IReadOnlyList<AssetWatcher> watchers) => new([.. watchers.Select(JsonNode (watcher) =>
        new JsonObject { ["name"] = watcher.Name, ["activity"] = watcher.Activity, ["inputs"] = watcher.Inputs.DeepClone(), ["every"] = watcher.Every.Ticks })]);

    private static AssetWatcher One(JsonNode? node)
    {
        if (node is not JsonObject watcher) throw new AssetException($"{node?.ToJsonString() ?? "null"} is no watcher: {Form}.");
        if (watcher.Select(member => member.Key).FirstOrDefault(name => !Members.Contains(name)) is { } unknown)
            throw new AssetException($"'{unknown}' is nothing that a watcher has. It has {string.Join(", ", Members)}.");
        var inputs = watcher["inputs"] switch
        {
            null => [],
            JsonObject given => given,
            _ => throw new AssetException($"The 'inputs' of a watcher must be a JSON object; {Form}."),
        };
        return new AssetWatcher(Text(watcher, "name"), Text(watcher, "activity"), Texts(inputs), Every(watcher["every"]));
    }

    private static string Text(JsonObject watcher, string name) =>
        watcher[name] is JsonValue value && value.TryGetValue(out string? text) && text.Trim().Length > 0 && text.Length <= 250 && !text.Any(char.IsControl) ? text
            : throw new AssetException($"The '{name}' of a watcher must be a text of 1 to 250 characters; {Form}.");

    private static JsonObject Texts(JsonObject inputs) => new(inputs.Where(input => input.Value is not null).Select(input =>
        KeyValuePair.Create(input.Key, (JsonNode?)(input.Value is JsonValue value && value.TryGetValue(out string? text) ? text : input.Value!.ToJsonString()))));

    private static TimeSpan Every(JsonNode? node) => node is null ? AssetWatcher.Usual
        : InputText.TryDuration(node is JsonValue value && value.TryGetValue(out string? text) ? text : node.ToJsonString(), out var every) && every >= AssetWatcher.Shortest ? every
        : throw new AssetException($"The 'every' of a watcher is {node.ToJsonString()} but must be {InputText.Expected(InputType.Duration)}, 1 second or more.");
}
