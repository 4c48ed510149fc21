using System.Globalization;
using System.Text;

namespace Pipelines.LocalCloud.Redshift.Sql;

/// <summary>The value of a string token, with and without Redshift's backslash escapes.</summary>
internal static class StringLiteral
{
    /// <summary>The text between the quotes, doubled quotes undone, backslashes kept.</summary>
    public static string Value(SqlToken token)
    {
        string text = token.Text;
        if (text.StartsWith('$'))
        {
            int tag = text.IndexOf('$', 1) + 1;
            return text[tag..^tag];
        }
        int open = text.IndexOf('\'', StringComparison.Ordinal);
        return text[(open + 1)..^1].Replace("''", "'", StringComparison.Ordinal);
    }

    /// <summary>The value of a COPY option: \t, \n, \r, \\ and octal \ooo are characters; \N stays as it is, being the usual NULL marker.</summary>
    public static string Unescape(string value)
    {
        var text = new StringBuilder(value.Length);
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] != '\\' || i + 1 == value.Length) text.Append(value[i]);
            else i += AppendEscape(text, value, i + 1);
        }
        return text.ToString();
    }

    /// <returns>How many characters after the backslash were used.</returns>
    private static int AppendEscape(StringBuilder text, string value, int at)
    {
        int octal = 0;
        while (octal < 3 && at + octal < value.Length && value[at + octal] is >= '0' and <= '7') octal++;
        if (octal > 0)
        {
            text.Append((char)value.Substring(at, octal).Aggregate(0, (sum, digit) => sum * 8 + CharUnicodeInfo.GetDecimalDigitValue(digit)));
            return octal;
        }
        text.Append(value[at] switch { 't' => "\t", 'n' => "\n", 'r' => "\r", '\\' => "\\", 'N' => "\\N", var other => other.ToString() });
        return 1;
    }
}
