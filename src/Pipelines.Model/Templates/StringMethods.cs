using System.Globalization;

namespace Pipelines.Model.Templates;

/// <summary>Python's methods of str.</summary>
internal static class StringMethods
{
    private static readonly Dictionary<string, Func<string, Arguments, object?>> All = new(StringComparer.Ordinal)
    {
        ["upper"] = (text, _) => text.ToUpperInvariant(),
        ["lower"] = (text, _) => text.ToLowerInvariant(),
        ["title"] = (text, _) => Title(text),
        ["capitalize"] = (text, _) => Capitalize(text),
        ["strip"] = (text, call) => Strip(text, call, start: true, end: true),
        ["lstrip"] = (text, call) => Strip(text, call, start: true, end: false),
        ["rstrip"] = (text, call) => Strip(text, call, start: false, end: true),
        ["replace"] = (text, call) => Replace(text, call.Expect("old", "new", "count")),
        ["split"] = (text, call) => Split(text, call.Expect("sep", "maxsplit"), fromEnd: false),
        ["rsplit"] = (text, call) => Split(text, call.Expect("sep", "maxsplit"), fromEnd: true),
        ["splitlines"] = (text, call) => List(text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'), call),
        ["join"] = (text, call) => Join(text, call.Expect("items").Get("items"), call.Run),
        ["startswith"] = (text, call) => text.StartsWith(call.Expect("prefix").Text("prefix"), StringComparison.Ordinal),
        ["endswith"] = (text, call) => text.EndsWith(call.Expect("suffix").Text("suffix"), StringComparison.Ordinal),
        ["removeprefix"] = (text, call) => call.Expect("prefix").Text("prefix") is var prefix && text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text,
        ["removesuffix"] = (text, call) => call.Expect("suffix").Text("suffix") is var suffix && text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text,
        ["find"] = (text, call) => (long)text.IndexOf(call.Expect("part").Text("part"), StringComparison.Ordinal),
        ["rfind"] = (text, call) => (long)text.LastIndexOf(call.Expect("part").Text("part"), StringComparison.Ordinal),
        ["count"] = (text, call) => call.Expect("part").Text("part") is { Length: > 0 } part ? text.Split(part).Length - 1L : text.Length + 1L,
        ["zfill"] = (text, call) => ZeroFill(text, Width(call.Expect("width"))),
        ["ljust"] = (text, call) => text.PadRight(Width(call.Expect("width", "fill")), Fill(call)),
        ["rjust"] = (text, call) => text.PadLeft(Width(call.Expect("width", "fill")), Fill(call)),
        ["isdigit"] = (text, _) => text.Length > 0 && text.All(char.IsDigit),
        ["isalpha"] = (text, _) => text.Length > 0 && text.All(char.IsLetter),
        ["isalnum"] = (text, _) => text.Length > 0 && text.All(char.IsLetterOrDigit),
        ["format"] = (text, call) => PythonFormat.Braces(text, call),
    };

    public static IEnumerable<string> Names => All.Keys;

    public static TemplateFunction? Find(string text, string name) => !All.TryGetValue(name, out var method) ? null : call =>
    {
        call.Run.Charge(text.Length);
        return method(text, call);
    };

    public static string Capitalize(string text) => text.Length == 0 ? text : text[..1].ToUpperInvariant() + text[1..].ToLowerInvariant();

    public static string Title(string text) => string.Concat(text.Select((c, i) =>
        i > 0 && char.IsLetter(text[i - 1]) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)));

    public static string Join(string separator, object? items, TemplateRun run)
    {
        var texts = Python.Items(items, run).Select(PythonText.Str).ToList();
        run.Charge(texts.Sum(text => (long)text.Length + separator.Length));
        return string.Join(separator, texts);
    }

    public static string Replace(string text, Arguments call)
    {
        var (old, fresh, count) = (call.Text("old"), call.Text("new"), call.Integer("count", -1));
        var places = old.Length == 0 ? text.Length + 1L : text.Length / old.Length;
        call.Run.Charge(Math.Min(places, count < 0 ? long.MaxValue : count) * fresh.Length);
        if (old.Length == 0) throw new TemplateFault("replace() needs a text to look for.");
        if (count < 0) return text.Replace(old, fresh, StringComparison.Ordinal);
        var parts = text.Split(old, (int)Math.Min(count + 1, int.MaxValue));
        return string.Join(fresh, parts);
    }

    private static string Strip(string text, Arguments call, bool start, bool end)
    {
        var characters = call.Expect("chars").Get("chars", null) is string chars ? chars.ToCharArray() : null;
        if (start) text = characters is null ? text.TrimStart() : text.TrimStart(characters);
        return !end ? text : characters is null ? text.TrimEnd() : text.TrimEnd(characters);
    }

    private static TemplateList Split(string text, Arguments call, bool fromEnd)
    {
        var most = call.Integer("maxsplit", -1);
        if (call.Get("sep", null) is not { } given)
        {
            var words = text.Split((char[]?)null, most < 0 ? int.MaxValue : (int)Math.Min(most + 1, int.MaxValue), StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return List(words, call);
        }
        if (given is not string { Length: > 0 } separator) throw new TemplateFault("split() needs a text to split at.");
        var parts = text.Split(separator);
        if (most < 0 || parts.Length - 1 <= most) return List(parts, call);
        var kept = (int)most;
        return List(fromEnd ? [string.Join(separator, parts[..^kept]), .. parts[^kept..]] : [.. parts[..kept], string.Join(separator, parts[kept..])], call);
    }

    private static TemplateList List(string[] texts, Arguments call)
    {
        call.Run.Charge(texts.Length);
        return new TemplateList(texts);
    }

    private static string ZeroFill(string text, int width) =>
        text.Length > 0 && text[0] is '+' or '-' ? text[..1] + text[1..].PadLeft(Math.Max(width - 1, 0), '0') : text.PadLeft(width, '0');

    private static int Width(Arguments call)
    {
        var width = Math.Max(call.Integer("width"), 0);
        call.Run.Charge(width);
        return (int)width;
    }

    private static char Fill(Arguments call) => call.Text("fill", " ") is { Length: 1 } fill ? fill[0] : throw new TemplateFault("The fill must be one character.");

    public static double? Number(string text) =>
        double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
