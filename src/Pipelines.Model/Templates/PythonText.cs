using System.Globalization;
using System.Text;

namespace Pipelines.Model.Templates;

/// <summary>Writes values as Python's str() and repr() do.</summary>
internal static class PythonText
{
    public static string Str(object? value) => value is string text ? text : Repr(value);

    public static string Repr(object? value)
    {
        var text = new StringBuilder();
        Append(text, value, nested: false);
        return text.ToString();
    }

    public static string TypeName(object? value) => value switch
    {
        null => "None",
        bool => "bool",
        long => "int",
        double => "float",
        string => "str",
        TemplateList { IsTuple: true } => "tuple",
        TemplateList => "list",
        TemplateDict => "dict",
        TemplateDate => "datetime",
        TimeSpan => "timedelta",
        TemplateDelta => "relativedelta",
        TemplateFunction => "function",
        TemplateCallable callable => callable.Parts.Name,
        TemplateObject item => item.Name,
        _ => "undefined",
    };

    private static void Append(StringBuilder text, object? value, bool nested)
    {
        switch (value)
        {
            case null: text.Append("None"); break;
            case bool flag: text.Append(flag ? "True" : "False"); break;
            case long number: text.Append(CultureInfo.InvariantCulture, $"{number}"); break;
            case double number: text.Append(Float(number)); break;
            case string plain: AppendQuoted(text, plain); break;
            case TemplateList list: AppendList(text, list); break;
            case TemplateDict dict: AppendDict(text, dict); break;
            case TemplateDate date: text.Append(nested ? date.Repr() : date.IsoFormat(' ')); break;
            case TimeSpan span: text.Append(Duration(span)); break;
            case TemplateObject item: text.Append(item.Text); break;
            default: text.Append('<').Append(TypeName(value)).Append('>'); break;
        }
    }

    private static void AppendList(StringBuilder text, TemplateList list)
    {
        text.Append(list.IsTuple ? '(' : '[');
        foreach (var (index, item) in list.Items.Index())
        {
            if (index > 0) text.Append(", ");
            Append(text, item, nested: true);
        }
        if (list is { IsTuple: true, Items.Count: 1 }) text.Append(',');
        text.Append(list.IsTuple ? ')' : ']');
    }

    private static void AppendDict(StringBuilder text, TemplateDict dict)
    {
        text.Append('{');
        foreach (var (index, item) in dict.Items.Index())
        {
            if (index > 0) text.Append(", ");
            Append(text, item.Key, nested: true);
            text.Append(": ");
            Append(text, item.Value, nested: true);
        }
        text.Append('}');
    }

    private static void AppendQuoted(StringBuilder text, string plain)
    {
        var quote = plain.Contains('\'') && !plain.Contains('"') ? '"' : '\'';
        text.Append(quote);
        foreach (var c in plain)
        {
            _ = c switch
            {
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\\' => text.Append("\\\\"),
                _ when c == quote => text.Append('\\').Append(c),
                < ' ' or '\x7f' => text.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => text.Append(c),
            };
        }
        text.Append(quote);
    }

    /// <summary>The shortest digits that read back as the same float, with Python's choice between plain and scientific.</summary>
    public static string Float(double number)
    {
        if (double.IsNaN(number)) return "nan";
        if (double.IsInfinity(number)) return number > 0 ? "inf" : "-inf";
        if (number == 0) return double.IsNegative(number) ? "-0.0" : "0.0";
        var parts = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var point = parts[0].IndexOf('.') is var dot and >= 0 ? dot : parts[0].Length;
        var all = parts[0].Replace(".", "", StringComparison.Ordinal);
        var digits = all.TrimStart('0');
        // Where the point stands, counted from the first digit that is not zero.
        var scale = point - (all.Length - digits.Length) + (parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0);
        return (number < 0 ? "-" : "") + Compose(digits.TrimEnd('0'), scale);
    }

    private static string Compose(string digits, int scale)
    {
        if (scale is <= -4 or > 16)
        {
            var rest = digits.Length > 1 ? "." + digits[1..] : "";
            return string.Create(CultureInfo.InvariantCulture, $"{digits[0]}{rest}e{(scale < 1 ? '-' : '+')}{Math.Abs(scale - 1):00}");
        }
        if (scale <= 0) return "0." + new string('0', -scale) + digits;
        return digits.Length <= scale ? digits.PadRight(scale, '0') + ".0" : digits[..scale] + "." + digits[scale..];
    }

    private static string Duration(TimeSpan span)
    {
        // Python keeps days negative and the rest positive: -1 day, 23:00:00.
        var days = (long)Math.Floor(span.TotalDays);
        var rest = span - TimeSpan.FromDays(days);
        var micros = rest.Ticks % TimeSpan.TicksPerSecond / 10;
        var clock = string.Create(CultureInfo.InvariantCulture, $"{rest.Hours}:{rest.Minutes:00}:{rest.Seconds:00}{(micros == 0 ? "" : $".{micros:000000}")}");
        return days == 0 ? clock : string.Create(CultureInfo.InvariantCulture, $"{days} day{(Math.Abs(days) == 1 ? "" : "s")}, {clock}");
    }
}
