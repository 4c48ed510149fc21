using System.Text;
using Pipelines.LocalCloud.Redshift.Columns;

namespace Pipelines.LocalCloud.Redshift.Load;

/// <summary>Turns a record into a row of the table, or says why it cannot.</summary>
internal sealed class RowWriter(IReadOnlyList<TargetColumn> columns, CopyCommand command, RowBuffer output)
{
    private readonly TargetColumn[] _columns = [.. columns];
    private readonly ColumnRule[] _rules = [.. columns.Select(column => ColumnRule.For(column, command))];
    private readonly byte[] _null = Encoding.UTF8.GetBytes(command.NullText);

    /// <summary>The column at which the last bad row failed; null when the row as such is bad.</summary>
    public int? FaultyField { get; private set; }

    /// <returns>Null when the row stands in the buffer.</returns>
    public Fault? Write(RecordReader record)
    {
        FaultyField = null;
        if ((record.Fault ?? CheckCount(record)) is { } fault) return fault;
        output.BeginRow();
        for (int i = 0; i < _columns.Length; i++)
        {
            if (i > 0) output.Append((byte)'\t');
            fault = i < record.FieldCount ? WriteField(i, record.Field(i)) : WriteNull(i);
            if (fault is null) continue;
            FaultyField = i;
            output.TakeBackRow();
            return fault;
        }
        output.Append((byte)'\n');
        return null;
    }

    private Fault? CheckCount(RecordReader record)
    {
        if (record.IsBlankLine && _columns.Length > 1) return Fault.NoData;
        if (record.FieldCount < _columns.Length) return command.FillRecord ? null : Fault.DelimiterNotFound;
        if (record.FieldCount == _columns.Length) return null;
        // Delimited text may end each line with a delimiter.
        bool endsWithDelimiter = !command.IsCsv && record.FieldCount == _columns.Length + 1 && record.Field(_columns.Length).IsEmpty;
        return endsWithDelimiter ? null : Fault.ExtraColumns;
    }

    private Fault? WriteField(int index, ReadOnlySpan<byte> field)
    {
        // Redshift compares the value without its quotes: a quoted NULL marker is NULL too.
        return field.SequenceEqual(_null) || MeansNull(index, field) ? WriteNull(index) : _rules[index].Write(field, output);
    }

    private bool MeansNull(int index, ReadOnlySpan<byte> field)
    {
        if (!field.IsEmpty && field[0] > ' ') return false;
        bool isCharacter = _columns[index].IsCharacter;
        if (field.IsEmpty) return !isCharacter || command.EmptyAsNull;
        return (!isCharacter || command.BlanksAsNull) && !field.ContainsAnyExcept(" \t"u8);
    }

    private Fault? WriteNull(int index)
    {
        if (_columns[index].IsNotNull) return Fault.MissingData;
        output.AppendNull();
        return null;
    }
}
