using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using Pipelines.Storage.Dags;

namespace Pipelines.IntegrationTests.Studio;

/// <summary>Authoring over HTTP, as Studio does it.</summary>
public class DefinitionTests
{
    private StudioSite _site = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _site = await StudioSite.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [Test]
    public async Task A_dag_is_created_saved_published_listed_run_and_seen()
    {
        var created = await _site.Admin.CreateAsync("Workflow 7");
        Assert.That(((string?)created["definitionId"], (string?)created["name"], (bool?)created["isPublished"]), Is.EqualTo(("workflow_7", "Workflow 7", false)));
        Assert.That((bool?)(await _site.Admin.ReadAsync("/workflow-definitions/validation/is-name-unique?name=Workflow%207"))["isUnique"], Is.False);

        var saved = (await _site.Admin.SaveAsync(created.With("query", "SqlQuery", ("connectionId", "own"), ("sql", "SELECT '{{ ds }}' AS day"))))["workflowDefinition"]!.AsObject();
        Assert.That(File.Exists(_site.PathOf("workflow_7")), Is.False, "a draft is no file");
        Assert.That((string?)saved["root"]!["activities"]![1]!["nodeId"], Is.EqualTo("Workflow1:flow1:query"));

        var published = await _site.Admin.SaveAsync(saved, publish: true);
        Assert.That(((bool?)published["workflowDefinition"]!["isPublished"], (bool?)published["alreadyPublished"]), Is.EqualTo((true, false)));
        Assert.That(await File.ReadAllTextAsync(_site.PathOf("workflow_7")), Does.Contain("SELECT '{{ ds }}' AS day").And.Not.Contain("pipelinesDraft"));

        var list = await _site.Admin.ReadAsync("/workflow-definitions?versionOptions=Latest&Page=0&PageSize=10&SearchTerm=flow+7&IsSystem=False&OrderDirection=Ascending");
        Assert.That((list["items"]!.AsArray().Select(item => (string?)item!["definitionId"]), (int?)list["totalCount"], (string?)list["links"]![0]!["rel"]), Is.EqualTo((new[] { "workflow_7" }, 1, "bulk-publish")));

        var id = await _site.Admin.ExecuteAsync("workflow_7");
        var instance = await _site.EndAsync(id);
        Assert.That(((string?)instance["subStatus"], (int?)instance["incidentCount"]), Is.EqualTo(("Finished", 0)), instance.ToJsonString());
        var report = await _site.Admin.AskAsync("/activity-executions/report", new JsonObject { ["workflowInstanceId"] = id, ["activityNodeIds"] = new JsonArray("Workflow1:flow1:query", "Workflow1:flow1:dag") });
        var stats = report["stats"]!.AsArray().Single()!;
        Assert.That(((string?)stats["activityNodeId"], (int?)stats["startedCount"], (int?)stats["completedCount"], (bool?)stats["isFaulted"]), Is.EqualTo(("Workflow1:flow1:query", 1, 1, false)));
    }

    [Test]
    public async Task What_stands_against_publishing_comes_back_in_words_and_nothing_is_lost()
    {
        var created = await _site.Admin.CreateAsync("broken");
        var broken = created.With("a", "SqlQuery").With("b", "SqlQuery", ("sql", "SELECT 1")).Connect("a", "b").With("c", "BranchDateTime", ("targetLower", "25:00")).Connect("b", "a").Set("schedule", "99 * * * *");
        var words = await _site.Admin.RefusedAsync(HttpStatusCode.BadRequest, "/workflow-definitions", new JsonObject { ["model"] = broken.DeepClone(), ["publish"] = true });
        Assert.That(words, Does.Contain("DAG 'broken' was not published").And.Contain("Task 'a'").And.Contain("cycle").And.Contain("DAG settings: ").And.Contain("'25:00' but must be a time of the day"));
        Assert.That((await _site.Admin.ReadAsync("/workflow-definitions/by-definition-id/broken"))["root"]!["activities"]!.AsArray(), Has.Count.EqualTo(4));
    }

    [Test]
    public async Task A_file_that_changed_meanwhile_is_not_overwritten()
    {
        var dagId = await _site.Admin.PublishQueryAsync("contested", "SELECT 1");
        var shown = await _site.Admin.ReadAsync($"/workflow-definitions/by-definition-id/{dagId}");
        var theirs = (await File.ReadAllTextAsync(_site.PathOf(dagId))).Replace("SELECT 1", "SELECT 2", StringComparison.Ordinal);
        await File.WriteAllTextAsync(_site.PathOf(dagId), theirs);
        var mine = shown.With("mine", "SqlQuery", ("sql", "SELECT 3"));
        var words = await _site.Admin.RefusedAsync(HttpStatusCode.Conflict, "/workflow-definitions", new JsonObject { ["model"] = mine.DeepClone(), ["publish"] = true });
        Assert.That(words, Does.Contain("contested.json was changed"));
        Assert.That(await File.ReadAllTextAsync(_site.PathOf(dagId)), Is.EqualTo(theirs));
        Assert.That(await _site.Database.InTransactionAsync(tx => DagDraftTable.FindAsync(tx, dagId)), Is.Not.Null);
    }

