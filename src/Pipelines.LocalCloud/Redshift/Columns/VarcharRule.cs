using System.Text.Unicode;
using Pipelines.LocalCloud.Redshift.Load;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>VARCHAR(n): n bytes of UTF-8, not characters.</summary>
internal sealed class VarcharRule(int length, CopyCommand command) : ColumnRule
{
    public override Fault? Write(ReadOnlySpan<byte> field, RowBuffer output)
    {
        if (command.TrimBlanks) field = field.TrimEnd((byte)' ');
        if (!Utf8.IsValid(field) || field.Contains((byte)0))
        {
            if (command.ReplaceInvalidChars is not { } replacement) return Utf8Fault.Find(field);
            field = Utf8Fault.Replace(field, replacement);
        }
        if (field.Length > length)
        {
            if (!command.TruncateColumns) return Fault.TooLong;
            field = field[..CharacterBoundary(field, length)];
        }
        output.AppendEscaped(field);
        return null;
    }

    /// <summary>The longest cut of at most <paramref name="length"/> bytes that does not split a character.</summary>
    private static int CharacterBoundary(ReadOnlySpan<byte> field, int length)
    {
        while (length > 0 && (field[length] & 0xC0) == 0x80) length--;
        return length;
    }
}
