using System.Globalization;
using System.Text;

namespace Pipelines.Model.Templates;

/// <summary>Python's strftime and strptime codes in the C locale.</summary>
internal static class PythonClock
{
    private static readonly DateTimeFormatInfo Words = CultureInfo.InvariantCulture.DateTimeFormat;

    public static string Format(TemplateDate date, string format)
    {
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            var code = format[++i];
            // %-d: the same without leading zeros, as glibc has it and many DAGs use it.
            var bare = code == '-' && i + 1 < format.Length;
            if (bare) code = format[++i];
            var part = Part(date, code);
            text.Append(bare && part.Length > 1 ? part.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0" : part);
        }
        return text.ToString();
    }

    private static string Part(TemplateDate date, char code)
    {
        var wall = date.Wall;
        return code switch
        {
            'Y' => Digits(wall.Year, 4),
            'y' => Digits(wall.Year % 100, 2),
            'm' => Digits(wall.Month, 2),
            'd' => Digits(wall.Day, 2),
            'H' => Digits(wall.Hour, 2),
            'I' => Digits(wall.Hour % 12 == 0 ? 12 : wall.Hour % 12, 2),
            'M' => Digits(wall.Minute, 2),
            'S' => Digits(wall.Second, 2),
            'f' => Digits(date.Microsecond, 6),
            'j' => Digits(wall.DayOfYear, 3),
            'p' => wall.Hour < 12 ? "AM" : "PM",
            'a' => Words.GetAbbreviatedDayName(wall.DayOfWeek),
            'A' => Words.GetDayName(wall.DayOfWeek),
            'b' or 'h' => Words.GetAbbreviatedMonthName(wall.Month),
            'B' => Words.GetMonthName(wall.Month),
            'w' => Digits((int)wall.DayOfWeek, 1),
            'u' => Digits(IsoWeekday(wall), 1),
            'V' => Digits(ISOWeek.GetWeekOfYear(wall), 2),
            'G' => Digits(ISOWeek.GetYear(wall), 4),
            'U' => Digits((wall.DayOfYear + 6 - (int)wall.DayOfWeek) / 7, 2),
            'W' => Digits((wall.DayOfYear + 7 - IsoWeekday(wall)) / 7, 2),
            'z' => date.OffsetText(""),
            'Z' => date.Offset is null ? "" : date.Offset == TimeSpan.Zero ? "UTC" : "UTC" + date.OffsetText(":"),
            's' => Digits(date.Instant.ToUnixTimeSeconds(), 1),
            'F' => Format(date, "%Y-%m-%d"),
            'T' or 'X' => Format(date, "%H:%M:%S"),
            'D' or 'x' => Format(date, "%m/%d/%y"),
            'R' => Format(date, "%H:%M"),
            'c' => Format(date, "%a %b ") + Digits(wall.Day, 1).PadLeft(2) + Format(date, " %H:%M:%S %Y"),
            '%' => "%",
            _ => throw new TemplateFault($"strftime does not know the code '%{code}'."),
        };
    }

    public static int IsoWeekday(DateTime wall) => wall.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)wall.DayOfWeek;

    private static string Digits(long value, int width) => value.ToString("D" + width, CultureInfo.InvariantCulture);

    public static TemplateDate Parse(string text, string format)
    {
        var pattern = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] == '%' && i + 1 < format.Length) pattern.Append(NetCode(format[++i]));
            else pattern.Append('\\').Append(format[i]);
        }
        // A lone specifier such as "d" means a standard format to .NET unless marked as a custom one.
        var custom = pattern.Length == 1 ? "%" + pattern : pattern.ToString();
        if (custom.Contains("zzz", StringComparison.Ordinal) && DateTimeOffset.TryParseExact(text, custom, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant))
            return TemplateDate.Of(instant);
        if (DateTime.TryParseExact(text, custom, CultureInfo.InvariantCulture, DateTimeStyles.None, out var wall)) return new TemplateDate(wall, null);
        throw new TemplateFault($"'{text}' does not have the form '{format}'.");
    }

    private static string NetCode(char code) => code switch
    {
        'Y' => "yyyy",
        'y' => "yy",
        // As in Python, a leading zero may be missing.
        'm' => "M",
        'd' => "d",
        'H' => "H",
        'I' => "h",
        'M' => "m",
        'S' => "s",
        'f' => "FFFFFF",
        'p' => "tt",
        'a' => "ddd",
        'A' => "dddd",
        'b' => "MMM",
        'B' => "MMMM",
        'z' => "zzz",
        'F' => "yyyy-M-d",
        'T' => "H:m:s",
        '%' => "\\%",
        _ => throw new TemplateFault($"strptime does not know the code '%{code}'."),
    };
}
