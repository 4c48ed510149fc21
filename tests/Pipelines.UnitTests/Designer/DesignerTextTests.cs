using System.Text.Json.Nodes;
using CsCheck;
using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Designer;
using Pipelines.UnitTests.Dags;

namespace Pipelines.UnitTests.Designer;

public sealed class DesignerTextTests
{
    private static readonly ActivityCatalog BuiltIn = new(BuiltInActivities.All);

    public static IEnumerable<string> Examples() => Directory.EnumerateFiles(Path.Combine(Root(), "workflows"), "*.json", SearchOption.AllDirectories);

    [TestCaseSource(nameof(Examples))]
    public void An_example_means_the_same_after_the_designer_saved_it(string file)
    {
        var text = File.ReadAllText(file);
        var before = DagFile.Read(text, file, BuiltIn);
        var saved = Save(text, before.Dag!.DagId, BuiltIn);

        Assert.That(DagFile.Read(saved, file, BuiltIn).Hash, Is.EqualTo(before.Hash));
        Assert.That(Save(saved, before.Dag.DagId, BuiltIn), Is.EqualTo(saved));
    }

    [Test]
    public void Any_dag_means_the_same_after_the_designer_saved_it_and_saving_again_changes_nothing() => AnyDag.Sample(text =>
    {
        var saved = Save(text.Definition.ToJsonString());
        Assert.That(DagFile.Read(saved, "sales.json", DagText.Catalog).Hash, Is.EqualTo(text.Read().Hash).And.Not.Null);
        Assert.That(Save(saved), Is.EqualTo(saved));
    }, iter: 200);

    [Test]
    public void A_click_in_the_canvas_changes_nothing_in_the_file() => AnyDag.Sample(text =>
    {
        var shown = new StudioDefinition(DagText.Catalog).Of(text.Definition);
        var before = DesignerText.Of(shown, "sales", DagText.Catalog);
        var activities = shown["root"]!["activities"]!.AsArray();
        var clicked = activities[0];
        activities.RemoveAt(0);
        activities.Add(clicked);
        (shown["id"], shown["version"], shown["isLatest"], shown["createdAt"]) = ("v-9", 9, false, "2026-05-05T00:00:00Z");
        clicked!["metadata"] = new JsonObject { ["designer"] = new JsonObject { ["size"] = new JsonObject { ["width"] = 180.5 } } };
        Assert.That(DesignerText.Of(shown, "sales", DagText.Catalog), Is.EqualTo(before));
    }, iter: 50);

