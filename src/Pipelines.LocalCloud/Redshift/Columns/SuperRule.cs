using System.Text.Json;
using Pipelines.LocalCloud.Redshift.Load;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>SUPER: one JSON value.</summary>
internal sealed class SuperRule : ColumnRule
{
    public override Fault? Write(ReadOnlySpan<byte> field, RowBuffer output)
    {
        var reader = new Utf8JsonReader(field);
        try
        {
            while (reader.Read()) { }
        }
        catch (JsonException)
        {
            return Fault.NotJson;
        }
        // The store behind us keeps no NUL, which JSON can spell.
        if (field.IndexOf("\\u0000"u8) >= 0) return Fault.NotJson;
        output.AppendEscaped(field);
        return null;
    }
}
