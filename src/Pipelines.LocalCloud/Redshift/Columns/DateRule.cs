using System.Text;
using Pipelines.LocalCloud.Redshift.Load;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>DATE: YYYY-MM-DD, or by DATEFORMAT.</summary>
internal sealed class DateRule(string? format, bool acceptsAny) : ColumnRule
{
    private readonly TimeFormats _formats = new(format);

    public override Fault? Write(ReadOnlySpan<byte> field, RowBuffer output)
    {
        field = Trim(field);
        if (_formats.IsDefault || _formats.IsAuto)
        {
            var rest = field;
            if (IsoText.TakeDate(ref rest) && (rest.IsEmpty || (_formats.IsAuto && rest[0] is (byte)' ' or (byte)'T')))
            {
                output.Append(field[..(field.Length - rest.Length)]);
                return null;
            }
        }
        if (_formats.TryFormatIso(field) is { } iso)
        {
            output.Append(Encoding.ASCII.GetBytes(iso[..iso.IndexOf(' ', StringComparison.Ordinal)]));
            return null;
        }
        if (!acceptsAny) return new Fault(1205, field.Length < 10 && _formats.IsDefault ? "Invalid Date Format - length must be 10 or more" : $"Invalid Date Format or value [{format ?? "YYYY-MM-DD"}]");
        output.AppendNull();
        return null;
    }
}
