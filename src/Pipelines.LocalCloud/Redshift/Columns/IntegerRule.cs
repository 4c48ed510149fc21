using System.Buffers.Text;
using System.Text;
using Pipelines.LocalCloud.Redshift.Load;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>SMALLINT, INTEGER and BIGINT: digits and a sign, nothing else.</summary>
internal sealed class IntegerRule(long min, long max, string type) : ColumnRule
{
    public override Fault? Write(ReadOnlySpan<byte> field, RowBuffer output)
    {
        field = Trim(field);
        if (Utf8Parser.TryParse(field, out long value, out int used) && used == field.Length && value >= min && value <= max)
        {
            output.Append(field);
            return null;
        }
        int sign = field.Length > 0 && field[0] is (byte)'-' or (byte)'+' ? 1 : 0;
        int bad = field[sign..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (bad >= 0) return Fault.InvalidDigit(field[sign + bad], sign + bad, type);
        return field.Length == sign
            ? Fault.InvalidDigit(field[0], 0, type)
            : Fault.Overflow(1222, Encoding.ASCII.GetString(field[..Math.Min(field.Length, 40)]), type);
    }
}
