using System.Text.Json.Nodes;

namespace Pipelines.AcceptanceTests;

/// <summary>Writes DAG files the way a user does, without the product's own code.</summary>
internal sealed class DagFile(string dagId)
{
    private readonly JsonArray _activities = [];
    private readonly JsonArray _connections = [];
    private string? _title;
    private string? _description;

    /// <summary>A daily DAG with whole-day data intervals.</summary>
    public static DagFile Daily(string dagId, params (string Input, string Value)[] settings)
    {
        var file = new DagFile(dagId);
        (string, string)[] defaults = [("schedule", "0 0 * * *"), ("timetable", "cron_data_interval"), ("startDate", "2026-01-01T00:00:00Z")];
        var chosen = defaults.Where(setting => !settings.Any(given => given.Input == setting.Item1)).Concat(settings).ToArray();
        return file.Add("dag", "Pipelines.Dag", chosen);
    }

    /// <summary>A DAG without a schedule: it has only the runs that a test triggers.</summary>
    public static DagFile ByHand(string dagId, params (string Input, string Value)[] settings) =>
        new DagFile(dagId).Add("dag", "Pipelines.Dag", [("startDate", "2026-01-01T00:00:00Z"), .. settings]);

    /// <summary>A DAG of queries beside each other, placed on the designer's canvas.</summary>
    public static DagFile Queries(string dagId, params string[] tasks) => tasks.Index().Aggregate(
        new DagFile(dagId).Add("dag", "Pipelines.Dag"),
        (file, task) => file.Add(task.Item, "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1 AS one")).At(task.Item, 60 + (task.Index * 240), 120));

    /// <summary>Gives it a title and a description as Elsa has them.</summary>
    public DagFile Titled(string title, string description)
    {
        (_title, _description) = (title, description);
        return this;
    }

    /// <summary>Adds an activity; a value with braces is a Jinja template.</summary>
    public DagFile Add(string name, string type, params (string Input, string Value)[] inputs)
    {
        var activity = new JsonObject { ["id"] = $"{name}-{_activities.Count}", ["nodeId"] = $"Workflow1:flow1:{name}", ["name"] = name, ["type"] = type, ["version"] = 1 };
        foreach (var (input, value) in inputs)
        {
            var syntax = value.Contains("{{", StringComparison.Ordinal) ? "Jinja" : "Literal";
            activity[input] = new JsonObject { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = syntax, ["value"] = value } };
        }

        _activities.Add((JsonNode)activity);
        return this;
    }

    /// <summary>Places an activity on the designer's canvas.</summary>
    public DagFile At(string name, int x, int y)
    {
        _activities.First(activity => (string?)activity!["name"] == name)!["metadata"] =
            new JsonObject { ["designer"] = new JsonObject { ["position"] = new JsonObject { ["x"] = x, ["y"] = y } } };
        return this;
    }

    /// <summary>Extract and load of one whole table.</summary>
    public DagFile Move(string table, string target, params (string Input, string Value)[] extract) => this
        .Add($"extract_{table}", "ExtractToS3", [("table", $"public.{table}"), ("bucket", "pipelines-lake"), ("prefix", $"{dagId}/{table}"), .. extract])
        .Add($"load_{table}", "CopyToRedshift", ("table", target), ("extract", $"extract_{table}"), ("mode", "replace"))
        .Connect($"extract_{table}", $"load_{table}");

    /// <summary>One task before another; a name that is no activity is written as it is.</summary>
    public DagFile Connect(string source, string target)
    {
        _connections.Add((JsonNode)new JsonObject
        {
            ["source"] = new JsonObject { ["activity"] = IdOf(source), ["port"] = "Done" },
            ["target"] = new JsonObject { ["activity"] = IdOf(target), ["port"] = "In" },
        });
        return this;
    }

    /// <summary>Writes <c>&lt;dag_id&gt;.json</c> and returns its path.</summary>
    public string Write(string directory)
    {
        var path = Path.Combine(directory, $"{dagId}.json");
        File.WriteAllText(path, ToString());
        return path;
    }

    /// <summary>The JSON.</summary>
    public override string ToString() => new JsonObject
    {
        ["id"] = $"{dagId}-v1",
        ["definitionId"] = dagId,
        ["name"] = _title ?? dagId,
        ["description"] = _description ?? "",
        ["version"] = 1,
        ["isLatest"] = true,
        ["isPublished"] = true,
        ["root"] = new JsonObject
        {
            ["id"] = "flow1",
            ["nodeId"] = "Workflow1:flow1",
            ["type"] = "Elsa.Flowchart",
            ["version"] = 1,
            ["activities"] = _activities.DeepClone(),
            ["connections"] = _connections.DeepClone(),
        },
    }.ToJsonString();

    private string IdOf(string name) =>
        _activities.Select(activity => activity!).FirstOrDefault(activity => (string?)activity["name"] == name)?["id"]!.GetValue<string>() ?? name;
}
