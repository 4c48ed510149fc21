using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Pipelines.LocalCloud.Redshift.Load;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>TIMESTAMP and TIMESTAMPTZ: YYYY-MM-DD HH:MI:SS with a fraction, or by TIMEFORMAT. 'T' between date and time needs 'auto'; there is no infinity.</summary>
internal sealed class TimestampRule(string? format, bool withZone, bool acceptsAny) : ColumnRule
{
    private readonly TimeFormats _formats = new(format);

    public override Fault? Write(ReadOnlySpan<byte> field, RowBuffer output)
    {
        field = Trim(field);
        if ((_formats.IsDefault || _formats.IsAuto) && IsIso(field))
        {
            output.Append(field);
            return null;
        }
        string? iso = _formats.EpochUnit > 0 ? FromEpoch(field) : _formats.TryFormatIso(field);
        if (iso is not null) output.Append(Encoding.ASCII.GetBytes(iso));
        else if (acceptsAny) output.AppendNull();
        else return new Fault(1206, $"Invalid timestamp format or value [{format ?? (withZone ? "YYYY-MM-DD HH24:MI:SSOF" : "YYYY-MM-DD HH24:MI:SS")}]");
        return null;
    }

    private bool IsIso(ReadOnlySpan<byte> field)
    {
        if (!IsoText.TakeDate(ref field)) return false;
        if (field.IsEmpty) return true;
        bool separated = IsoText.Take(ref field, (byte)' ') || (_formats.IsAuto && IsoText.Take(ref field, (byte)'T'));
        if (!separated || !IsoText.TakeTime(ref field)) return false;
        if (field.IsEmpty) return true;
        return (withZone || _formats.IsAuto) && TakeZone(ref field) && field.IsEmpty;
    }

    private static bool TakeZone(ref ReadOnlySpan<byte> field)
    {
        IsoText.Take(ref field, (byte)' ');
        if (!field.SequenceEqual("UTC"u8)) return IsoText.TakeZone(ref field);
        field = default;
        return true;
    }

    private string? FromEpoch(ReadOnlySpan<byte> field)
    {
        if (!Utf8Parser.TryParse(field, out decimal number, out int used) || used != field.Length || Math.Abs(number) > 250_000_000_000m * 1_000_000 / _formats.EpochUnit) return null;
        var moment = DateTime.UnixEpoch.AddTicks((long)(number * _formats.EpochUnit * TimeSpan.TicksPerMicrosecond));
        return moment.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture) + (withZone ? "+00" : "");
    }
}
