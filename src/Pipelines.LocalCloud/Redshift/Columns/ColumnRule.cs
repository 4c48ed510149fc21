using Pipelines.LocalCloud.Redshift.Load;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>Checks the fields of one column by Redshift's rules and writes them as PostgreSQL's COPY reads them.</summary>
internal abstract class ColumnRule
{
    /// <summary>Halfway above the largest float: what is not beyond it rounds to that float, as its shortest text 3.4028235e+38 must.</summary>
    private const double LargestReal = 3.4028235677973366e38;

    public static ColumnRule For(TargetColumn column, CopyCommand command) => column.Type switch
    {
        "varchar" or "text" => new VarcharRule(column.Length, command),
        "bpchar" => new CharRule(column.Length, command),
        "int2" => new IntegerRule(short.MinValue, short.MaxValue, "Short"),
        "int4" => new IntegerRule(int.MinValue, int.MaxValue, "Integer"),
        "int8" => new IntegerRule(long.MinValue, long.MaxValue, "Long"),
        "numeric" => new DecimalRule(column.Precision, column.Scale, command.RoundDecimals),
        "float4" => new FloatRule(LargestReal, "Float"),
        "float8" => new FloatRule(double.MaxValue, "Double"),
        "bool" => new BooleanRule(),
        "date" => new DateRule(command.DateFormat, command.AcceptAnyDate),
        "timestamp" => new TimestampRule(command.TimeFormat, withZone: false, command.AcceptAnyDate),
        "timestamptz" => new TimestampRule(command.TimeFormat, withZone: true, command.AcceptAnyDate),
        "time" => new TimeRule(withZone: false),
        "timetz" => new TimeRule(withZone: true),
        "bytea" => new VarbyteRule(),
        "jsonb" => new SuperRule(),
        _ => new VarcharRule(Sql.TypeName.LargestVarchar, command),
    };

    /// <returns>Null when the field was written; otherwise why the row is bad, and what was written of it is to be taken back.</returns>
    public abstract Fault? Write(ReadOnlySpan<byte> field, RowBuffer output);

    protected static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> field) => field.Trim(" \t"u8);
}
