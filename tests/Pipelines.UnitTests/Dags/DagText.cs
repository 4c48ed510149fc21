using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.UnitTests.Dags;

/// <summary>Writes DAG files as Elsa Studio does, for tests to bend.</summary>
public sealed class DagText
{
    public static ActivityCatalog Catalog { get; } = new([new Copy(), new Branching()]);

    public JsonArray Activities { get; } = [];

    public JsonArray Connections { get; } = [];

    public JsonObject Definition { get; }

    public JsonObject Settings { get; } = new() { ["id"] = "dag1", ["nodeId"] = "Workflow1:flow1:dag1", ["type"] = "Pipelines.Dag", ["version"] = 1 };

    public DagText(string dagId = "sales")
    {
        Activities.Add(Settings);
        Definition = new JsonObject
        {
            ["id"] = dagId + "-v1",
            ["definitionId"] = dagId,
            ["version"] = 1,
            ["variables"] = new JsonArray(),
            ["root"] = new JsonObject { ["id"] = "flow1", ["type"] = "Elsa.Flowchart", ["activities"] = Activities, ["connections"] = Connections },
        };
    }

    public DagText Set(string name, JsonNode? value, string syntax = "Literal")
    {
        Settings[name] = Input(value, syntax);
        return this;
    }

    /// <summary>Adds a task whose Elsa id is <c>id-NAME</c>.</summary>
    public DagText Task(string name, params (string Name, JsonNode? Value)[] inputs)
    {
        var activity = new JsonObject { ["id"] = "id-" + name, ["name"] = name, ["type"] = "Copy", ["table"] = Input("t") };
        foreach (var (input, value) in inputs) activity[input] = value;
        Activities.Add(activity);
        return this;
    }

    /// <summary>Adds a task group, whose tasks have Elsa ids as <see cref="Task"/> gives them.</summary>
    public DagText Group(string name, Action<DagText> fill, params (string Name, JsonNode? Value)[] inputs)
    {
        var inside = new DagText();
        inside.Activities.Clear();
        fill(inside);
        var (activities, connections) = (inside.Activities.DeepClone(), inside.Connections.DeepClone());
        var group = new JsonObject { ["id"] = "id-" + name, ["name"] = name, ["type"] = "Elsa.Flowchart", ["activities"] = activities, ["connections"] = connections };
        foreach (var (input, value) in inputs) group[input] = value;
        Activities.Add(group);
        return this;
    }

    /// <summary>Adds a task with the ports Done and Else.</summary>
    public DagText Branch(string name, string? follow = null)
    {
        Activities.Add(new JsonObject { ["id"] = "id-" + name, ["name"] = name, ["type"] = "Branch", ["follow"] = follow });
        return this;
    }

    public DagText Edge(string from, string to, string port = "Done") => EdgeById("id-" + from, "id-" + to, port);

    public DagText EdgeById(string from, string to, string port = "Done")
    {
        Connections.Add(new JsonObject
        {
            ["source"] = new JsonObject { ["activity"] = from, ["port"] = port },
            ["target"] = new JsonObject { ["activity"] = to, ["port"] = "In" },
        });
        return this;
    }

    public static JsonObject Input(JsonNode? value, string syntax = "Literal") =>
        new() { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = syntax, ["value"] = value } };

    public DagFileResult Read(string file = "workflows/sales.json", ActivityCatalog? catalog = null) => DagFile.Read(Definition.ToJsonString(), file, catalog ?? Catalog);

    /// <summary>The errors as <c>path: message</c>.</summary>
    public IEnumerable<string> Errors(string file = "workflows/sales.json") => Read(file).Errors.Select(error => $"{error.JsonPath}: {error.Message}");

    private sealed class Copy : IActivity
    {
        public ActivityDescriptor Descriptor { get; } = new("Copy", "Copy", "Test", "Copies.",
            [
                new("table", InputType.String, "Table", "Which table.") { Required = true },
                new("format", InputType.String, "Format", "The format.") { Default = "csv", Options = ["csv", "parquet"] },
                new("overwrite", InputType.Boolean, "Overwrite", "Whether to replace."),
                new("columns", InputType.StringList, "Columns", "Which columns."),
                new("size", InputType.Integer, "Size", "How big."),
                new("where", InputType.String, "Where", "A filter."),
            ],
            [new("s3Key", "Where it is.")], ["Done"]);

        public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation) => throw new NotSupportedException();
    }

    private sealed class Branching : IActivity
    {
        public ActivityDescriptor Descriptor { get; } = new("Branch", "Branch", "Test", "Branches.",
            [new("follow", InputType.StringOrList, "Follow", "Which.")], [], ["Done", "Else"]);

        public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation) => throw new NotSupportedException();
    }
}
