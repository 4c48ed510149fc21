using System.Text;
using Pipelines.LocalCloud.Redshift.Load;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>BOOLEAN: t, true, y, yes, 1 and f, false, n, no, 0 in any case.</summary>
internal sealed class BooleanRule : ColumnRule
{
    public override Fault? Write(ReadOnlySpan<byte> field, RowBuffer output)
    {
        field = Trim(field);
        if (Matches(field, "t"u8, "true"u8, "y"u8, "yes"u8, "1"u8)) output.Append((byte)'t');
        else if (Matches(field, "f"u8, "false"u8, "n"u8, "no"u8, "0"u8)) output.Append((byte)'f');
        else return Fault.NotBoolean;
        return null;
    }

    private static bool Matches(ReadOnlySpan<byte> field, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c, ReadOnlySpan<byte> d, ReadOnlySpan<byte> e) =>
        Ascii.EqualsIgnoreCase(field, a) || Ascii.EqualsIgnoreCase(field, b) || Ascii.EqualsIgnoreCase(field, c) || Ascii.EqualsIgnoreCase(field, d) || Ascii.EqualsIgnoreCase(field, e);
}
