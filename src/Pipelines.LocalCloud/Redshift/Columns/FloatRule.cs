using System.Buffers;
using System.Globalization;
using System.Text;
using Pipelines.LocalCloud.Redshift.Load;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>REAL and DOUBLE PRECISION, with NaN and the infinities.</summary>
internal sealed class FloatRule(double max, string type) : ColumnRule
{
    private static readonly SearchValues<byte> NumberCharacters = SearchValues.Create("0123456789+-.eE"u8);

    private static readonly string[] Special = ["nan", "infinity", "-infinity", "+infinity", "inf", "-inf", "+inf"];

    public override Fault? Write(ReadOnlySpan<byte> field, RowBuffer output)
    {
        field = Trim(field);
        if (char.IsAsciiLetter((char)field[^1]))
        {
            string word = Encoding.Latin1.GetString(field);
            if (!Special.Contains(word, StringComparer.OrdinalIgnoreCase)) return Fault.InvalidDigit(field[0], 0, type, 1208);
        }
        else if (!double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
        {
            int bad = field.IndexOfAnyExcept(NumberCharacters);
            return Fault.InvalidDigit(field[Math.Max(bad, 0)], Math.Max(bad, 0), type, 1208);
        }
        else if (Math.Abs(value) > max) return Fault.Overflow(1208, Encoding.ASCII.GetString(field[..Math.Min(field.Length, 60)]), type);
        output.Append(field);
        return null;
    }
}
