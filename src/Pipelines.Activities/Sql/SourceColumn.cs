using Npgsql.Schema;

namespace Pipelines.Activities.Sql;

/// <summary>A column of what is extracted.</summary>
/// <param name="Name">As the source spells it.</param>
/// <param name="TypeName">The type's SQL name without sizes, e.g. <c>character varying</c>; a domain shows as its base type.</param>
/// <param name="Length">Characters of varchar(n) and char(n); null: no limit.</param>
/// <param name="Precision">Of numeric(p,s); null: no limit.</param>
/// <param name="Scale">Of numeric(p,s).</param>
internal sealed record SourceColumn(string Name, string TypeName, int? Length = null, int? Precision = null, int? Scale = null)
{
    /// <summary>The type with its sizes.</summary>
    public string Type => this switch
    {
        { Precision: { } precision } => $"{TypeName}({precision},{Scale})",
        { Length: { } length } => $"{TypeName}({length})",
        _ => TypeName,
    };

    /// <summary>True for types whose values a data interval can select.</summary>
    public bool IsInstant => TypeName is "timestamp with time zone" or "timestamp without time zone" or "date";

    /// <summary>The expression to select, with the source's alias <c>q</c>: Redshift reads a VARBYTE as bare hexadecimal digits.</summary>
    public string Expression => TypeName == "bytea"
        ? $"encode(q.{SqlText.Identifier(Name)}, 'hex') AS {SqlText.Identifier(Name)}"
        : $"q.{SqlText.Identifier(Name)}";

    /// <summary>Reads what the driver says of a result column.</summary>
    public static SourceColumn From(NpgsqlDbColumn column)
    {
        var type = column.PostgresType.Name;
        return type switch
        {
            "numeric" => new SourceColumn(column.ColumnName, type, Precision: column.NumericPrecision, Scale: column.NumericScale),
            "character varying" or "character" => new SourceColumn(column.ColumnName, type, Length: column.ColumnSize is > 0 ? column.ColumnSize : null),
            _ => new SourceColumn(column.ColumnName, type),
        };
    }
}
