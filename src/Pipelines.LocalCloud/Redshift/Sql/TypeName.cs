using System.Globalization;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Sql;

/// <summary>Redshift's column types and what PostgreSQL stores in their place.</summary>
internal static class TypeName
{
    /// <summary>Bytes of a VARCHAR or TEXT without a length.</summary>
    public const int DefaultVarchar = 256;

    public const int LargestVarchar = 65535;
    public const int LargestChar = 4096;

    /// <summary>Types of a PostgreSQL newer than the one Redshift grew from.</summary>
    public static readonly HashSet<string> Missing = ["jsonb", "json", "uuid", "hstore", "tsvector", "tsquery", "int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange", "jsonpath"];

    private static readonly HashSet<string> Unsupported =
        ["bytea", "bit", "inet", "cidr", "macaddr", "money", "point", "line", "box", "path", "polygon", "circle", "xml", "serial", "bigserial", "smallserial", "geometry", "geography", "hllsketch"];

    public static SqlError DoesNotExist(string type) => new("42704", $"type \"{type}\" does not exist");

    /// <summary>Stands on a column's type; replaces it by PostgreSQL's and moves behind it.</summary>
    /// <param name="column">The column as an error names it: table.column.</param>
    public static void Rewrite(SqlCursor at, SqlEdits edits, string column)
    {
        var first = at.Current;
        string type = TakeName(at);
        if (Missing.Contains(type)) throw new SqlErrorException(DoesNotExist(type));
        if (Unsupported.Contains(type)) throw new SqlErrorException(SqlError.Unsupported($"Column \"{column}\" has unsupported type \"{type}\"."));
        string? length = TakeLength(at);
        if (at.Current.Is('[') || at.Current.Is("array"))
            throw new SqlErrorException(SqlError.Unsupported($"Column \"{column}\" has unsupported type \"{type}[]\"."));
        int end = at[at.Position - 1].End;
        if (Replacement(type, length) is { } replacement && !at.Source.AsSpan(first.Start, end - first.Start).Equals(replacement, StringComparison.OrdinalIgnoreCase))
            edits.Replace(first.Start, end, replacement);
    }

    /// <summary>Takes the words of the type and returns them as one of Redshift's names.</summary>
    private static string TakeName(SqlCursor at)
    {
        var token = at.Take();
        if (token.Is("character") || token.Is("char") || token.Is("national"))
        {
            if (token.Is("national")) at.Take();
            return at.TryTake("varying") ? "varchar" : "char";
        }
        if (token.Is("binary")) return at.TryTake("varying") ? "varbyte" : "binary";
        if (token.Is("double")) at.TryTake("precision");
        return token.Name;
    }

    private static string? TakeLength(SqlCursor at)
    {
        if (!at.Current.Is('(')) return null;
        int open = at.Position;
        at.SkipParentheses();
        return at.Source[at[open].End..at[at.Position - 1].Start].Trim().ToLowerInvariant();
    }

    private static string? Replacement(string type, string? length) => type switch
    {
        "varchar" or "nvarchar" => $"varchar({Length(length, DefaultVarchar, LargestVarchar, "varchar")})",
        "text" or "bpchar" => type == "text" ? $"varchar({DefaultVarchar})" : $"char({DefaultVarchar})",
        "char" or "nchar" => $"char({Length(length, 1, LargestChar, "char")})",
        "super" => "jsonb",
        "varbyte" or "varbinary" => "bytea",
        "numeric" or "decimal" or "dec" => Decimal(length),
        _ => null,
    };

    /// <summary>A DECIMAL without precision is DECIMAL(18,0).</summary>
    private static string? Decimal(string? length)
    {
        if (length is null) return "numeric(18,0)";
        if (int.TryParse(length.Split(',')[0], out int precision) && precision is < 1 or > 38)
            throw new SqlErrorException(new SqlError("22023", $"NUMERIC precision {precision} must be between 1 and 38"));
        return null;
    }

    private static string Length(string? length, int absent, int largest, string type)
    {
        if (length is null) return absent.ToString(CultureInfo.InvariantCulture);
        if (length == "max") return largest.ToString(CultureInfo.InvariantCulture);
        if (int.TryParse(length, out int number) && number > largest)
            throw new SqlErrorException(new SqlError("22023", $"length for type {type} cannot exceed {largest}"));
        return length;
    }
}
