using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pipelines.Model.Templates;

/// <summary>The filters of Jinja that shape texts.</summary>
internal static partial class TextFilters
{
    private const int LongestWidth = 1_000_000;

    private static readonly string[] DecimalUnits = ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
    private static readonly string[] BinaryUnits = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];

    public static IReadOnlyDictionary<string, TemplateFunction> All { get; } = new Dictionary<string, TemplateFunction>(StringComparer.Ordinal)
    {
        ["center"] = Center,
        ["escape"] = call => Escape(Text(call.Expect("s"), "s")),
        ["e"] = call => Escape(Text(call.Expect("s"), "s")),
        ["forceescape"] = call => Escape(Text(call.Expect("value"), "value")),
        // Airflow's templates escape nothing by themselves.
        ["safe"] = call => call.Expect("value").Get("value"),
        ["filesizeformat"] = FileSize,
        ["indent"] = Indent,
        ["pprint"] = call => PythonText.Repr(call.Expect("value").Get("value")),
        ["striptags"] = call => string.Join(' ', Tag().Replace(Text(call.Expect("value"), "value"), "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)),
        ["truncate"] = Truncate,
        ["urlencode"] = UrlEncode,
        ["wordcount"] = call => (long)Word().Count(Text(call.Expect("s"), "s")),
        ["wordwrap"] = WordWrap,
        ["xmlattr"] = XmlAttributes,
    };

    private static string Text(Arguments call, string name)
    {
        var text = PythonText.Str(call.Get(name));
        call.Run.Charge(text.Length);
        return text;
    }

    private static int Width(Arguments call, string name, long fallback)
    {
        var width = Math.Clamp(call.Integer(name, fallback), 0, LongestWidth);
        call.Run.Charge(width);
        return (int)width;
    }

    private static string Center(Arguments call)
    {
        call.Expect("value", "width");
        var (text, width) = (Text(call, "value"), Width(call, "width", 80));
        var rest = width - text.Length;
        // As in Python, an odd rest goes to the left when the width is odd.
        return rest <= 0 ? text : text.PadLeft(text.Length + (rest / 2) + (rest & width & 1)).PadRight(width);
    }

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal);

    private static string FileSize(Arguments call)
    {
        call.Expect("value", "binary");
        var bytes = call.Number("value", 0);
        var (step, units) = call.Flag("binary", false) ? (1024, BinaryUnits) : (1000, DecimalUnits);
        if (bytes == 1) return "1 Byte";
        if (bytes < step) return string.Create(CultureInfo.InvariantCulture, $"{Math.Truncate(bytes)} Bytes");
        var place = Math.Min((int)Math.Log(bytes, step), units.Length);
        if (bytes >= Math.Pow(step, place + 1) && place < units.Length) place++;
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / Math.Pow(step, place):0.0} {units[place - 1]}");
    }

    private static string Indent(Arguments call)
    {
        call.Expect("s", "width", "first", "blank");
        var indent = call.Get("width", 4L) is string given ? given : new string(' ', Width(call, "width", 4));
        var lines = Text(call, "s").ReplaceLineEndings("\n").Split('\n');
        call.Run.Charge(lines.Length * (long)indent.Length);
        var (first, blank) = (call.Flag("first", false), call.Flag("blank", false));
        return string.Join('\n', lines.Select((line, place) => (place > 0 ? blank || line.Length > 0 : first) ? indent + line : line));
    }

    private static string Truncate(Arguments call)
    {
        call.Expect("s", "length", "killwords", "end", "leeway");
        var (text, end) = (Text(call, "s"), call.Text("end", "..."));
        var (length, leeway) = (Width(call, "length", 255), Width(call, "leeway", 5));
        if (length < end.Length) throw new TemplateFault($"truncate() is given the length {length}, which has no room for its end '{end}'.");
        if (text.Length <= length + leeway) return text;
        var kept = text[..(length - end.Length)];
        return (call.Flag("killwords", false) || kept.LastIndexOf(' ') is not (>= 0 and var space) ? kept : kept[..space]) + end;
    }

    private static string UrlEncode(Arguments call)
    {
        var value = call.Expect("value").Get("value");
        // As in Jinja, a path keeps its slashes, but the parts of a query do not.
        if (value is not (TemplateDict or TemplateList)) return Uri.EscapeDataString(Text(call, "value")).Replace("%2F", "/", StringComparison.Ordinal);
        var pairs = value is TemplateDict dict ? Members.Pairs(dict, call.Run).Items : Python.Items(value, call.Run);
        return string.Join('&', pairs.Select(pair => pair is TemplateList { Items: [var key, var item] } ? $"{Part(key)}={Part(item)}"
            : throw new TemplateFault("urlencode needs a text, a dict, or a list of pairs.")));

        static string Part(object? part) => Uri.EscapeDataString(PythonText.Str(part)).Replace("%20", "+", StringComparison.Ordinal);
    }

    private static string WordWrap(Arguments call)
    {
        call.Expect("s", "width", "break_long_words", "wrapstring", "break_on_hyphens");
        var (text, width, newline, breaks) = (Text(call, "s"), Math.Max(Width(call, "width", 79), 1), call.Text("wrapstring", "\n"), call.Flag("break_long_words", true));
        return string.Join(newline, text.ReplaceLineEndings("\n").Split('\n').Select(line => string.Join(newline, Wrapped(line, width, breaks))));
    }

    private static IEnumerable<string> Wrapped(string line, int width, bool breaks)
    {
        var current = new StringBuilder();
        foreach (var word in line.Split(' ').SelectMany(word => breaks && word.Length > width ? word.Chunk(width).Select(part => new string(part)) : [word]))
        {
            if (current.Length > 0 && current.Length + 1 + word.Length > width)
            {
                yield return current.ToString();
                current.Clear();
            }
            if (current.Length > 0) current.Append(' ');
            current.Append(word);
        }
        yield return current.ToString();
    }

    private static string XmlAttributes(Arguments call)
    {
        if (call.Expect("d", "autospace").Get("d") is not TemplateDict dict) throw new TemplateFault("The filter 'xmlattr' needs a dict.");
        call.Run.Charge(dict.Items.Count);
        var parts = dict.Items.Where(item => item.Value is not (null or Undefined)).Select(item => $"{Escape(PythonText.Str(item.Key))}=\"{Escape(PythonText.Str(item.Value))}\"");
        return string.Join(' ', parts) is { Length: > 0 } text && call.Flag("autospace", true) ? " " + text : string.Join(' ', parts);
    }

    [GeneratedRegex(@"<!--.*?-->|<[^>]*>", RegexOptions.Singleline)]
    private static partial Regex Tag();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
