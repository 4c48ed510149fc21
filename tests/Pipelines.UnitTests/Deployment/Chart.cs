using System.Text;
using System.Text.RegularExpressions;
using Pipelines.TestKit;
using YamlDotNet.Serialization;

namespace Pipelines.UnitTests.Deployment;

/// <summary>
/// Renders <c>src/deploy/helm</c> without helm: the part of Go's templates that the chart uses, and no more. What it gave was the same
/// as what helm 3.8 gave when it was written.
/// </summary>
internal sealed partial class Chart
{
    private const string NotesFile = "NOTES.txt";

    private static readonly IDeserializer Yaml = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();

    private readonly Dictionary<string, List<TemplateNode>> _named = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<TemplateNode>> _files = new(StringComparer.Ordinal);

    private Chart()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder, "templates")).Order(StringComparer.Ordinal))
        {
            var nodes = TemplateNode.Parse(File.ReadAllText(file));
            foreach (var define in nodes.Where(node => node.Verb == "define")) _named[define.Argument.Trim('"')] = define.Body;
            if (!file.EndsWith(".tpl", StringComparison.Ordinal)) _files[Path.GetFileName(file)] = nodes;
        }
    }

    public static string Folder { get; } = Path.Combine(Product.Root, "src", "deploy", "helm");

    /// <summary>The values as they are in the chart.</summary>
    public static IDictionary<object, object?> Values() => (IDictionary<object, object?>)Yaml.Deserialize<object>(File.ReadAllText(Path.Combine(Folder, "values.yaml")))!;

    /// <summary>The objects that would be given to Kubernetes.</summary>
    public static IReadOnlyList<YamlMap> Render(IDictionary<object, object?> values) => new Chart().Documents(values).ToList();

    /// <summary>What helm tells after an installation.</summary>
    public static string Notes(IDictionary<object, object?> values)
    {
        var chart = new Chart();
        return chart.Write(chart._files[NotesFile], chart.Scope(values));
    }

    private IEnumerable<YamlMap> Documents(IDictionary<object, object?> values)
    {
        foreach (var (name, nodes) in _files.Where(file => file.Key != NotesFile))
        {
            var text = Write(nodes, Scope(values));
            foreach (var document in Separator().Split(text).Where(part => part.Trim().Length > 0)) yield return YamlMap.Read(document, name);
        }
    }

    private TemplateScope Scope(IDictionary<object, object?> values)
    {
        var chart = YamlMap.Read(File.ReadAllText(Path.Combine(Folder, "Chart.yaml")));
        var root = new Dictionary<object, object?>
        {
            ["Values"] = values,
            ["Release"] = new Dictionary<object, object?> { ["Name"] = "rel", ["Service"] = "Helm", ["Namespace"] = "default" },
            ["Chart"] = new Dictionary<object, object?> { ["Name"] = chart.Text("name"), ["Version"] = chart.Text("version"), ["AppVersion"] = chart.Text("appVersion") },
        };
        return new TemplateScope(root, new() { ["$"] = root }, Include);
    }

    private string Include(string name, object? dot) => Write(_named[name], new TemplateScope(dot, new() { ["$"] = dot }, Include));

    private string Write(List<TemplateNode> nodes, TemplateScope scope)
    {
        var text = new StringBuilder();
        foreach (var node in nodes) text.Append(Write(node, scope));
        return text.ToString();
    }

    private string Write(TemplateNode node, TemplateScope scope)
    {
        switch (node.Verb)
        {
            case "text": return node.Argument;
            case "define": return "";
            case "if": return Write(TemplateExpression.IsTrue(TemplateExpression.Value(node.Argument, scope)) ? node.Body : node.Else, scope);
            case "with":
                var value = TemplateExpression.Value(node.Argument, scope);
                return TemplateExpression.IsTrue(value) ? Write(node.Body, scope with { Dot = value }) : Write(node.Else, scope);
            case "range": return Repeat(node, scope);
            default:
                if (Assignment().Match(node.Argument) is not { Success: true } assignment) return TemplateExpression.Text(TemplateExpression.Value(node.Argument, scope));
                scope.Variables[assignment.Groups["name"].Value] = TemplateExpression.Value(assignment.Groups["value"].Value, scope);
                return "";
        }
    }

    private string Repeat(TemplateNode node, TemplateScope scope)
    {
        var match = Assignment().Match(node.Argument);
        var names = match.Success ? match.Groups["name"].Value.Split(',', StringSplitOptions.TrimEntries) : [];
        var over = TemplateExpression.Value(match.Success ? match.Groups["value"].Value : node.Argument, scope);
        IEnumerable<(object? Key, object? Value)> items = over is IDictionary<object, object?> map
            ? map.OrderBy(pair => (string)pair.Key, StringComparer.Ordinal).Select(pair => ((object?)pair.Key, pair.Value))
            : ((IEnumerable<object?>)over!).Select((item, index) => ((object?)(long)index, item));
        return string.Concat(items.Select(item =>
        {
            var inner = scope with { Dot = item.Value, Variables = new(scope.Variables) };
            if (names.Length > 0) inner.Variables[names[^1]] = item.Value;
            if (names.Length > 1) inner.Variables[names[0]] = item.Key;
            return Write(node.Body, inner);
        }));
    }

    [GeneratedRegex(@"^(?<name>\$\w+(\s*,\s*\$\w+)?)\s*:=\s*(?<value>.+)$")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"^---\s*$", RegexOptions.Multiline)]
    private static partial Regex Separator();
}
