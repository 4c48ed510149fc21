using System.Text;
using Pipelines.LocalCloud.Redshift.Load;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>DECIMAL(p,s): COPY cuts digits beyond the scale, and rounds them only with ROUNDEC. No NaN, no exponent.</summary>
/// <param name="scale">Null: as many digits as come.</param>
internal sealed class DecimalRule(int precision, int? scale, bool rounds) : ColumnRule
{
    private const string Type = "Decimal";

    public override Fault? Write(ReadOnlySpan<byte> field, RowBuffer output)
    {
        field = Trim(field);
        int sign = field[0] is (byte)'-' or (byte)'+' ? 1 : 0;
        var digits = field[sign..];
        int point = digits.IndexOf((byte)'.');
        var whole = point < 0 ? digits : digits[..point];
        var fraction = point < 0 ? default : digits[(point + 1)..];
        if (FindBadDigit(whole, fraction, sign, field) is { } fault) return fault;
        if (whole.TrimStart((byte)'0').Length > precision - (scale ?? 0)) return Fault.Overflow(1204, Encoding.ASCII.GetString(field[..Math.Min(field.Length, 60)]), $"{Type}({precision}, {scale ?? 0})");
        bool cuts = scale < fraction.Length && !rounds;
        output.Append(cuts ? field[..(sign + whole.Length + (scale == 0 ? 0 : 1 + scale!.Value))] : field);
        // "-.5" and ".5" cut to scale 0 leave no digit.
        if (cuts && scale == 0 && whole.IsEmpty) output.Append((byte)'0');
        return null;
    }

    private static Fault? FindBadDigit(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> fraction, int sign, ReadOnlySpan<byte> field)
    {
        int bad = whole.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (bad >= 0) return Fault.InvalidDigit(whole[bad], sign + bad, Type);
        bad = fraction.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (bad >= 0) return Fault.InvalidDigit(fraction[bad], sign + whole.Length + 1 + bad, Type);
        return whole.IsEmpty && fraction.IsEmpty ? Fault.InvalidDigit(field[0], 0, Type) : null;
    }
}