    [Test]
    public async Task An_activity_of_an_unknown_type_is_shown_as_a_stand_in_and_comes_back_whole()
    {
        var file = JsonNode.Parse("""
            {"definitionId":"strange","name":"strange","root":{"id":"f","type":"Elsa.Flowchart","activities":[
              {"id":"dag","name":"dag","type":"Pipelines.Dag","version":1},
              {"id":"x","name":"x","type":"Vendor.Magic","version":3,"wand":{"expression":{"type":"Literal","value":"oak"}},"deep":{"a":[1,{"b":2}]}}],"connections":[]}}
            """)!.AsObject();
        var imported = await _site.Admin.AskAsync("/workflow-definitions/import", file);
        var standIn = imported["root"]!["activities"]![1]!.AsObject();
        Assert.That(((string?)standIn["type"], (string?)standIn["missingTypeName"]), Is.EqualTo(("Elsa.NotFoundActivity", "Vendor.Magic")));
        standIn["metadata"] = JsonNode.Parse("""{"designer":{"position":{"x":40,"y":60}}}""");
        await _site.Admin.SaveAsync(imported);

        var exported = JsonNode.Parse(await _site.Admin.GetStringAsync("/elsa/api/workflow-definitions/strange/export?versionOptions=1&includeConsumingWorkflows=False"))!;
        var original = exported["root"]!["activities"]!.AsArray().Single(activity => (string?)activity!["id"] == "x")!;
        Assert.That(((string?)original["type"], (int?)original["version"], (string?)original["wand"]!["expression"]!["value"], (int?)original["deep"]!["a"]![1]!["b"], (int?)original["metadata"]!["designer"]!["position"]!["x"]),
            Is.EqualTo(("Vendor.Magic", 3, "oak", 2, 40)));
    }

    [Test]
    public async Task A_group_that_comes_with_an_import_can_be_looked_into_and_is_refused_when_published()
    {
        var imported = await _site.Admin.AskAsync("/workflow-definitions/import", JsonNode.Parse("""
            {"definitionId":"grouped","name":"grouped","root":{"id":"f","type":"Elsa.Flowchart","activities":[
              {"id":"dag","name":"dag","type":"Pipelines.Dag","version":1},
              {"id":"g","name":"group","type":"Elsa.Flowchart","version":1,"activities":[{"id":"x","name":"inner","type":"SqlQuery","version":1}],"connections":[]}],"connections":[]}}
            """));
        var way = await _site.Admin.ReadAsync($"/workflow-definitions/subgraph/segments/{imported["id"]}?childNodeId=Workflow1:f:g:x");
        Assert.That(way["pathSegments"]!.AsArray().Select(segment => (string?)segment!["activityNodeId"]), Is.EqualTo(new[] { "Workflow1:f", "Workflow1:f:g" }));
        Assert.That(((string?)way["container"]!["nodeId"], (string?)way["childNode"]!["activity"]!["name"]), Is.EqualTo(("Workflow1:f:g", "inner")));
        var inside = await _site.Admin.ReadAsync($"/workflow-definitions/subgraph/{imported["id"]}?parentNodeId=Workflow1:f:g");
        Assert.That(inside["children"]!.AsArray().Select(child => (string?)child!["nodeId"]), Is.EqualTo(new[] { "Workflow1:f:g:x" }));
        Assert.That(await _site.Admin.RefusedAsync(HttpStatusCode.BadRequest, "/workflow-definitions/grouped/publish"), Does.Contain("group"));
    }

    [Test]
    public async Task A_save_that_would_empty_a_graph_is_refused()
    {
        var dagId = await _site.Admin.PublishQueryAsync("full", "SELECT 1");
        var shown = await _site.Admin.ReadAsync($"/workflow-definitions/by-definition-id/{dagId}");
        shown["root"]!["activities"] = new JsonArray();
        Assert.That(await _site.Admin.RefusedAsync(HttpStatusCode.BadRequest, "/workflow-definitions", new JsonObject { ["model"] = shown.DeepClone() }), Does.Contain("2 activities"));
    }

    [Test]
    public async Task Sql_is_shown_as_a_template_and_stored_as_one_only_when_it_is_one()
    {
        var created = await _site.Admin.CreateAsync("sql kinds");
        await _site.Admin.SaveAsync(created.With("plain", "SqlQuery", ("sql", "SELECT 1")).With("template", "SqlQuery", ("sql", "SELECT '{{ ds }}'")).With("empty", "SqlQuery"));
        var shown = await _site.Admin.ReadAsync("/workflow-definitions/by-definition-id/sql_kinds");
        Assert.That(shown["root"]!["activities"]!.AsArray().Skip(1).Select(activity => (string?)activity!["sql"]!["expression"]!["type"]), Is.All.EqualTo("Jinja"));

        await _site.Admin.SaveAsync(shown);
        var file = JsonNode.Parse(await _site.Admin.GetStringAsync("/elsa/api/workflow-definitions/sql_kinds/export?versionOptions=Latest"))!["root"]!["activities"]!.AsArray();
        Assert.That(file.Skip(1).Select(activity => ((string?)activity!["name"], (string?)activity["sql"]?["expression"]?["type"])),
            Is.EquivalentTo(new[] { ("plain", "Literal"), ("template", "Jinja"), ("empty", (string?)null) }));
    }

