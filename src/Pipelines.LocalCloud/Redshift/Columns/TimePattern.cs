using System.Globalization;
using System.Text;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>A DATEFORMAT or TIMEFORMAT string such as 'DD.MM.YYYY HH24:MI:SS'.</summary>
internal sealed class TimePattern
{
    // Longest first: HH24 before HH, MONTH before MON before MI.
    private static readonly string[] Elements = ["YYYY", "HH24", "HH12", "MONTH", "MON", "YY", "MM", "DD", "HH", "MI", "SS", "MS", "US", "AM", "PM", "OF", "TZ"];

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    private readonly List<string> _parts = [];

    public TimePattern(string format)
    {
        while (format.Length > 0)
        {
            string part = Elements.FirstOrDefault(element => format.StartsWith(element, StringComparison.OrdinalIgnoreCase)) ?? format[..1];
            _parts.Add(part);
            format = format[part.Length..];
        }
    }

    private ref struct Fields
    {
        public int Year, Month, Day, Hour, Minute, Second, Microsecond;
        public bool? IsAfternoon;
        public ReadOnlySpan<byte> Zone;
    }

    /// <returns>The moment in ISO form, or null when the text does not have this format or the day does not exist.</returns>
    public string? TryFormatIso(ReadOnlySpan<byte> text)
    {
        var fields = new Fields { Year = 1, Month = 1, Day = 1 };
        foreach (string part in _parts)
            if (!Take(part, ref text, ref fields)) return null;
        if (!text.IsEmpty || !IsoText.IsDay(fields.Year, fields.Month, fields.Day)) return null;
        if (fields.IsAfternoon is { } afternoon) fields.Hour = (fields.Hour % 12) + (afternoon ? 12 : 0);
        if (fields.Hour > 23 || fields.Minute > 59 || fields.Second > 59) return null;
        return string.Create(CultureInfo.InvariantCulture,
            $"{fields.Year:0000}-{fields.Month:00}-{fields.Day:00} {fields.Hour:00}:{fields.Minute:00}:{fields.Second:00}.{fields.Microsecond:000000}{Encoding.ASCII.GetString(fields.Zone)}");
    }

    private static bool Take(string part, ref ReadOnlySpan<byte> text, ref Fields fields) => part switch
    {
        "YYYY" => IsoText.TakeNumber(ref text, 4, 4, out fields.Year),
        "YY" => TakeShortYear(ref text, ref fields),
        "MM" => IsoText.TakeNumber(ref text, 1, 2, out fields.Month),
        "MON" or "MONTH" => TakeMonthName(ref text, ref fields),
        "DD" => IsoText.TakeNumber(ref text, 1, 2, out fields.Day),
        "HH" or "HH12" or "HH24" => IsoText.TakeNumber(ref text, 1, 2, out fields.Hour),
        "MI" => IsoText.TakeNumber(ref text, 1, 2, out fields.Minute),
        "SS" => IsoText.TakeNumber(ref text, 1, 2, out fields.Second) && TakeFraction(ref text, ref fields),
        "MS" or "US" => TakeDigits(ref text, ref fields),
        "AM" or "PM" => TakeHalf(ref text, ref fields),
        "OF" or "TZ" => TakeZone(ref text, ref fields),
        _ => IsoText.Take(ref text, (byte)part[0]),
    };

    private static bool TakeShortYear(ref ReadOnlySpan<byte> text, ref Fields fields)
    {
        bool taken = IsoText.TakeNumber(ref text, 2, 2, out fields.Year);
        fields.Year += fields.Year < 70 ? 2000 : 1900;
        return taken;
    }

    private static bool TakeMonthName(ref ReadOnlySpan<byte> text, ref Fields fields)
    {
        int letters = 0;
        while (letters < text.Length && char.IsAsciiLetter((char)text[letters])) letters++;
        if (letters < 3) return false;
        string name = Encoding.ASCII.GetString(text[..letters]).ToLowerInvariant();
        fields.Month = Array.IndexOf(Months, name[..3]) + 1;
        text = text[letters..];
        return fields.Month > 0;
    }

    /// <summary>A fraction may follow the seconds though the format does not say so.</summary>
    private static bool TakeFraction(ref ReadOnlySpan<byte> text, ref Fields fields)
    {
        if (text.Length < 2 || text[0] != '.' || !char.IsAsciiDigit((char)text[1])) return true;
        text = text[1..];
        return TakeDigits(ref text, ref fields);
    }

    private static bool TakeDigits(ref ReadOnlySpan<byte> text, ref Fields fields)
    {
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit((char)text[digits])) digits++;
        if (digits == 0) return false;
        string fraction = Encoding.ASCII.GetString(text[..Math.Min(digits, 6)]).PadRight(6, '0');
        fields.Microsecond = int.Parse(fraction, CultureInfo.InvariantCulture);
        text = text[digits..];
        return true;
    }

    private static bool TakeHalf(ref ReadOnlySpan<byte> text, ref Fields fields)
    {
        if (text.Length < 2 || (text[1] | 0x20) != 'm' || (text[0] | 0x20) is not ('a' or 'p')) return false;
        fields.IsAfternoon = (text[0] | 0x20) == 'p';
        text = text[2..];
        return true;
    }

    private static bool TakeZone(ref ReadOnlySpan<byte> text, ref Fields fields)
    {
        var start = text;
        if (!IsoText.TakeZone(ref text)) return false;
        fields.Zone = start[..(start.Length - text.Length)];
        return true;
    }
}
