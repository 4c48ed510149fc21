using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Sql;

/// <summary>name type [DEFAULT …] [IDENTITY(seed, step)] [ENCODE …] [DISTKEY] [SORTKEY] [NOT NULL] [PRIMARY KEY …] [REFERENCES …].</summary>
internal static class ColumnDefinition
{
    /// <summary>Stands on the column's name; moves to the comma or the token at <paramref name="end"/> behind the column.</summary>
    public static void Rewrite(SqlCursor at, SqlEdits edits, string table, int end)
    {
        string column = at.Take().Name;
        TypeName.Rewrite(at, edits, $"{table}.{column}");
        while (at.Position < end && !at.Current.Is(','))
        {
            int first = at.Position;
            if (TakeAttribute(at) is { } replacement) edits.Replace(at[first].Start, at[at.Position - 1].End, replacement);
            else if (at.Current.Is('(')) at.SkipParentheses();
            else at.Position++;
        }
    }

    /// <returns>What PostgreSQL gets in its place, or null when nothing was taken.</returns>
    private static string? TakeAttribute(SqlCursor at)
    {
        if (at.TryTake("distkey") || at.TryTake("sortkey")) return "";
        if (at.TryTake("encode")) return SkipOne(at);
        if (at.TryTake("collate")) return SkipCollation(at);
        if (at.Current.Is("constraint") && at[at.Position + 2].IsAny("primary", "unique", "references")) at.Position += 2;
        if (at.TryTakeAll("primary", "key")) return "NOT NULL";
        if (at.TryTake("unique")) return "";
        if (at.TryTake("references")) return SkipReference(at);
        if (at.TryTakeAll("generated", "by", "default", "as", "identity")) return Identity(at, "BY DEFAULT");
        return at.TryTake("identity") ? Identity(at, "ALWAYS") : null;
    }

    private static string SkipOne(SqlCursor at)
    {
        at.Position++;
        return "";
    }

    private static string SkipCollation(SqlCursor at) => at.Current.Is("case_insensitive")
        ? throw new SqlErrorException(SqlError.Unsupported("COLLATE CASE_INSENSITIVE is not supported by the local stand-in for Redshift.", "Compare lower(column) instead, or test this on a Redshift cluster."))
        : SkipOne(at);

    private static string SkipReference(SqlCursor at)
    {
        at.TakeQualifiedName();
        if (at.Current.Is('(')) at.SkipParentheses();
        return "";
    }

    private static string Identity(SqlCursor at, string mode)
    {
        if (!at.Current.Is('(')) throw at.SyntaxErrorHere().ToException();
        int open = at.Position;
        at.SkipParentheses();
        string[] numbers = at.Source[at[open].End..at[at.Position - 1].Start].Split(',', StringSplitOptions.TrimEntries);
        string step = numbers.Length > 1 ? numbers[1] : "1";
        // Redshift's seed may lie below 1, PostgreSQL's default minimum.
        return $"GENERATED {mode} AS IDENTITY (START WITH {numbers[0]} INCREMENT BY {step} MINVALUE -2147483648 MAXVALUE 2147483647)";
    }
}
