using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Model.Connections;
using Pipelines.Model.Runs;

namespace Pipelines.IntegrationTests.Studio;

/// <summary>The picker, and the choices that the server finds for an input.</summary>
public class OptionTests
{
    private StudioSite _site = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _site = await StudioSite.StartAsync();
        await _site.Sql.ExecuteAsync("CREATE TABLE orders (id bigint, placed_at timestamptz, \"Odd <name>\" text)");
        await _site.Get<AddConnection>().ExecuteAsync(ConnectionUri.Parse("warehouse", _site.Sql.Uri.Replace("postgres://", "redshift://", StringComparison.Ordinal)), new Actor("test", RunTriggeredBy.Cli), CancellationToken.None);
        await _site.Get<AddConnection>().ExecuteAsync(ConnectionUri.Parse("away", "postgres://u:s3cret@127.0.0.1:1/none"), new Actor("test", RunTriggeredBy.Cli), CancellationToken.None);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [Test]
    public async Task Every_activity_is_in_the_picker_with_its_task_settings()
    {
        var all = (await _site.Admin.ReadAsync("/descriptors/activities?Refresh=True"))["items"]!.AsArray();
        Assert.That(all.Where(item => (bool?)item!["isBrowsable"] == true).Select(item => (string?)item!["typeName"]), Is.EquivalentTo(new[] { "Elsa.Flowchart", "Pipelines.Dag", "ExtractToS3", "CopyToRedshift", "SqlQuery", "Reconcile", "Empty", "Branch", "ShortCircuit", "LatestOnly", "Bash", "Python", "Http", "Email",
            "BranchPython", "ShortCircuitPython", "BranchSql", "BranchDateTime", "BranchDayOfWeek", "Hitl", "Approval", "HitlBranch", "HitlEntry", "TriggerDagRun",
            "DateTimeSensor", "TimeDeltaSensor", "TimeSensor", "DayOfWeekSensor", "FileSensor", "SqlSensor", "S3KeySensor", "HttpSensor", "ExternalTaskSensor" }));
        Assert.That(all.Select(item => (string?)item!["typeName"]), Does.Contain("Elsa.Flowchart").And.Contain("Elsa.NotFoundActivity"), "Studio's canvas needs both");
        string?[] Ports(string type) => [.. all.Single(item => (string?)item!["typeName"] == type)!["ports"]!.AsArray().Select(port => (string?)port!["name"])];
        Assert.That((Ports("Branch"), Ports("ShortCircuit")), Is.EqualTo((new[] { "True", "False", "Done" }, new[] { "Done" })));
        var query = all.Single(item => (string?)item!["typeName"] == "SqlQuery")!["inputs"]!.AsArray();
        Assert.That(query.Select(input => (string?)input!["category"]).Distinct(), Is.EqualTo(new[] { null, "Task", "Callbacks" }));
        Assert.That(all.SelectMany(item => item!["inputs"]!.AsArray()).Select(input => (string?)input!["uiHint"]), Does.Not.Contain("code-editor"), "Studio's shows a template as empty and drops it");
    }

    [Test]
    public async Task Connections_of_the_fitting_types_are_offered_and_what_is_set_stays()
    {
        Assert.That(await OptionsAsync("ExtractToS3", "connectionId", ("connectionId", "Literal", "not_there_yet")), Is.EqualTo(new[] { "away", "own", "not_there_yet" }));
        Assert.That(await OptionsAsync("CopyToRedshift", "connectionId"), Is.EqualTo(new[] { "warehouse", "redshift_default" }), "its default");
    }

    [Test]
    public async Task Tables_and_columns_come_from_the_database_of_the_chosen_connection()
    {
        Assert.That(await OptionsAsync("ExtractToS3", "table", ("connectionId", "Literal", "own"), ("table", "Literal", "gone.table")), Does.Contain("public.orders").And.Contain("gone.table"));
        Assert.That(await OptionsAsync("ExtractToS3", "intervalColumn", ("connectionId", "Literal", "own"), ("table", "Literal", "public.orders")), Is.EqualTo(new[] { "id", "placed_at", "Odd <name>" }));
        Assert.That(await OptionsAsync("ExtractToS3", "columns", ("connectionId", "Literal", "own"), ("table", "Literal", "orders"), ("columns", "Object", """["id","dropped"]""")),
            Is.EqualTo(new[] { "id", "placed_at", "Odd <name>", "dropped" }), "a checklist drops what it does not show");
    }

    [Test]
    public async Task A_load_offers_the_tables_and_columns_of_its_target_and_keeps_what_is_set()
    {
        Assert.That(await OptionsAsync("CopyToRedshift", "table", ("connectionId", "Literal", "warehouse"), ("table", "Literal", "dw.not_there_yet")), Does.Contain("public.orders").And.Contain("dw.not_there_yet"));
        foreach (var input in (string[])["intervalColumn", "distKey", "sortKey"])
        {
            Assert.That(await OptionsAsync("CopyToRedshift", input, ("connectionId", "Literal", "warehouse"), ("table", "Literal", "public.orders"), (input, "Literal", "placed_at, id")),
                Is.EqualTo(new[] { "id", "placed_at", "Odd <name>", "placed_at, id" }), input);
        }
        var missing = (await AskAsync("CopyToRedshift", "distKey", ("connectionId", "Literal", "warehouse"), ("table", "Literal", "dw.not_there_yet")))["items"]!["dropdown"]!["selectList"]!["items"]![0]!;
        Assert.That((string?)missing["value"], Is.Empty);
        Assert.That((string?)missing["text"], Does.Contain("dw.not_there_yet").And.Contain("not there"));
    }

