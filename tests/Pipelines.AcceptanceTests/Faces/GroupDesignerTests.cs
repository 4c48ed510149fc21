using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>Task groups in the real Elsa Studio, where they are flowcharts in the flowchart: opened, drawn in, saved unchanged.</summary>
[Category("Browser")]
public sealed class GroupDesignerTests
{
    private const string DagId = "with_groups";

    [Test]
    public async Task A_group_is_opened_drawn_in_and_kept_as_it_was()
    {
        Write();
        await Site.DagAsync(DagId);
        await using var visitor = await Visitor.SignInAsync();
        var designer = new Designer(visitor);
        await designer.OpenAsync(DagId);
        await Assertions.Expect(designer.Node("load")).ToContainTextAsync("Task group");
        await visitor.PictureAsync("designer-group");
        // Beside the group first: what that saves is in the order in which the designer writes files.
        await designer.DragAsync("SQL", "SQL query", 100, 60);
        await Assertions.Expect(designer.Publishing).ToContainTextAsync(new Regex(@"task SqlQuery\d added"));
        var before = await ExportAsync(visitor);
        Assert.That((string?)Group(before)["tooltip"]!["expression"]!["value"], Is.EqualTo("Every table of the shop"));

        await designer.Node("load").DblClickAsync(new() { Position = new() { X = 80, Y = 20 } });
        await Assertions.Expect(designer.Node("orders")).ToBeVisibleAsync();
        await Assertions.Expect(designer.Nodes).ToHaveCountAsync(2);
        await designer.DragAsync("SQL", "SQL query", 420, 330);
        await Assertions.Expect(designer.Publishing).ToContainTextAsync(new Regex(@"task load\.SqlQuery\d added"));
        await visitor.PictureAsync("designer-group-inside");

        var after = await ExportAsync(visitor);
        var inside = Group(after)["activities"]!.AsArray();
        Assert.That(inside, Has.Count.EqualTo(3));
        inside.Remove(inside.Single(activity => (string?)activity!["name"] is not ("orders" or "items")));
        Assert.That(JsonNode.DeepEquals(after, before), Is.True, $"{after}\n\nwas\n\n{before}");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task The_pages_of_a_DAG_show_its_groups()
    {
        Write();
        await Site.DagAsync(DagId);
        var run = await Site.RunAsync("dags", "trigger", DagId);
        Assert.That(run, Is.Not.Empty);
        await using var visitor = await Visitor.SignInAsync();
        await visitor.OpenAsync($"/dags/{DagId}?tab=graph");
        await Assertions.Expect(visitor.Page.Locator(".graph-group")).ToHaveTextAsync("Load it all");
        await Assertions.Expect(visitor.Page.Locator(".graph-group")).ToHaveAttributeAsync("title", "Every table of the shop");
        await visitor.PictureAsync("graph-group");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    private static void Write()
    {
        var file = JsonNode.Parse(DagFile.Queries(DagId, "begin", "end").ToString())!;
        var inside = JsonNode.Parse(DagFile.Queries("inside", "orders", "items").Connect("orders", "items").ToString())!["root"]!.AsObject();
        inside["activities"]!.AsArray().RemoveAt(0);
        var group = new JsonObject
        {
            ["id"] = "load-group",
            ["name"] = "load",
            ["type"] = "Elsa.Flowchart",
            ["version"] = 1,
            ["tooltip"] = "Every table of the shop",
            ["groupDisplayName"] = "Load it all",
            ["uiColor"] = "CornflowerBlue",
            ["defaultArgs"] = new JsonObject { ["retries"] = 2 },
            ["activities"] = inside["activities"]!.DeepClone(),
            ["connections"] = inside["connections"]!.DeepClone(),
            ["metadata"] = new JsonObject { ["designer"] = new JsonObject { ["position"] = new JsonObject { ["x"] = 200, ["y"] = 260 } } },
        };
        var root = file["root"]!;
        root["activities"]!.AsArray().Add((JsonNode)group);
        var (begin, end) = ((string)root["activities"]![1]!["id"]!, (string)root["activities"]![2]!["id"]!);
        foreach (var (from, to) in new[] { (begin, "load-group"), ("load-group", end) })
            root["connections"]!.AsArray().Add((JsonNode)new JsonObject { ["source"] = new JsonObject { ["activity"] = from, ["port"] = "Done" }, ["target"] = new JsonObject { ["activity"] = to, ["port"] = "In" } });
        File.WriteAllText(Path.Combine(Site.Workflows, $"{DagId}.json"), file.ToJsonString());
    }

    private static async Task<JsonNode> ExportAsync(Visitor visitor) => JsonNode.Parse(await visitor.Page.EvaluateAsync<string>(
        $"async () => await (await fetch('/elsa/api/workflow-definitions/{DagId}/export?versionOptions=Latest')).text()"))!["root"]!;

    private static JsonNode Group(JsonNode root) => root["activities"]!.AsArray().Single(activity => (string?)activity!["name"] == "load")!;
}
