using NUnit.Framework;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Pipelines.TestKit;

/// <summary>A map of a YAML file, asked by path: <c>spec/template/spec</c>, a slash within a key as <c>~</c>. A part that is absent fails the test with its path.</summary>
public sealed class YamlMap(IDictionary<object, object?> map, string path)
{
    public IEnumerable<string> Keys => map.Keys.Select(key => (string)key);

    /// <summary>A whole document, its anchors and merges carried out.</summary>
    public static YamlMap Read(string text, string name = "")
    {
        var parser = new MergingParser(new Parser(new StringReader(text)));
        return new((IDictionary<object, object?>)new DeserializerBuilder().Build().Deserialize<object>(parser)!, name);
    }

    public bool Has(string key) => Find(key) is not null;

    public YamlMap Map(string key) => Find(key) is IDictionary<object, object?> found ? new(found, $"{path}/{key}") : throw Missing(key);

    public string Text(string key) => Find(key) as string ?? throw Missing(key);

    public IReadOnlyList<string> Texts(string key) => [.. List(key).Select(item => (string)item!)];

    public IReadOnlyList<YamlMap> Maps(string key) => [.. List(key).Select((item, index) => new YamlMap((IDictionary<object, object?>)item!, $"{path}/{key}[{index}]"))];

    public override string ToString() => path;

    private List<object?> List(string key) => Find(key) as List<object?> ?? throw Missing(key);

    private object? Find(string key) => key.Split('/').Aggregate((object?)map, (at, part) => (at as IDictionary<object, object?>)?.TryGetValue(part.Replace('~', '/'), out var value) == true ? value : null);

    private AssertionException Missing(string key) => new($"{path} has no {key}, or it is of another kind");
}
