using System.Text.Json.Nodes;
using Pipelines.Model.Assets;
using Pipelines.Model.Templates;

namespace Pipelines.UnitTests.Templates;

/// <summary>What templates see of assets (airflow-semantics.md §17, §22).</summary>
public class AssetNameTests
{
    private static readonly Asset Orders = new("orders", "s3://lake/orders") { Extra = new JsonObject { ["owner"] = "sales" } };
    private static readonly AssetUse Use = new([Orders], ["daily"]);

    private static string Render(string template, Func<AssetEventQuery, JsonArray>? events = null)
    {
        var context = TemplateCase.Context();
        return JinjaTemplate.Parse(template).Render(context with
        {
            Task = context.Task with { Inlets = Use, Outlets = Use },
            Lookups = context.Lookups with { AssetEvents = events ?? Events, TriggeringAssetEvents = () => new JsonObject { [Orders.Uri] = Events(new(Orders.Key, null)) } },
        });
    }

    private static JsonArray Events(AssetEventQuery query) => [.. Enumerable.Range(1, 2).Select(day => new JsonObject
    {
        ["asset"] = new JsonObject { ["name"] = query.Asset?.Name, ["uri"] = query.Asset?.Uri },
        ["extra"] = new JsonObject { ["rows"] = day },
        ["timestamp"] = $"2026-01-0{day}T12:00:00.000000+00:00",
    })];

    [TestCase("{{ inlets[0].uri }} {{ outlets[0].extra.owner }} {{ inlets[1].name }}", "s3://lake/orders sales daily")]
    [TestCase("{{ inlets }}", "[Asset(name='orders', uri='s3://lake/orders'), AssetAlias(name='daily')]")]
    [TestCase("{{ inlet_events[0][-1].extra.rows }} {{ inlet_events[inlets[0]] | length }} {{ inlet_events['orders'][0].timestamp | ds }}", "2 2 2026-01-01")]
    [TestCase("{{ inlet_events['s3://lake/orders'][0].asset.name }} {{ inlet_events.for_asset(uri='s3://lake/orders')[1].extra.rows }} {{ inlet_events.for_asset_alias(name='daily')[0].asset.name }}", "orders 2 None")]
    [TestCase("{{ triggering_asset_events['s3://lake/orders'][1].timestamp.day }} {% for uri, events in triggering_asset_events.items() %}{{ uri }} {{ events | length }}{% endfor %}", "2 s3://lake/orders 2")]
    [TestCase("{{ outlet_events['orders'].extra }} {{ outlet_events[0].key.name }}", "{} orders")]
    public void They_are_there_by_Airflows_names(string template, string text) => Assert.That(Render(template), Is.EqualTo(text));

    [Test]
    public void Events_are_narrowed_as_Airflow_does()
    {
        AssetEventQuery? asked = null;
        Render("{{ inlet_events[-1].after('2026-01-01').before(logical_date).ascending(False).limit(3) }}", query =>
        {
            asked = query;
            return [];
        });
        Assert.That(asked, Is.EqualTo(new AssetEventQuery(null, "daily") { After = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), Before = TemplateCase.Logical, IsAscending = false, Limit = 3 }));
    }

    [TestCase("{{ inlet_events['sales'][0] }}", "'sales' is none of the assets that the task names in 'inlets'. Add it there.")]
    [TestCase("{{ inlet_events[7][0] }}", "none of the assets")]
    [TestCase("{{ outlet_events.orders.extra }}", "'outlet_events' has no attribute 'orders'.")]
    [TestCase("{{ inlet_events[0].after(3) }}", "is no moment")]
    public void What_is_no_inlet_is_told(string template, string words) => Assert.That(() => Render(template), Throws.InstanceOf<TemplateException>().With.Message.Contains(words));
}