    [TestCase("key")]
    [TestCase("AUTO")]
    [TestCase("")]
    public async Task Dist_styles_are_offered_and_a_file_that_spells_one_otherwise_keeps_it(string set)
    {
        var offered = new[] { "AUTO", "EVEN", "ALL", "KEY" };
        Assert.That(await OptionsAsync("CopyToRedshift", "distStyle", ("distStyle", "Literal", set)), Is.EqualTo(offered.Union(set.Length > 0 ? [set] : [])));
        var dagId = $"dist_{(set.Length > 0 ? set : "none").ToLowerInvariant()}";
        var draft = await _site.Admin.CreateAsync(dagId);
        await _site.Admin.SaveAsync(draft.With("load", "CopyToRedshift", ("table", "dw.t"), ("manifest", "s3://b/m"), ("distStyle", set)), publish: true);
        Assert.That(await File.ReadAllTextAsync(_site.PathOf(dagId)), set.Length > 0 ? Does.Contain($"\"{set}\"") : Does.Not.Contain("distStyle"));
    }

    [TestCase("away", "(")]
    [TestCase("nowhere", "There is no connection 'nowhere' yet")]
    public async Task A_database_that_does_not_answer_is_a_hint_and_no_error(string connection, string hint)
    {
        var answer = await AskAsync("ExtractToS3", "table", ("connectionId", "Literal", connection), ("table", "Literal", "public.kept"));
        var items = answer["items"]!["dropdown"]!["selectList"]!["items"]!.AsArray();
        Assert.That(items.Select(item => (string?)item!["value"]), Is.EqualTo(new[] { "", "public.kept" }));
        Assert.That((string?)items[0]!["text"], Does.Contain(hint).And.Not.Contain("s3cret"));
        Assert.That((bool?)answer["items"]!["Refresh"], Is.True, "Studio asks again next time");
    }

    [Test]
    public async Task Who_only_looks_sees_what_is_set_and_asks_no_database()
    {
        var viewer = await _site.NewPersonAsync("vera", "viewer");
        var context = JsonNode.Parse("""{"connectionId":{"expression":{"type":"Literal","value":"own"}},"table":{"expression":{"type":"Literal","value":"public.kept"}}}""")!;
        var answer = await viewer.AskAsync("/descriptors/activities/ExtractToS3/options/table", new JsonObject { ["context"] = context });
        Assert.That(answer["items"]!["dropdown"]!["selectList"]!["items"]!.AsArray().Select(item => (string?)item!["value"]), Is.EqualTo(new[] { "public.kept" }));
    }

    [Test]
    public async Task Of_an_expression_nothing_is_asked() =>
        Assert.That(await OptionsAsync("ExtractToS3", "table", ("connectionId", "Jinja", "{{ var.value.x }}")), Is.EqualTo(new[] { "" }));

    [Test]
    public async Task The_constant_lists_are_there()
    {
        foreach (var path in (string[])["workflow-activation-strategies", "log-persistence-strategies", "incident-strategies", "commit-strategies/workflows", "commit-strategies/activities"])
            Assert.That((int?)(await _site.Admin.ReadAsync($"/descriptors/{path}"))["count"], Is.Zero);
        var syntaxes = (await _site.Admin.ReadAsync("/descriptors/expression-descriptors"))["items"]!.AsArray();
        Assert.That(syntaxes.Select(item => ((string?)item!["type"], (string?)item["properties"]!["MonacoLanguage"])),
            Is.EqualTo(new[] { ("Literal", null), ("Object", null), ("Jinja", "sql"), ("JavaScript", "javascript") }), "without a language Studio shows no editor");
        Assert.That((string?)(await _site.Admin.ReadAsync("/features/installed/Elsa.RealTimeWorkflowUpdates"))["name"], Is.EqualTo("RealTimeWorkflowUpdates"));
        var types = await (await _site.Admin.SendAsync("/scripting/javascript/type-definitions/any")).Content.ReadAsStringAsync();
        Assert.That(types, Does.Contain("declare const ds: string"));
    }

    private async Task<IEnumerable<string?>> OptionsAsync(string type, string input, params (string Name, string Syntax, string Value)[] values)
    {
        var answer = (await AskAsync(type, input, values))["items"]!;
        var list = answer["dropdown"]?["selectList"] ?? answer["checklist"]!["checkList"]!;
        return list["items"]!.AsArray().Select(item => (string?)item!["value"]);
    }

    private Task<JsonObject> AskAsync(string type, string input, params (string Name, string Syntax, string Value)[] values) => _site.Admin.AskAsync($"/descriptors/activities/{type}/options/{input}", new JsonObject
    {
        ["context"] = new JsonObject(values.Select(value => KeyValuePair.Create(value.Name, (JsonNode?)new JsonObject { ["expression"] = new JsonObject { ["type"] = value.Syntax, ["value"] = value.Value } }))),
    });
}
