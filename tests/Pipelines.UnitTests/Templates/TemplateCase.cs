using System.Text.Json.Nodes;
using Pipelines.Model.Connections;
using Pipelines.Model.Dags;
using Pipelines.Model.Params;
using Pipelines.Model.Runs;
using Pipelines.Model.Templates;
using Pipelines.Model.Timetables;

namespace Pipelines.UnitTests.Templates;

/// <summary>A run to render templates with.</summary>
internal static class TemplateCase
{
    public static readonly DateTimeOffset Logical = new(2026, 3, 1, 5, 0, 0, TimeSpan.Zero);

    public static TemplateContext Context(bool withLogicalDate = true, string? conf = null, params (string Name, InputExpression Value)[] inputs)
    {
        var task = new DagTask { TaskId = "load", ActivityType = "Copy", ActivityId = "a", Upstream = ["extract"], Inputs = inputs.ToDictionary(input => input.Name, input => input.Value) };
        return new TemplateContext(
            new Dag
            {
                DagId = "sales",
                Timetable = TimetableFactory.Create(null, null, null, null),
                Params = DagParams.Of(JsonNode.Parse("""{"country":"DE","n":3,"rate":0.5,"tables":["a","b"],"nested":{"k":{"x":null}},"flag":true}""")!.AsObject()),
                Tasks = [task],
            },
            new DagRun
            {
                Id = 1,
                DagId = "sales",
                RunId = "scheduled__2026-03-01",
                RunType = DagRunType.Scheduled,
                State = DagRunState.Running,
                LogicalDate = withLogicalDate ? Logical : null,
                Interval = withLogicalDate ? new DataInterval(Logical, Logical.AddDays(1)) : null,
                RunAfter = Logical.AddDays(1),
                TriggeredBy = RunTriggeredBy.Timetable,
                Conf = JsonNode.Parse(conf ?? "{}")!.AsObject(),
                DagVersionId = 1,
                QueuedAt = Logical,
            },
            task, 2,
            new TemplateLookups(
                key => key switch { "bucket" => "lake", "cfg" => """{"a":{"b":[1,2]}}""", _ => null },
                id => id == "dw" ? new Connection("dw", "redshift") { Host = "h", Port = 5439, Password = "pw", Extra = new JsonObject { ["region"] = "eu" } } : null,
                query => query.DagId is { } dag ? [$"{dag}/{query.RunId}/{query.TaskId}/{query.Key}/{query.MapIndex}/{query.IncludesPriorDates}"] : (query.TaskId, query.Key, query.MapIndex) switch
                {
                    ("extract", "return_value", null or -1) => [JsonNode.Parse("""{"rows":7,"files":["x","y"]}""")],
                    ("extract", "n", null or -1) => [5],
                    ("load", "mine", null) => ["own"],
                    ("mapped", "return_value", null) => ["a", "c"],
                    ("mapped", "return_value", 0) => ["a"],
                    ("mapped", "return_value", 2) => ["c"],
                    ("one", "return_value", null or 0) => ["only"],
                    _ => [],
                }));
    }

    /// <summary>A run whose DAG version has template files.</summary>
    public static TemplateContext Context(IReadOnlyDictionary<string, string> files) => Context() is var context ? context with { Dag = context.Dag with { TemplateFiles = new TemplateFiles(files) } } : context;

    public static string Render(string template, bool withLogicalDate = true, string? conf = null) =>
        JinjaTemplate.Parse(template).Render(Context(withLogicalDate, conf));
}
