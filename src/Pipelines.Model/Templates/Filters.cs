using System.Globalization;

namespace Pipelines.Model.Templates;

/// <summary>The filters of Jinja and Airflow. The first argument is the value before the bar.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, TemplateFunction> Own = new(StringComparer.Ordinal)
    {
        ["ds"] = call => Date(call).Date,
        ["ds_nodash"] = call => PythonClock.Format(Date(call), "%Y%m%d"),
        ["ts"] = call => Date(call).IsoFormat('T'),
        ["ts_nodash"] = call => PythonClock.Format(Date(call), "%Y%m%dT%H%M%S"),
        ["ts_nodash_with_tz"] = call => Date(call).IsoFormat('T').Replace("-", "", StringComparison.Ordinal).Replace(":", "", StringComparison.Ordinal),
        ["default"] = Default,
        ["d"] = Default,
        ["upper"] = call => Text(call).ToUpperInvariant(),
        ["lower"] = call => Text(call).ToLowerInvariant(),
        ["title"] = call => StringMethods.Title(Text(call)),
        ["capitalize"] = call => StringMethods.Capitalize(Text(call)),
        ["trim"] = call => Text(call).Trim(),
        ["replace"] = call => StringMethods.Replace(PythonText.Str(call.Expect("value", "old", "new", "count").Get("value")), call),
        ["format"] = call => PythonFormat.Percent(Text(call, onlyValue: false), call.Positional.Skip(1).ToList(), call.Run),
        ["join"] = Join,
        ["length"] = call => Length(call),
        ["count"] = call => Length(call),
        ["int"] = call => ToInteger(call.Expect("value", "default")),
        ["float"] = call => ToFloat(call.Expect("value", "default").Get("value")) ?? call.Get("default", 0.0),
        ["string"] = call => Text(call),
        ["tojson"] = call => SafeJson(call.Expect("value", "indent").Get("value"), call.Get("indent", null) is not null),
        ["first"] = call => Items(call) is [var first, ..] ? first : new Undefined("The list is empty and has no first item."),
        ["last"] = call => Items(call) is [.., var last] ? last : new Undefined("The list is empty and has no last item."),
        ["list"] = call => new TemplateList(Items(call)),
        ["reverse"] = call => call.Expect("value").Get("value") is string text ? new string(text.Reverse().ToArray()) : new TemplateList(Items(call).Reverse().ToList()),
        ["unique"] = call => new TemplateList(Items(call).DistinctBy(PythonText.Repr).ToList()),
        ["sort"] = Sort,
        ["min"] = call => Items(call).Order(ByValue).FirstOrDefault(new Undefined("The list is empty.")),
        ["max"] = call => Items(call).OrderDescending(ByValue).FirstOrDefault(new Undefined("The list is empty.")),
        ["sum"] = call => Items(call).Aggregate((object?)0L, (total, item) => Python.Binary("+", total, item, call.Run)),
        ["map"] = Map,
        ["items"] = call => call.Expect("value").Get("value") is TemplateDict dict ? Members.Pairs(dict, call.Run) : throw new TemplateFault("The filter 'items' needs a dict."),
        ["round"] = call => Round(call),
        ["abs"] = call => call.Expect("value").Get("value") switch
        {
            long and not long.MinValue and var number => (object)Math.Abs(number),
            double number => Math.Abs(number),
            var other => throw new TemplateFault($"The filter 'abs' needs a number, not {PythonText.TypeName(other)}."),
        },
    };

    /// <summary>All filters by name.</summary>
    public static IReadOnlyDictionary<string, TemplateFunction> All { get; } =
        Own.Concat(TextFilters.All).Concat(ListFilters.All).ToDictionary(filter => filter.Key, filter => filter.Value, StringComparer.Ordinal);

    private static Comparer<object?> ByValue { get; } = Comparer<object?>.Create(Python.Compare);

    private static TemplateDate Date(Arguments call) => call.Expect("value").Get("value") as TemplateDate
        ?? throw new TemplateFault($"The date filters need a date, not {PythonText.TypeName(call.Get("value"))}.");

    private static string Text(Arguments call, bool onlyValue = true)
    {
        var text = PythonText.Str(onlyValue ? call.Expect("value").Get("value") : call.Positional[0]);
        call.Run.Charge(text.Length);
        return text;
    }

    private static IReadOnlyList<object?> Items(Arguments call) => Python.Items(call.Positional[0], call.Run);

    private static object? Default(Arguments call)
    {
        call.Expect("value", "default_value", "boolean");
        var value = call.Get("value");
        return value is Undefined || (call.Flag("boolean", false) && !Python.Truth(value)) ? call.Get("default_value", "") : value;
    }

    private static string Join(Arguments call)
    {
        call.Expect("value", "d", "attribute");
        var items = Items(call);
        if (call.Get("attribute", null) is string attribute) items = items.Select(item => Part(item, attribute)).ToList();
        return StringMethods.Join(call.Text("d", ""), new TemplateList(items), call.Run);
    }

    private static long Length(Arguments call) => call.Expect("value").Get("value") switch
    {
        string text => (long)text.Length,
        TemplateList list => (long)list.Items.Count,
        TemplateDict dict => (long)dict.Items.Count,
        var other => throw new TemplateFault($"{PythonText.TypeName(other)} has no length."),
    };

    // As in Jinja, what cannot be read becomes the default, 0 unless given.
    private static object? ToInteger(Arguments call) => call.Get("value") switch
    {
        long number => number,
        bool flag => flag ? 1L : 0L,
        string text when long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        var other when ToFloat(other) is { } number && Math.Abs(number) < long.MaxValue => (long)number,
        _ => call.Get("default", 0L),
    };

    private static double? ToFloat(object? value) => value switch
    {
        long number => number,
        double number => number,
        bool flag => flag ? 1 : 0,
        string text => StringMethods.Number(text),
        _ => null,
    };

    // As in Jinja: templates put this between single quotes, which an apostrophe in the data must not end.
    private static string SafeJson(object? value, bool indented) => ToJson(value, indented)
        .Replace("<", "\\u003c", StringComparison.Ordinal).Replace(">", "\\u003e", StringComparison.Ordinal)
        .Replace("&", "\\u0026", StringComparison.Ordinal).Replace("'", "\\u0027", StringComparison.Ordinal);

    /// <summary>JSON with Python's spaces after ':' and ','.</summary>
    public static string ToJson(object? value, bool indented) => PythonJson.Write(TemplateJson.ToJson(value), indented);

    private static TemplateList Sort(Arguments call)
    {
        call.Expect("value", "reverse", "case_sensitive", "attribute");
        var attribute = call.Get("attribute", null) as string;
        var foldCase = !call.Flag("case_sensitive", false);
        object? Key(object? item) => (attribute is null ? item : Part(item, attribute)) is var key && key is string text && foldCase ? text.ToLowerInvariant() : key;
        var items = Items(call);
        call.Run.Charge(items.Count * 16L);
        return new TemplateList((call.Flag("reverse", false) ? items.OrderByDescending(Key, ByValue) : items.OrderBy(Key, ByValue)).ToList());
    }

    private static TemplateList Map(Arguments call)
    {
        var items = Items(call);
        if (call.Named.GetValueOrDefault("attribute") is string attribute) return new TemplateList(items.Select(item => Part(item, attribute)).ToList());
        if (call.Positional.ElementAtOrDefault(1) is not string name || !All.TryGetValue(name, out var filter))
            throw new TemplateFault("map() needs the name of a filter, e.g. map('upper'), or attribute='name'.");
        return new TemplateList(items.Select(item => filter(new Arguments($"The filter '{name}'", [item, .. call.Positional.Skip(2)], call.Named, call.Run))).ToList());
    }

    private static object? Part(object? item, string name) => Members.Item(item, name) is var part && part is Undefined missing ? throw new TemplateFault(missing.Message) : part;

    private static double Round(Arguments call)
    {
        call.Expect("value", "precision", "method");
        var number = call.Number("value", 0);
        var digits = (int)Math.Clamp(call.Integer("precision", 0), 0, 15);
        var factor = Math.Pow(10, digits);
        return call.Text("method", "common") switch
        {
            "common" => Math.Round(number, digits, MidpointRounding.ToEven),
            "ceil" => Math.Ceiling(number * factor) / factor,
            "floor" => Math.Floor(number * factor) / factor,
            var other => throw new TemplateFault($"round() does not know the method '{other}'. Use common, ceil or floor."),
        };
    }
}
