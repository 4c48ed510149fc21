using System.Text.Json.Nodes;

namespace Pipelines.Model.Assets;

/// <summary>
/// Assets as DAG files write them: a text (name and URI in one), <c>{"name", "uri", "group", "extra", "watchers"}</c>, <c>{"alias"}</c>, and for
/// conditions <c>{"all": […]}</c>, <c>{"any": […]}</c> and a list, which is all of it.
/// </summary>
public static class AssetJson
{
    private const int Longest = 1500;
    private const string Forms = """an asset is a text such as "s3://lake/orders", {"name": "orders", "uri": "s3://lake/orders"} or {"alias": "orders"}""";

    private static readonly string[] Members = ["name", "uri", "group", "extra", "watchers"];

    /// <summary>What a DAG waits for.</summary>
    /// <exception cref="AssetException">It is none.</exception>
    public static AssetCondition Condition(JsonNode? node) => node switch
    {
        JsonArray list => new AssetCondition.All(Parts(list)),
        JsonObject { Count: 1 } tree when tree["all"] is JsonArray all => new AssetCondition.All(Parts(all)),
        JsonObject { Count: 1 } tree when tree["any"] is JsonArray any => new AssetCondition.Any(Parts(any)),
        _ when Alias(node) is { } alias => new AssetCondition.OfAlias(alias),
        _ => new AssetCondition.Single(Asset(node)),
    };

    /// <summary>What a task reads or updates: a list.</summary>
    /// <exception cref="AssetException">It is none.</exception>
    public static AssetUse Use(JsonNode? node)
    {
        if (node is not JsonArray list) throw new AssetException($"This must be a list of assets; {Forms}.");
        var aliases = list.Select(Alias).OfType<string>().Distinct(StringComparer.Ordinal);
        var assets = list.Where(item => Alias(item) is null).Select(Asset).DistinctBy(asset => asset.Key);
        return new AssetUse([.. assets.Select(asset => asset.Watchers.Count == 0 ? asset
            : throw new AssetException($"Asset '{asset.Name}' has watchers here, where nobody waits for it. Write them where a DAG does, in its 'assets'."))], [.. aliases]);
    }

    /// <summary>A condition in the one form that equal ones share.</summary>
    public static JsonNode Canonical(AssetCondition condition) => condition switch
    {
        AssetCondition.Single leaf => Canonical(leaf.Asset),
        AssetCondition.OfAlias leaf => new JsonObject { ["alias"] = leaf.Alias },
        AssetCondition.Several tree => new JsonObject { [tree is AssetCondition.All ? "all" : "any"] = List(tree.Parts.Select(Canonical)) },
        _ => throw new NotSupportedException($"{condition} is no condition of assets."),
    };

    /// <summary>As above, of what a task reads or updates.</summary>
    public static JsonNode Canonical(AssetUse use) => List([.. use.Assets.Select(Canonical), .. use.Aliases.Select(alias => new JsonObject { ["alias"] = alias })]);

    private static JsonArray List(IEnumerable<JsonNode> nodes) => new(nodes.ToArray<JsonNode?>());

    private static JsonNode Canonical(Asset asset)
    {
        var canonical = new JsonObject { ["name"] = asset.Name, ["uri"] = asset.Uri, ["group"] = asset.Group, ["extra"] = asset.Extra.DeepClone() };
        if (asset.Watchers.Count > 0) canonical["watchers"] = WatcherJson.Canonical(asset.Watchers);
        return canonical;
    }

    private static List<AssetCondition> Parts(JsonArray list) =>
        list.Count > 0 ? [.. list.Select(Condition)] : throw new AssetException("An empty list of assets would never hold. Name one asset or more, or leave the setting out.");

    private static string? Alias(JsonNode? node) => node is JsonObject { Count: 1 } alias && alias.ContainsKey("alias") ? Name(alias["alias"], "alias") : null;

    private static Asset Asset(JsonNode? node)
    {
        if (node is JsonValue text && text.TryGetValue(out string? both)) return new Asset(Checked(both, "name"), CheckedUri(both));
        if (node is not JsonObject asset || !(asset.ContainsKey("name") || asset.ContainsKey("uri"))) throw new AssetException($"{node?.ToJsonString() ?? "null"} is no asset: {Forms}.");
        if (asset.Select(member => member.Key).FirstOrDefault(name => !Members.Contains(name)) is { } unknown)
            throw new AssetException($"'{unknown}' is nothing that an asset has. It has {string.Join(", ", Members)}.");
        var name = Name(asset["name"] ?? asset["uri"], "name");
        return new Asset(name, CheckedUri(asset["uri"] is { } uri ? Name(uri, "uri") : name))
        {
            Watchers = WatcherJson.Read(asset["watchers"]),
            Group = asset["group"] is { } group ? Name(group, "group") : Assets.Asset.DefaultGroup,
            Extra = asset["extra"] switch
            {
                null => [],
                JsonObject extra => (JsonObject)extra.DeepClone(),
                _ => throw new AssetException("An asset's 'extra' must be a JSON object such as {\"owner\": \"sales\"}."),
            },
        };
    }

    private static string Name(JsonNode? node, string what) =>
        node is JsonValue value && value.TryGetValue(out string? text) ? Checked(text, what) : throw new AssetException($"The {what} of an asset must be a text; {Forms}.");

    private static string Checked(string text, string what) =>
        text.Trim().Length > 0 && text.Length <= Longest && text.All(char.IsAscii) && !text.Any(char.IsControl) ? text
            : throw new AssetException($"The {what} of an asset has 1 to {Longest} ASCII characters and is not blank; '{Activities.Excerpt.Of(text, 60)}' is not so.");

    // Airflow keeps the scheme for itself.
    private static string CheckedUri(string uri) => uri.StartsWith("airflow:", StringComparison.OrdinalIgnoreCase)
        ? throw new AssetException($"The URI '{Activities.Excerpt.Of(uri, 60)}' begins with 'airflow:', which is reserved. Choose another scheme.")
        : uri;
}
