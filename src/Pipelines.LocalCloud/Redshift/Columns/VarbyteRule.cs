using System.Buffers;
using Pipelines.LocalCloud.Redshift.Load;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>VARBYTE: hexadecimal digits, two for each byte.</summary>
internal sealed class VarbyteRule : ColumnRule
{
    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    public override Fault? Write(ReadOnlySpan<byte> field, RowBuffer output)
    {
        if (field.Length % 2 != 0 || field.ContainsAnyExcept(HexDigits)) return Fault.NotHex;
        output.Append("\\\\x"u8);
        output.Append(field);
        return null;
    }
}
