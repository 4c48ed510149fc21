using Pipelines.LocalCloud.Redshift.Load;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>CHAR(n): single-byte characters only; blanks at the end mean nothing.</summary>
internal sealed class CharRule(int length, CopyCommand command) : ColumnRule
{
    public override Fault? Write(ReadOnlySpan<byte> field, RowBuffer output)
    {
        int wide = field.IndexOfAnyInRange((byte)0x80, (byte)0xFF);
        if (wide >= 0) return new Fault(1220, $"Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: {Utf8Fault.Hex(field[wide..])}", wide);
        if (field.Contains((byte)0)) return Utf8Fault.Find(field);
        field = field.TrimEnd((byte)' ');
        if (field.Length > length)
        {
            if (!command.TruncateColumns) return Fault.TooLong;
            field = field[..length];
        }
        output.AppendEscaped(field);
        return null;
    }
}
