using System.Buffers.Text;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>Recognises the parts of dates and times as Redshift reads them without a format; each method takes its part off the front.</summary>
internal static class IsoText
{
    /// <summary>YYYY-MM-DD, a day that exists.</summary>
    public static bool TakeDate(ref ReadOnlySpan<byte> text)
    {
        var rest = text;
        bool isDate = TakeNumber(ref rest, 4, 6, out int year) && Take(ref rest, (byte)'-')
            && TakeNumber(ref rest, 1, 2, out int month) && Take(ref rest, (byte)'-')
            && TakeNumber(ref rest, 1, 2, out int day) && IsDay(year, month, day);
        if (isDate) text = rest;
        return isDate;
    }

    /// <summary>HH:MM[:SS[.fraction]].</summary>
    public static bool TakeTime(ref ReadOnlySpan<byte> text)
    {
        var rest = text;
        if (!TakeNumber(ref rest, 1, 2, out int hour) || hour > 24 || !Take(ref rest, (byte)':') || !TakeNumber(ref rest, 2, 2, out int minute) || minute > 59) return false;
        if (Take(ref rest, (byte)':'))
        {
            if (!TakeNumber(ref rest, 2, 2, out int second) || second > 60) return false;
            if (hour == 24 && minute + second > 0) return false;
            if (Take(ref rest, (byte)'.') && !TakeFraction(ref rest)) return false;
        }
        text = rest;
        return true;
    }

    /// <summary>Z, +HH, +HH:MM or +HHMM.</summary>
    public static bool TakeZone(ref ReadOnlySpan<byte> text)
    {
        var rest = text;
        if (Take(ref rest, (byte)'Z') || Take(ref rest, (byte)'z'))
        {
            text = rest;
            return true;
        }
        if (!Take(ref rest, (byte)'+') && !Take(ref rest, (byte)'-')) return false;
        if (!TakeNumber(ref rest, 2, 2, out int hours) || hours > 15) return false;
        bool hasColon = Take(ref rest, (byte)':');
        if ((hasColon || rest.Length >= 2) && (!TakeNumber(ref rest, 2, 2, out int minutes) || minutes > 59)) return false;
        text = rest;
        return true;
    }

    public static bool IsDay(int year, int month, int day) =>
        year >= 1 && month is >= 1 and <= 12 && day >= 1 && day <= DaysIn(year, month);

    private static int DaysIn(int year, int month) => month switch { 2 => IsLeapYear(year) ? 29 : 28, 4 or 6 or 9 or 11 => 30, _ => 31 };

    /// <summary>DateTime's own stops at the year 9999.</summary>
    private static bool IsLeapYear(int year) => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    public static bool Take(ref ReadOnlySpan<byte> text, byte expected)
    {
        if (text.IsEmpty || text[0] != expected) return false;
        text = text[1..];
        return true;
    }

    public static bool TakeNumber(ref ReadOnlySpan<byte> text, int minDigits, int maxDigits, out int number)
    {
        int digits = 0;
        while (digits < text.Length && digits < maxDigits && text[digits] is >= (byte)'0' and <= (byte)'9') digits++;
        number = 0;
        if (digits < minDigits || !Utf8Parser.TryParse(text[..digits], out number, out _)) return false;
        text = text[digits..];
        return true;
    }

    private static bool TakeFraction(ref ReadOnlySpan<byte> text)
    {
        int digits = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits < 0) digits = text.Length;
        text = text[digits..];
        return digits > 0;
    }
}