    [Test]
    public async Task Names_of_any_kind_stay_text([Values("<script>alert(1)</script>", "🙂 ünïcode \"quotes\" & <b>", "")] string name)
    {
        var title = name.Length > 0 ? name : new string('x', 500);
        var created = await _site.Admin.CreateAsync(title);
        var dagId = (string)created["definitionId"]!;
        Assert.That(dagId, Does.Match("^[a-z0-9._-]{1,250}$"));
        var raw = await _site.Admin.GetAsync($"/elsa/api/workflow-definitions/by-definition-id/{dagId}");
        Assert.That(raw.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/json"));
        Assert.That((string?)JsonNode.Parse(await raw.Content.ReadAsStringAsync())!["name"], Is.EqualTo(title));
        Assert.That(await raw.Content.ReadAsStringAsync(), Does.Not.Contain("<script"));
        await _site.Admin.SaveAsync(created.With("query", "SqlQuery", ("connectionId", "own"), ("sql", "SELECT 1")), publish: true);
        var list = await _site.Admin.ReadAsync($"/workflow-definitions?versionOptions=Published&DefinitionIds={dagId}");
        Assert.That((string?)list["items"]![0]!["name"], Is.EqualTo(title));
    }

    [Test]
    public async Task A_duplicate_is_a_dag_of_its_own()
    {
        var dagId = await _site.Admin.PublishQueryAsync("original", "SELECT 1");
        var copy = await _site.Admin.ReadAsync($"/workflow-definitions/by-definition-id/{dagId}");
        (copy["id"], copy["definitionId"], copy["name"]) = (null, null, "original copy");
        var saved = await _site.Admin.SaveAsync(copy, publish: true);
        Assert.That((string?)saved["workflowDefinition"]!["definitionId"], Is.EqualTo("original_copy"));
        Assert.That(File.Exists(_site.PathOf("original_copy")), Is.True);
    }

    [Test]
    public async Task The_bulk_menu_publishes_pauses_exports_and_deletes_and_tells_what_it_could_not()
    {
        var dagId = await _site.Admin.PublishQueryAsync("bulk good", "SELECT 1");
        await _site.Admin.CreateAsync("bulk bad");
        var both = new JsonObject { ["definitionIds"] = new JsonArray(dagId, "bulk_bad", "bulk_gone") };
        Assert.That(await _site.Admin.RefusedAsync(HttpStatusCode.Conflict, "/bulk-actions/publish/workflow-definitions/by-definition-ids", both), Does.Contain("bulk_bad").And.Contain("no tasks"));

        var one = new JsonObject { ["definitionIds"] = new JsonArray(dagId, "bulk_gone") };
        var unpaused = await _site.Admin.ExecuteAsync(dagId);
        await _site.EndAsync(unpaused);
        var retracted = await _site.Admin.AskAsync("/bulk-actions/retract/workflow-definitions/by-definition-ids", one);
        Assert.That((retracted["retracted"]!.ToJsonString(), retracted["notFound"]!.ToJsonString()), Is.EqualTo(($"[\"{dagId}\"]", "[\"bulk_gone\"]")));
        Assert.That((await _site.Database.InTransactionAsync(tx => DagTable.FindAsync(tx, dagId)))!.IsPaused, Is.True);

        var list = await _site.Admin.ReadAsync($"/workflow-definitions?versionOptions=Latest&DefinitionIds={dagId}&DefinitionIds=bulk_bad");
        var zip = await _site.Admin.SendAsync("/bulk-actions/export/workflow-definitions", new JsonObject { ["ids"] = new JsonArray([.. list["items"]!.AsArray().Select(item => (JsonNode)(string)item!["id"]!)]) });
        using var archive = new ZipArchive(await zip.Content.ReadAsStreamAsync());
        Assert.That(archive.Entries.Select(entry => entry.FullName), Is.EquivalentTo(new[] { $"{dagId}.json", "bulk_bad.json" }));

        Assert.That((int?)(await _site.Admin.AskAsync("/bulk-actions/delete/workflow-definitions/by-definition-id", one))["deleted"], Is.EqualTo(1));
        Assert.That(File.Exists(_site.PathOf(dagId)), Is.False);
    }

    [Test]
    public async Task Unpublishing_pauses_and_says_so()
    {
        var dagId = await _site.Admin.PublishQueryAsync("to pause", "SELECT 1");
        await _site.EndAsync(await _site.Admin.ExecuteAsync(dagId));
        var answer = await _site.Admin.SendAsync($"/workflow-definitions/{dagId}/retract");
        Assert.That(Uri.UnescapeDataString(answer.Headers.GetValues("x-pipelines-notice").Single()), Does.Contain("is paused now"));
        Assert.That(File.Exists(_site.PathOf(dagId)), Is.True);
    }
}
