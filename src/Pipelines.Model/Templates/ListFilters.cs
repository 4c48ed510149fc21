namespace Pipelines.Model.Templates;

/// <summary>The filters of Jinja that choose and group items.</summary>
internal static class ListFilters
{
    public static IReadOnlyDictionary<string, TemplateFunction> All { get; } = new Dictionary<string, TemplateFunction>(StringComparer.Ordinal)
    {
        ["attr"] = call => Members.Find(call.Expect("obj", "name").Get("obj"), call.Text("name")),
        ["batch"] = Batch,
        ["slice"] = Slice,
        ["dictsort"] = DictSort,
        ["groupby"] = GroupBy,
        ["select"] = call => Choose(call, ofAttribute: false, keep: true),
        ["reject"] = call => Choose(call, ofAttribute: false, keep: false),
        ["selectattr"] = call => Choose(call, ofAttribute: true, keep: true),
        ["rejectattr"] = call => Choose(call, ofAttribute: true, keep: false),
        ["random"] = call => Items(call) is { Count: > 0 } items ? items[(int)(call.Run.Random() * items.Count)] : new Undefined("The list is empty and has no item."),
    };

    private static IReadOnlyList<object?> Items(Arguments call) => Python.Items(call.Positional[0], call.Run);

    private static int Count(Arguments call, string name) =>
        call.Integer(name) is > 0 and < TemplateRun.LongestOutput and var count ? (int)count : throw new TemplateFault($"'{name}' must be 1 or more.");

    private static TemplateList Batch(Arguments call)
    {
        call.Expect("value", "linecount", "fill_with");
        var (items, count, fill) = (Items(call), Count(call, "linecount"), call.Get("fill_with", null));
        call.Run.Charge(count);
        return new TemplateList([.. items.Chunk(count).Select(object? (part) =>
            new TemplateList(fill is null ? part : [.. part, .. Enumerable.Repeat(fill, count - part.Length)]))]);
    }

    private static TemplateList Slice(Arguments call)
    {
        call.Expect("value", "slices", "fill_with");
        var (items, slices, fill) = (Items(call), Count(call, "slices"), call.Get("fill_with", null));
        call.Run.Charge(slices);
        var (each, longer, at) = (items.Count / slices, items.Count % slices, 0);
        var parts = new List<object?>();
        for (var slice = 0; slice < slices; slice++)
        {
            var length = each + (slice < longer ? 1 : 0);
            IEnumerable<object?> part = items.Skip(at).Take(length);
            at += length;
            parts.Add(new TemplateList([.. fill is not null && slice >= longer ? part.Append(fill) : part]));
        }
        return new TemplateList(parts);
    }

    private static TemplateList DictSort(Arguments call)
    {
        call.Expect("value", "case_sensitive", "by", "reverse");
        var pairs = call.Get("value") is TemplateDict dict ? Members.Pairs(dict, call.Run) : throw new TemplateFault("The filter 'dictsort' needs a dict.");
        var place = call.Text("by", "key") switch { "key" => 0, "value" => 1, var other => throw new TemplateFault($"dictsort sorts by key or value, not '{other}'.") };
        var foldCase = !call.Flag("case_sensitive", false);
        object? Key(object? pair) => ((TemplateList)pair!).Items[place] is string text && foldCase ? text.ToLowerInvariant() : ((TemplateList)pair!).Items[place];
        return Sorted(pairs.Items, Key, call, call.Flag("reverse", false));
    }

    // Each group is a tuple of its key and its items, with names as well.
    private static TemplateList GroupBy(Arguments call)
    {
        call.Expect("value", "attribute", "default", "case_sensitive");
        var foldCase = !call.Flag("case_sensitive", false);
        object? Key(object? item) => Part(item, call.Get("attribute"), call.Get("default", null));
        object? Folded(object? item) => Key(item) is string text && foldCase ? text.ToLowerInvariant() : Key(item);
        var sorted = Sorted(Items(call), Folded, call, reverse: false).Items;
        var groups = new List<List<object?>>();
        foreach (var item in sorted)
            if (groups is [.., var last] && Python.AreEqual(Folded(last[0]), Folded(item))) last.Add(item);
            else groups.Add([item]);
        return new TemplateList([.. groups.Select(object? (group) => new TemplateList([Key(group[0]), new TemplateList(group)], isTuple: true))]);
    }

    private static TemplateList Sorted(IReadOnlyList<object?> items, Func<object?, object?> key, Arguments call, bool reverse)
    {
        call.Run.Charge(items.Count * 16L);
        var order = Comparer<object?>.Create(Python.Compare);
        return new TemplateList([.. reverse ? items.OrderByDescending(key, order) : items.OrderBy(key, order)]);
    }

    private static TemplateList Choose(Arguments call, bool ofAttribute, bool keep)
    {
        var first = ofAttribute ? 2 : 1;
        var attribute = ofAttribute ? call.Positional.ElementAtOrDefault(1) ?? throw new TemplateFault("selectattr() and rejectattr() need the name of an attribute.") : null;
        var test = TestOf(call, first);
        return new TemplateList([.. Items(call).Where(item => test(ofAttribute ? Part(item, attribute, null) : item) == keep)]);
    }

    private static Func<object?, bool> TestOf(Arguments call, int place)
    {
        if (call.Positional.Count <= place) return Python.Truth;
        if (call.Positional[place] is not string name || !Tests.All.TryGetValue(name, out var test))
            throw new TemplateFault($"The test {PythonText.Repr(call.Positional[place])} is not known.{Dags.NearestName.Hint(PythonText.Str(call.Positional[place]), Tests.All.Keys)}");
        return value => test(new Arguments($"The test '{name}'", [value, .. call.Positional.Skip(place + 1)], call.Named, call.Run));
    }

    // As in Jinja, dots lead into the parts of a part.
    private static object? Part(object? item, object? attribute, object? fallback)
    {
        object?[] steps = attribute is string path ? path.Split('.') : [attribute];
        foreach (var step in steps)
        {
            item = Members.Item(item, step is string text && long.TryParse(text, out var number) ? number : step);
            if (item is Undefined missing) return fallback ?? throw new TemplateFault(missing.Message);
        }
        return item;
    }
}
