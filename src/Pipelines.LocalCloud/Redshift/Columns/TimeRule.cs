using Pipelines.LocalCloud.Redshift.Load;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>TIME and TIMETZ: HH:MI:SS with a fraction.</summary>
internal sealed class TimeRule(bool withZone) : ColumnRule
{
    public override Fault? Write(ReadOnlySpan<byte> field, RowBuffer output)
    {
        field = Trim(field);
        var rest = field;
        bool isTime = IsoText.TakeTime(ref rest) && (rest.IsEmpty || (withZone && IsoText.TakeZone(ref rest) && rest.IsEmpty));
        if (!isTime) return new Fault(1206, "Invalid timestamp format or value [HH24:MI:SS]");
        output.Append(field);
        return null;
    }
}
