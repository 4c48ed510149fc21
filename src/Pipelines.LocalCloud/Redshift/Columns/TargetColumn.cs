using System.Globalization;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>A column of the table to load, as PostgreSQL's catalog describes it.</summary>
/// <param name="Type">pg_type.typname.</param>
/// <param name="Modifier">pg_attribute.atttypmod; -1 without length or precision.</param>
internal sealed record TargetColumn(string Name, string Type, int Modifier, bool IsNotNull, bool IsIdentity)
{
    public bool IsCharacter => Type is "varchar" or "bpchar" or "text";

    /// <summary>Bytes that a character column holds.</summary>
    public int Length => Modifier > 4 ? Modifier - 4 : Sql.TypeName.LargestVarchar;

    public int Precision => Modifier > 4 ? ((Modifier - 4) >> 16) & 0xffff : 38;

    /// <summary>Digits behind the point, or null when the column takes any number.</summary>
    public int? Scale => Modifier > 4 ? (Modifier - 4) & 0x7ff : null;

    /// <summary>The type as stl_load_errors names it.</summary>
    public string RedshiftType => Type switch { "bpchar" => "char", "text" => "varchar", "jsonb" => "super", "bytea" => "varbyte", _ => Type };

    /// <summary>The length as stl_load_errors shows it; 0 where the type has none.</summary>
    public string RedshiftLength => Type switch
    {
        "varchar" or "bpchar" or "text" => Length.ToString(CultureInfo.InvariantCulture),
        "numeric" => $"{Precision}, {Scale ?? 0}",
        _ => "0",
    };
}
