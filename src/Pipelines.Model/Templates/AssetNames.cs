using System.Globalization;
using System.Text.Json.Nodes;
using Pipelines.Model.Assets;

namespace Pipelines.Model.Templates;

/// <summary>What a template sees of assets (airflow-semantics.md §17): inlets, outlets, and events of them.</summary>
internal sealed class AssetNames(TemplateContext context)
{
    public TemplateList Inlets => List(context.Task.Inlets);

    public TemplateList Outlets => List(context.Task.Outlets);

    /// <summary><c>inlet_events[inlets[0]]</c>, by a place, an asset, or its name or URI: a list of events, the oldest first.</summary>
    public TemplateObject InletEvents => Events("inlet_events", context.Task.Inlets, EventsOf);

    /// <summary>As Airflow: a template sees it before the task has said anything, so that every extra is empty.</summary>
    public TemplateObject OutletEvents => Events("outlet_events", context.Task.Outlets, of => TemplateObject.Of("outlet_events[…]", new Dictionary<string, Func<object?>>(StringComparer.Ordinal)
    {
        ["key"] = () => Object(of),
        ["extra"] = () => new TemplateDict([]),
    }));

    /// <summary>The updates that the run is about, by the URIs of their assets.</summary>
    public TemplateDict TriggeringEvents => new(new(context.Lookups.TriggeringAssetEvents()
        .Select(asset => KeyValuePair.Create((object)asset.Key, (object?)Event(asset.Value!.AsArray())))));

    private static TemplateList List(AssetUse use) => new([.. Of(use).Select(Object)]);

    private static IEnumerable<Ref> Of(AssetUse use) => [.. use.Assets.Select(asset => new Ref(asset, null)), .. use.Aliases.Select(alias => new Ref(null, alias))];

    private static TemplateObject Object(Ref of) => of.Asset is { } asset
        ? TemplateObject.Of("asset", new Dictionary<string, Func<object?>>(StringComparer.Ordinal)
        {
            ["name"] = () => asset.Name,
            ["uri"] = () => asset.Uri,
            ["group"] = () => asset.Group,
            ["extra"] = () => TemplateJson.FromJson(asset.Extra),
        }, $"Asset(name={PythonText.Repr(asset.Name)}, uri={PythonText.Repr(asset.Uri)})")
        : TemplateObject.Of("alias", new Dictionary<string, Func<object?>>(StringComparer.Ordinal) { ["name"] = () => of.Alias }, $"AssetAlias(name={PythonText.Repr(of.Alias)})");

    private static TemplateObject Events(string name, AssetUse use, Func<Ref, object?> of)
    {
        object? At(object? key) => Find(use, key) is { } found ? of(found)
            : new Undefined($"{PythonText.Repr(key)} is none of the assets that the task names in '{(name == "inlet_events" ? "inlets" : "outlets")}'. Add it there.");

        return new TemplateObject(name, part => part switch
        {
            "for_asset" => (TemplateFunction)(call =>
            {
                call.Expect("name", "uri");
                return At(call.Get("name", null) ?? call.Get("uri"));
            }),
            "for_asset_alias" => (TemplateFunction)(call => At(call.Expect("name").Get("name"))),
            _ => new Undefined($"'{name}' has no attribute '{part}'. Write {name}['the name of an asset']."),
        })
        { At = At };
    }

    private static Ref? Find(AssetUse use, object? key)
    {
        var all = Of(use).ToList();
        return key switch
        {
            long place => all.ElementAtOrDefault((int)Math.Clamp(place < 0 ? place + all.Count : place, -1, all.Count)),
            TemplateObject item when item.Find("uri") is string uri => all.Find(each => each.Asset is { } asset && asset.Uri == uri && asset.Name == item.Find("name") as string),
            TemplateObject item => item.Find("name") is string name ? all.Find(each => each.Alias == name) : null,
            string text => all.Find(each => each.Asset?.Name == text) ?? all.Find(each => each.Asset?.Uri == text || each.Alias == text),
            _ => null,
        };
    }

    private TemplateList EventsOf(Ref of) => EventsOf(new AssetEventQuery(of.Asset?.Key, of.Alias));

    private TemplateList EventsOf(AssetEventQuery query) => Event(context.Lookups.AssetEvents(query), new Dictionary<string, TemplateFunction>(StringComparer.Ordinal)
    {
        ["after"] = call => EventsOf(query with { After = Moment(call.Expect("after").Get("after")) }),
        ["before"] = call => EventsOf(query with { Before = Moment(call.Expect("before").Get("before")) }),
        ["ascending"] = call => EventsOf(query with { IsAscending = call.Expect("ascending").Flag("ascending", true) }),
        ["limit"] = call => EventsOf(query with { Limit = (int)Math.Clamp(call.Expect("limit").Integer("limit"), 0, AssetEventQuery.Most) }),
    });

    private static TemplateList Event(JsonArray events, IReadOnlyDictionary<string, TemplateFunction>? methods = null) => new([.. events.Select(each => Event(each!.AsObject()))]) { Methods = methods };

    private static TemplateDict Event(JsonObject one) => new(new(one.Select(part =>
        KeyValuePair.Create((object)part.Key, part.Key == "timestamp" ? TemplateDate.Parse(part.Value!.GetValue<string>()) : TemplateJson.FromJson(part.Value)))));

    private static DateTimeOffset Moment(object? value) => value switch
    {
        TemplateDate date => date.Instant,
        string text => TemplateDate.Parse(text).Instant,
        _ => throw new TemplateFault($"{PythonText.TypeName(value)} is no moment. Write a date, or a text in ISO 8601 such as '{DateTimeOffset.UnixEpoch.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}'."),
    };

    private sealed record Ref(Asset? Asset, string? Alias);
}
