namespace Pipelines.Model.Templates;

/// <summary>What stands behind a dot or in brackets.</summary>
internal static class Members
{
    public static object? Find(object? owner, string name) => owner switch
    {
        TemplateObject item => item.Find(name),
        TemplateCallable callable => callable.Parts.Find(name),
        TemplateDict dict => DictMethods(dict, name) ?? Item(owner, name),
        TemplateDate date => DateMembers.Find(date, name),
        string text => (object?)StringMethods.Find(text, name) ?? Missing(owner, name, StringMethods.Names),
        TimeSpan span => DurationMember(span, name) ?? Missing(owner, name, ["days", "seconds", "microseconds", "total_seconds"]),
        TemplateList list => (object?)list.Methods?.GetValueOrDefault(name) ?? (object?)ListMethods(list, name) ?? Missing(owner, name, ["index", "count"]),
        _ => Missing(owner, name, []),
    };

    public static object? Item(object? owner, object? key)
    {
        switch (owner, key)
        {
            case (TemplateDict dict, not null):
                return dict.Items.TryGetValue(key, out var value) ? value
                    : new Undefined($"The dict has no key {PythonText.Repr(key)}.{(key is string name ? Dags.NearestName.Hint(name, dict.Items.Keys.OfType<string>()) : "")}");
            case (TemplateList list, long index):
                return Place(index, list.Items.Count) is { } place ? list.Items[place] : OutOfRange(index, list.Items.Count);
            case (string text, long index):
                return Place(index, text.Length) is { } at ? text[at].ToString() : OutOfRange(index, text.Length);
            case (TemplateObject { At: { } bracket }, _):
                return bracket(key);
            case (TemplateObject item, string part):
                return item.Find(part);
            default:
                return new Undefined($"{PythonText.TypeName(owner)} has no item {PythonText.Repr(key)}.");
        }
    }

    public static object Slice(object? owner, long? start, long? stop, long step, TemplateRun run)
    {
        if (step == 0) throw new TemplateFault("The step of a slice must not be 0.");
        var length = owner switch { string text => text.Length, TemplateList list => list.Items.Count, _ => throw new TemplateFault($"{PythonText.TypeName(owner)} cannot be sliced.") };
        run.Charge(length);
        var places = Places(length, start, stop, step);
        return owner is string plain ? string.Concat(places.Select(place => plain[place]))
            : new TemplateList(places.Select(place => ((TemplateList)owner!).Items[place]).ToList(), ((TemplateList)owner!).IsTuple);
    }

    private static IEnumerable<int> Places(int length, long? start, long? stop, long step)
    {
        var (least, most) = step > 0 ? (0, length) : (-1, length - 1);
        long Clamp(long bound) => Math.Clamp(bound < 0 ? bound + length : bound, least, most);
        var from = start is { } first ? Clamp(first) : step > 0 ? least : most;
        var to = stop is { } last ? Clamp(last) : step > 0 ? most : least;
        for (var at = from; step > 0 ? at < to : at > to; at += Math.Clamp(step, -length - 1, length + 1)) yield return (int)at;
    }

    private static int? Place(long index, int count) => index >= 0 ? index < count ? (int)index : null : index + count >= 0 ? (int)(index + count) : null;

    private static Undefined OutOfRange(long index, int count) => new($"There is no item {index}; there are {count}.");

    private static Undefined Missing(object? owner, string name, IEnumerable<string> known) =>
        new($"{PythonText.TypeName(owner)} has no attribute '{name}'.{Dags.NearestName.Hint(name, known)}");

    private static TemplateFunction? DictMethods(TemplateDict dict, string name) => name switch
    {
        "get" => arguments => arguments.Expect("key", "default").Get("key") is { } key && dict.Items.TryGetValue(key, out var value) ? value : arguments.Get("default", null),
        "keys" => _ => new TemplateList([.. dict.Items.Keys]),
        "values" => _ => new TemplateList([.. dict.Items.Values]),
        "items" => arguments => Pairs(dict, arguments.Run),
        _ => null,
    };

    public static TemplateList Pairs(TemplateDict dict, TemplateRun run)
    {
        run.Charge(dict.Items.Count);
        return new TemplateList(dict.Items.Select(object? (item) => new TemplateList([item.Key, item.Value], isTuple: true)).ToList());
    }

    private static TemplateFunction? ListMethods(TemplateList list, string name) => name switch
    {
        "count" => arguments => (long)list.Items.Count(item => Python.AreEqual(item, arguments.Expect("value").Get("value"))),
        "index" => arguments =>
        {
            var wanted = arguments.Expect("value").Get("value");
            foreach (var (place, item) in list.Items.Index())
                if (Python.AreEqual(item, wanted)) return (long)place;
            throw new TemplateFault($"{PythonText.Repr(wanted)} is not in the list.");
        }
        ,
        _ => null,
    };

    private static object? DurationMember(TimeSpan span, string name)
    {
        var days = (long)Math.Floor(span.TotalDays);
        var rest = span - TimeSpan.FromDays(days);
        return name switch
        {
            "days" => days,
            "seconds" => (long)rest.TotalSeconds,
            "microseconds" => rest.Ticks % TimeSpan.TicksPerSecond / 10,
            "total_seconds" => (TemplateFunction)(_ => span.TotalSeconds),
            _ => null,
        };
    }
}
