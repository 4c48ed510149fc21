using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Assets;
using Pipelines.TestKit;
using Python = Pipelines.Activities.Python;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>What Python code reads and says of assets (airflow-semantics.md §17).</summary>
public sealed class PythonAssetTests
{
    private static readonly Asset Orders = new("orders", "s3://lake/orders") { Extra = new JsonObject { ["owner"] = "sales" } };

    private ActivityEnvironment _attempt = null!;

    [SetUp]
    public void NewAttempt()
    {
        Need.Tool("python3");
        _attempt = new ActivityEnvironment { Inlets = new AssetUse([Orders], ["daily"]), Outlets = new AssetUse([Orders, new Asset("leads", "leads")], ["daily"]) };
    }

    private async Task<Outcome.Succeeded> RunAsync(string code) => (Outcome.Succeeded)await _attempt.RunAsync(new Python(), DataPath.Inputs(("code", code)));

    private static JsonObject Event(int rows) => new()
    {
        ["asset"] = new JsonObject { ["name"] = "orders", ["uri"] = "s3://lake/orders" },
        ["extra"] = new JsonObject { ["rows"] = rows },
        ["timestamp"] = $"2026-01-0{rows}T00:00:00.000000+00:00",
        ["source_dag_id"] = "p",
    };

    [TestCase("inlet_events[0]")]
    [TestCase("inlet_events[inlets[0]]")]
    [TestCase("context['inlet_events']['s3://lake/orders']")]
    [TestCase("inlet_events.for_asset(name='orders')")]
    [TestCase("inlet_events[__import__('sys').modules['airflow.sdk'].Asset('orders', 's3://lake/orders')]")]
    public async Task Events_of_an_inlet_are_read(string events)
    {
        List<AssetEventQuery> asked = [];
        _attempt.Events = query =>
        {
            asked.Add(query);
            return [Event(1), Event(2)];
        };
        var outcome = await RunAsync($"found = {events}\nlast = found[-1]\nreturn [len(found), last.extra['rows'], last.timestamp.day, last.asset.uri, last.source_dag_id]");
        Assert.That(outcome.ReturnValue!.ToJsonString(), Is.EqualTo("""[2,2,2,"s3://lake/orders","p"]"""));
        Assert.That(asked, Is.EqualTo(new[] { new AssetEventQuery(Orders.Key, null) }));
    }

    [Test]
    public async Task They_are_narrowed_as_Airflow_does()
    {
        AssetEventQuery? asked = null;
        _attempt.Events = query =>
        {
            asked = query;
            return [];
        };
        await RunAsync("import datetime\nfrom airflow.sdk import AssetAlias\nreturn list(inlet_events[AssetAlias('daily')].after('2026-01-01').before(datetime.datetime(2026, 2, 1)).ascending(False).limit(5))");
        var day = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.That(asked, Is.EqualTo(new AssetEventQuery(null, "daily") { After = day, Before = day.AddMonths(1), IsAscending = false, Limit = 5 }));
    }

    [TestCase("inlet_events['sales']", "none of the task's inlets")]
    [TestCase("inlet_events[0].after('soon')[0]", "'soon' is no moment")]
    [TestCase("outlet_events['orders'].extra['x'] = object()", "cannot be stored")]
    [TestCase("outlet_events['daily'].add('grün')", "ASCII")]
    public async Task What_makes_no_sense_is_told(string code, string words) =>
        Assert.That((await DataPath.FailAsync(() => RunAsync(code))).Message, Does.Contain(words));

    [Test]
    public async Task The_triggering_events_are_there_by_asset()
    {
        _attempt.TriggeringEvents = new JsonObject { ["s3://lake/orders"] = new JsonArray(Event(3)) };
        var outcome = await RunAsync("return [[asset.name, events[0].extra['rows']] for asset, events in triggering_asset_events.items()] + [len(triggering_asset_events['orders'])]");
        Assert.That(outcome.ReturnValue!.ToJsonString(), Is.EqualTo("""[["orders",3],1]"""));
    }

    [Test]
    public async Task What_it_says_of_its_outlets_goes_with_their_events()
    {
        var outcome = await RunAsync(
            """
            from airflow.sdk import Asset, AssetAlias
            outlet_events[outlets[0]].extra["rows"] = 7
            outlet_events["leads"].extra
            outlet_events[AssetAlias("daily")].add(Asset("s3://lake/day=1", extra={"kind": "day"}), {"rows": 1})
            outlet_events["daily"].add("s3://lake/day=2")
            """);
        Assert.That(outcome.AssetUpdates.Select(update => $"{update.Alias}|{update.Asset.Uri}|{update.Asset.Extra.ToJsonString()}|{update.Extra.ToJsonString()}"), Is.EqualTo(new[]
        {
            """|s3://lake/orders|{"owner":"sales"}|{"rows":7}""", """daily|s3://lake/day=1|{"kind":"day"}|{"rows":1}""", "daily|s3://lake/day=2|{}|{}",
        }));
    }
}
