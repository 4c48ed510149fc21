using Pipelines.Activities.Sql;

namespace Pipelines.Activities.Redshift;

/// <summary>
/// Which Redshift type holds every value of a PostgreSQL type exactly. What has no counterpart travels as its text. Two limits remain and
/// end in a load error that says so: a text longer than 65,535 bytes, and an infinite date or timestamp. One is silent: COPY takes an empty
/// field of any type but text for NULL, so empty bytes become NULL unless 'columnTypes' loads the column as VARCHAR.
/// </summary>
internal static class PostgresTypes
{
    /// <summary>Texts of known greatest length, in bytes.</summary>
    private static readonly Dictionary<string, RedshiftType> Fixed = new(StringComparer.Ordinal)
    {
        ["boolean"] = new("BOOLEAN"),
        ["smallint"] = new("SMALLINT"),
        ["integer"] = new("INTEGER"),
        ["bigint"] = new("BIGINT"),
        ["oid"] = new("BIGINT"),
        ["real"] = new("REAL"),
        ["double precision"] = new("DOUBLE PRECISION"),
        ["date"] = new("DATE"),
        ["time without time zone"] = new("TIME"),
        ["time with time zone"] = new("TIMETZ"),
        ["timestamp without time zone"] = new("TIMESTAMP"),
        ["timestamp with time zone"] = new("TIMESTAMPTZ"),
        ["bytea"] = new("VARBYTE", RedshiftType.LongestVarbyte),
        ["uuid"] = RedshiftType.Varchar(36),
        ["name"] = RedshiftType.Varchar(63),
        ["interval"] = RedshiftType.Varchar(128),
        ["inet"] = RedshiftType.Varchar(64),
        ["cidr"] = RedshiftType.Varchar(64),
        ["macaddr"] = RedshiftType.Varchar(17),
        ["macaddr8"] = RedshiftType.Varchar(23),
    };

    /// <summary>The type for a column. An unconstrained numeric has no bound that a DECIMAL could have, so its digits travel as text.</summary>
    public static RedshiftType TargetOf(SourceColumn column) => column.TypeName switch
    {
        "numeric" when column is { Precision: > 0 and <= RedshiftType.MostDigits and var precision, Scale: >= 0 and <= RedshiftType.MostDecimals and var scale } && scale <= precision
            => new RedshiftType("DECIMAL", precision, scale),
        // UTF-8 needs up to four bytes per character, and Redshift counts bytes.
        "character varying" or "character" when column.Length is > 0 and var length => RedshiftType.Varchar((int)Math.Min(4L * length, RedshiftType.LongestVarchar)),
        var name when Fixed.TryGetValue(name, out var type) => type,
        _ => RedshiftType.Varchar(RedshiftType.LongestVarchar),
    };
}
