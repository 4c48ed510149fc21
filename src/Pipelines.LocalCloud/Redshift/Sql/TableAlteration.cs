namespace Pipelines.LocalCloud.Redshift.Sql;

/// <summary>ALTER TABLE: what only concerns Redshift's storage or unenforced keys becomes an alteration that changes nothing.</summary>
internal static class TableAlteration
{
    /// <summary>PostgreSQL checks that the table exists and answers ALTER TABLE.</summary>
    private const string Nothing = "SET WITHOUT CLUSTER";

    public static void Rewrite(SqlCursor at, SqlEdits edits)
    {
        at.TryTakeAll("if", "exists");
        string table = at.TakeQualifiedName();
        int action = at.Position;
        if (ChangesNothing(at)) edits.Replace(at[action].Start, at[at.Count - 1].End, Nothing);
        else if (at.TryTakeAll("add")) AddColumn(at, edits, table);
        else if (at.TryTakeAll("alter")) AlterColumn(at, edits, table);
    }

    private static bool ChangesNothing(SqlCursor at)
    {
        var (first, second, third) = (at.Current, at[at.Position + 1], at[at.Position + 2]);
        if (first.Is("add")) return second.IsAny("primary", "unique", "foreign") || (second.Is("constraint") && at[at.Position + 3].IsAny("primary", "unique", "foreign"));
        if (first.Is("drop")) return second.Is("constraint");
        if (!first.Is("alter")) return false;
        return second.IsAny("distkey", "sortkey", "diststyle", "compound", "interleaved", "encode")
            || at[at.Position + (second.Is("column") ? 3 : 2)].Is("encode") || third.Is("encode");
    }

    private static void AddColumn(SqlCursor at, SqlEdits edits, string table)
    {
        at.TryTake("column");
        at.TryTakeAll("if", "not", "exists");
        ColumnDefinition.Rewrite(at, edits, table, at.Count);
    }

    private static void AlterColumn(SqlCursor at, SqlEdits edits, string table)
    {
        at.TryTake("column");
        string column = at.Take().Name;
        if (at.TryTake("type")) TypeName.Rewrite(at, edits, $"{table}.{column}");
    }
}
