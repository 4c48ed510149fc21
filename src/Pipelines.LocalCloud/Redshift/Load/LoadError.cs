using System.Text;
using Pipelines.LocalCloud.Redshift.Columns;

namespace Pipelines.LocalCloud.Redshift.Load;

/// <summary>One rejected row, cut to the widths of stl_load_errors.</summary>
internal sealed record LoadError(string File, long Line, TargetColumn? Column, int Position, string RawLine, string RawValue, int Code, string Reason)
{
    private const int RawLength = 1024;

    public static LoadError Of(Fault fault, LoadObject part, RecordReader record, (TargetColumn Column, int Index)? failed)
    {
        string value = failed is { } at && at.Index < record.FieldCount ? Readable(record.Field(at.Index)) : "";
        return new LoadError(part.Url, record.LineNumber, failed?.Column, fault.Position, AsciiOnly(record.RawRecord), value, fault.Code, fault.Reason);
    }

    /// <summary>Redshift shows multibyte characters of the line as periods.</summary>
    private static string AsciiOnly(ReadOnlySpan<byte> raw)
    {
        var text = new StringBuilder(RawLength);
        foreach (var rune in Encoding.UTF8.GetString(raw[..Math.Min(raw.Length, RawLength)]).EnumerateRunes())
            text.Append(rune.IsAscii && rune.Value != 0 ? (char)rune.Value : '.');
        return text.ToString();
    }

    private static string Readable(ReadOnlySpan<byte> raw)
    {
        string text = Encoding.UTF8.GetString(raw[..Math.Min(raw.Length, RawLength)]).TrimEnd('\uFFFD');
        return text.Replace('\0', '.').Replace('\uFFFD', '.');
    }
}
