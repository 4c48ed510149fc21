using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipelines.Model.Templates;

// A template sees these kinds of value and nothing else, so that no text of a user can reach into .NET:
// null (None), bool, long, double, string, TimeSpan, and the types below.

/// <summary>A Python list or tuple; never changed after it is made.</summary>
internal sealed class TemplateList(IReadOnlyList<object?> items, bool isTuple = false)
{
    public IReadOnlyList<object?> Items { get; } = items;

    public int Depth { get; } = Nesting.Above(items);

    public bool IsTuple { get; } = isTuple;

    /// <summary>What it can do beside what every list can; null: nothing.</summary>
    public IReadOnlyDictionary<string, TemplateFunction>? Methods { get; init; }
}

/// <summary>A Python dict; keeps the order of its keys.</summary>
internal sealed class TemplateDict(OrderedDictionary<object, object?> items)
{
    public OrderedDictionary<object, object?> Items { get; } = items;

    public int Depth { get; } = Nesting.Above(items.Values);
}

/// <summary>Bounds how deep lists and dicts nest, because everything that walks them does so by recursion.</summary>
internal static class Nesting
{
    private const int Deepest = 100;

    public static int Above(IEnumerable<object?> items)
    {
        var depth = 1 + items.Select(item => item switch { TemplateList list => list.Depth, TemplateDict dict => dict.Depth, _ => 0 }).DefaultIfEmpty().Max();
        return depth <= Deepest ? depth : throw new TemplateFault($"Lists and dicts are nested more than {Deepest} deep.");
    }
}

/// <summary>Something with named parts that are looked up when asked for.</summary>
/// <param name="name">How messages call it, e.g. <c>dag_run</c>.</param>
/// <param name="find">The part of a name, or an <see cref="Undefined"/>.</param>
internal sealed class TemplateObject(string name, Func<string, object?> find)
{
    public string Name { get; } = name;

    /// <summary>What it prints as.</summary>
    public string Text { get; init; } = $"<{name}>";

    /// <summary>What stands in brackets, where that is no part's name; null: only parts do.</summary>
    public Func<object?, object?>? At { get; init; }

    public object? Find(string part) => find(part);

    /// <summary>An object of fixed parts; a wrong name tells the near ones.</summary>
    public static TemplateObject Of(string name, IReadOnlyDictionary<string, Func<object?>> parts, string? text = null) =>
        new(name, part => parts.TryGetValue(part, out var value) ? value()
            : new Undefined($"'{name}' has no attribute '{part}'.{Dags.NearestName.Hint(part, parts.Keys)}"))
        {
            Text = text ?? $"<{name}>",
        };
}

/// <summary>A function that a template may call.</summary>
internal delegate object? TemplateFunction(Arguments arguments);

/// <summary>The result of a lookup that found nothing. Any use but <c>is defined</c> and <c>default</c> is an error, as with Jinja's StrictUndefined.</summary>
internal sealed record Undefined(string Message);

/// <summary>JSON to and from template values.</summary>
internal static class TemplateJson
{
    public static object? FromJson(JsonNode? node) => node switch
    {
        null => null,
        JsonObject members => new TemplateDict(new(members.Select(member => KeyValuePair.Create((object)member.Key, FromJson(member.Value))))),
        JsonArray items => new TemplateList(items.Select(FromJson).ToList()),
        _ => node.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number => Number(node.ToJsonString()),
            _ => node.GetValue<string>(),
        },
    };

    /// <summary>What a text holds as JSON, or the text itself when it is none.</summary>
    public static object? OfText(string? text)
    {
        try
        {
            return text is null ? null : FromJson(JsonNode.Parse(text));
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private static object Number(string text)
    {
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        if (long.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, culture, out var integer)) return integer;
        if (text.AsSpan().IndexOfAny('.', 'e', 'E') < 0) throw new TemplateFault($"The number {text} is too large for a template. Write it as a text.");
        return double.Parse(text, culture);
    }

    public static JsonNode? ToJson(object? value) => value switch
    {
        null => null,
        bool flag => flag,
        long number => number,
        double number when double.IsFinite(number) => number,
        string text => text,
        TemplateList list => new JsonArray(list.Items.Select(ToJson).ToArray()),
        TemplateDict dict => new JsonObject(dict.Items.Select(item => KeyValuePair.Create(PythonText.Str(item.Key), ToJson(item.Value)))),
        TemplateDate date => date.IsoFormat('T'),
        _ => throw new TemplateFault($"A {PythonText.TypeName(value)} cannot be written as JSON."),
    };
}