    [Test]
    public void An_input_and_a_connection_take_one_line_each_and_nothing_is_escaped_for_html()
    {
        var text = new DagText().Set("schedule", "@daily").Task("a", ("where", DagText.Input("a < 'b' AND ü"))).Task("b").Edge("a", "b");
        ((JsonObject)text.Activities[1]!)["metadata"] = JsonNode.Parse("""{"designer":{"position":{"x":-20.4,"y":80.6},"size":{"width":1,"height":2}},"displayText":""}""");
        Assert.That(Save(text.Definition.ToJsonString()), Is.EqualTo(
            """
            {
              "$schema": "https://elsaworkflows.io/schemas/workflow-definition/v3.0.0/schema.json",
              "definitionId": "sales",
              "name": "sales",
              "root": {
                "id": "flow1",
                "type": "Elsa.Flowchart",
                "version": 1,
                "activities": [
                  {
                    "id": "dag1",
                    "type": "Pipelines.Dag",
                    "version": 1,
                    "schedule": { "typeName": "String", "expression": { "type": "Literal", "value": "@daily" } }
                  },
                  {
                    "id": "id-a",
                    "name": "a",
                    "type": "Copy",
                    "version": 1,
                    "table": { "typeName": "String", "expression": { "type": "Literal", "value": "t" } },
                    "where": { "typeName": "String", "expression": { "type": "Literal", "value": "a < 'b' AND ü" } },
                    "metadata": { "designer": { "position": { "x": -20, "y": 81 } } }
                  },
                  {
                    "id": "id-b",
                    "name": "b",
                    "type": "Copy",
                    "version": 1,
                    "table": { "typeName": "String", "expression": { "type": "Literal", "value": "t" } }
                  }
                ],
                "connections": [
                  { "source": { "activity": "id-a", "port": "Done" }, "target": { "activity": "id-b", "port": "In" } }
                ]
              }
            }

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void An_activity_of_an_unknown_type_is_shown_as_a_placeholder_and_comes_back_whole_where_it_was_moved()
    {
        var text = new DagText().Task("a").Task("b").Edge("a", "b");
        var unknown = (JsonObject)text.Activities[2]!;
        (unknown["type"], unknown["version"], unknown["secretSauce"]) = ("Acme.Load", 3, JsonNode.Parse("""{"deep":[1,{"x":"y"}]}"""));
        var shown = new StudioDefinition(DagText.Catalog).Of(text.Definition);
        var placeholder = shown["root"]!["activities"]![2]!;
        Assert.That(((string?)placeholder["type"], (string?)placeholder["missingTypeName"], (string?)placeholder["nodeId"]),
            Is.EqualTo(("Elsa.NotFoundActivity", "Acme.Load", "Workflow1:flow1:id-b")));

        placeholder["metadata"] = JsonNode.Parse("""{"designer":{"position":{"x":7,"y":8}}}""");
        var restored = DesignerText.Parse(DesignerText.Of(shown, "sales", DagText.Catalog))["root"]!["activities"]![2]!;
        Assert.That(restored["secretSauce"]!.ToJsonString(), Is.EqualTo("""{"deep":[1,{"x":"y"}]}"""));
        Assert.That(((string?)restored["type"], (int?)restored["version"], (int?)restored["metadata"]!["designer"]!["position"]!["x"]), Is.EqualTo(("Acme.Load", 3, 7)));
        Assert.That(restored["nodeId"], Is.Null);
    }

    [Test]
    public void Ports_come_back_from_the_designer_and_two_of_one_pair_stay_two()
    {
        var text = new DagText().Branch("choose").Task("a").Edge("choose", "a", "Else").Edge("choose", "a");
        var shown = new StudioDefinition(DagText.Catalog).Of(text.Definition);
        var saved = DesignerText.Of(shown, "sales", DagText.Catalog);
        var choose = DagFile.Read(saved, "sales.json", DagText.Catalog).Dag!.TasksById["choose"];
        Assert.That(choose.DownstreamByPort, Is.EquivalentTo(new Dictionary<string, string[]> { ["Done"] = ["a"], ["Else"] = ["a"] }));
        Assert.That(Save(saved), Is.EqualTo(saved));
    }

    [Test]
    public void Unknown_marks_of_other_tools_survive()
    {
        var text = new DagText().Task("a", ("metadata", JsonNode.Parse("""{"acme":{"colour":"red"}}""")), ("customProperties", JsonNode.Parse("""{"acme":false,"canStartWorkflow":false}""")));
        text.Definition["acmeTop"] = 5;
        var saved = DesignerText.Parse(Save(text.Definition.ToJsonString()));
        var activity = saved["root"]!["activities"]![1]!;
        Assert.That((activity["metadata"]!.ToJsonString(), activity["customProperties"]!.ToJsonString(), (int?)saved["acmeTop"]),
            Is.EqualTo(("""{"acme":{"colour":"red"}}""", """{"acme":false}""", 5)));
    }

    [Test]
    public void A_bare_value_of_a_file_is_shown_as_studio_understands_it_and_lists_as_its_editors_read_them()
    {
        var text = new DagText().Task("a", ("where", "x > 1"), ("columns", DagText.Input("[\"id\"]")));
        var activity = new StudioDefinition(DagText.Catalog).Of(text.Definition)["root"]!["activities"]![1]!;
        Assert.That(activity["where"]!.ToJsonString(), Is.EqualTo("""{"typeName":"String","expression":{"type":"Literal","value":"x \u003E 1"}}"""));
        Assert.That((string?)activity["columns"]!["expression"]!["type"], Is.EqualTo("Object"));
    }

    [Test]
    public void Bare_lists_and_objects_are_read_and_shown_as_the_texts_that_studio_edits()
    {
        var text = new DagText().Set("params", "{}").Task("a", ("columns", new JsonArray("id", "name")), ("outlets", new JsonArray(new JsonObject { ["name"] = "orders" })));
        text.Settings["params"] = new JsonObject { ["a"] = 1 };
        var dag = DagFile.Read(text.Definition.ToJsonString(), "sales.json", DagText.Catalog);
        Assert.That(dag.Errors, Is.Empty);
        Assert.That((dag.Dag!.Params.Values([]).ToJsonString(), dag.Dag.TasksById["a"].Outlets.Assets.Single().Name), Is.EqualTo(("""{"a":1}""", "orders")));

        var activity = new StudioDefinition(DagText.Catalog).Of(text.Definition)["root"]!["activities"]![1]!;
        Assert.That((string?)activity["columns"]!["expression"]!["value"], Is.EqualTo("""["id","name"]"""));
        var saved = DagFile.Read(Save(text.Definition.ToJsonString()), "sales.json", DagText.Catalog);
        Assert.That((saved.Errors.Count, saved.Hash), Is.EqualTo((0, dag.Hash)));
    }

    [Test]
    public void What_studio_writes_for_check_boxes_lists_and_cleared_fields_is_read()
    {
        var text = new DagText().Task("a",
            ("overwrite", DagText.Input("True")), ("columns", DagText.Input("[\"id\",\"name\"]", "Object")), ("where", DagText.Input("")),
            ("size", JsonNode.Parse("""{"typeName":null,"expression":{"type":"Literal","value":"5"},"memoryReference":null}""")));
        var result = DagFile.Read(Save(text.Definition.ToJsonString()), "sales.json", DagText.Catalog);
        Assert.That(result.Errors, Is.Empty);
        Assert.That(result.Dag!.Tasks[0].Inputs.Keys, Is.EquivalentTo(new[] { "table", "overwrite", "columns", "size" }));
    }

    [Test]
    public void A_definition_that_is_not_one_is_refused_in_words()
    {
        Assert.That(() => DesignerText.Of([], "sales", DagText.Catalog), Throws.TypeOf<DesignerException>().With.Message.Contains("root"));
        Assert.That(() => DesignerText.Parse("[1]"), Throws.TypeOf<DesignerException>());
        Assert.That(() => DesignerText.Parse("{\"a\":1,\"a\":2}"), Throws.TypeOf<DesignerException>());
    }

    [Test]
    public void The_mark_of_a_draft_travels_with_the_definition_and_never_reaches_the_file()
    {
        var shown = new StudioDefinition(DagText.Catalog).Of(new DagText().Task("a").Definition);
        var mark = new DraftMark(new string('a', 64), 7);
        mark.PutOn(shown);
        Assert.That(DraftMark.Of(shown), Is.EqualTo(mark));
        Assert.That(DesignerText.Of(shown, "sales", DagText.Catalog), Does.Not.Contain("pipelinesDraft"));
    }

    private static Gen<DagText> AnyDag =>
        from count in Gen.Int[1, 8]
        from edges in Gen.Select(Gen.Int[0, 7], Gen.Int[0, 7]).Array[0, 12]
        from words in Gen.String.Array[count]
        from lists in Gen.String.Array[0, 3].Array[count]
        select Build(count, edges, words, lists);

    private static DagText Build(int count, (int, int)[] edges, string[] words, string[][] lists)
    {
        var text = new DagText().Set("schedule", "@daily").Set("tags", "[\"b\", \"a\"]");
        for (var i = count - 1; i >= 0; i--)
            text.Task($"t{i}", ("where", DagText.Input(words[i])), ("overwrite", i % 2 == 0), ("columns", DagText.Input(new JsonArray([.. lists[i].Select(item => (JsonNode)item)]).ToJsonString())));
        foreach (var (a, b) in edges.Where(edge => edge.Item1 < edge.Item2 && edge.Item2 < count).Distinct()) text.Edge($"t{a}", $"t{b}");
        return text;
    }

    /// <summary>As the server does: the file goes to Studio, and what Studio posts becomes the file.</summary>
    private static string Save(string text, string dagId = "sales", ActivityCatalog? catalog = null)
    {
        var shown = new StudioDefinition(catalog ?? DagText.Catalog).Of(text);
        return DesignerText.Of(DesignerText.Parse(shown.ToJsonString()), dagId, catalog ?? DagText.Catalog);
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Pipelines.sln"))) directory = directory.Parent!;
        return directory.FullName;
    }

    [TestCase("""{"root":{}}""", "The definition's 'root' is without a type, and only an 'Elsa.Flowchart' can be drawn.")]
    [TestCase("""{"root":{"type":"Nonsense"}}""", "The definition's 'root' is of type 'Nonsense', and only an 'Elsa.Flowchart' can be drawn.")]
    [TestCase("""{"root":{"type":"Elsa.Flowchart","activities":"none"}}""", "The definition's 'root' has 'activities' that are no list of JSON objects.")]
    [TestCase("""{"root":{"type":"Elsa.Flowchart","activities":[1]}}""", "The definition's 'root' has 'activities' that are no list of JSON objects.")]
    [TestCase("""{"root":{"type":"Elsa.Flowchart","connections":[null]}}""", "The definition's 'root' has 'connections' that are no list of JSON objects.")]
    public void What_is_no_drawing_is_not_kept(string definition, string fault) =>
        Assert.That(Assert.Throws<DesignerException>(() => DesignerText.Of(DesignerText.Parse(definition), "sales", DagText.Catalog))!.Message, Does.StartWith(fault));
}
