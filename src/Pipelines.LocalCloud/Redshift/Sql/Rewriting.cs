namespace Pipelines.LocalCloud.Redshift.Sql;

/// <summary>Puts a statement of Redshift's dialect into PostgreSQL's words, token by token.</summary>
internal static class Rewriting
{
    public static void Apply(string source, IReadOnlyList<SqlToken> tokens, SqlEdits edits)
    {
        var at = new SqlCursor(source, tokens);
        if (TableDefinition.TryTakeHead(at, edits)) TableDefinition.Rewrite(at, edits);
        else if (at.TryTakeAll("alter", "table")) TableAlteration.Rewrite(at, edits);
        else if (at.Current.Is("vacuum")) RewriteVacuum(at, edits);
        else if (at.Current.IsAny("set", "show", "reset")) SessionParameters.Rewrite(at, edits);
        if (at.Count == 2 && at.TryTakeAll("show", "server_version"))
            edits.Replace(tokens[0].Start, tokens[1].End, $"SELECT '{RedshiftVersion.Server}'::text AS server_version");
        RewriteViewBinding(tokens, edits);
        RewriteExpressions(tokens, edits);
    }

    private static void RewriteExpressions(IReadOnlyList<SqlToken> tokens, SqlEdits edits)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            bool needsOtherName = tokens[i].Kind == TokenKind.HashName || (tokens[i].Kind == TokenKind.QuotedName && tokens[i].SqlName != tokens[i].Text);
            if (needsOtherName) edits.Replace(tokens[i], tokens[i].SqlName);
            else if (tokens[i].Kind == TokenKind.Word) Functions.Rewrite(tokens, i, edits);
        }
    }

    /// <summary>CREATE VIEW … WITH NO SCHEMA BINDING: PostgreSQL binds always.</summary>
    private static void RewriteViewBinding(IReadOnlyList<SqlToken> tokens, SqlEdits edits)
    {
        if (!tokens[0].Is("create") || tokens.Count < 8) return;
        int i = tokens.Count - 4;
        if (tokens[i].Is("with") && tokens[i + 1].Is("no") && tokens[i + 2].Is("schema") && tokens[i + 3].Is("binding")) edits.Remove(tokens[i], tokens[i + 3]);
    }

    /// <summary>VACUUM [FULL|SORT ONLY|DELETE ONLY|REINDEX|RECLUSTER] [table [TO n PERCENT] [BOOST]].</summary>
    private static void RewriteVacuum(SqlCursor at, SqlEdits edits)
    {
        var first = at.Take();
        bool hasMode = at.TryTakeAll("sort", "only") || at.TryTakeAll("delete", "only") || at.TryTake("full") || at.TryTake("reindex") || at.TryTake("recluster");
        string table = at.AtEnd ? "" : " " + at.TakeQualifiedName();
        if (hasMode || !at.AtEnd) edits.Replace(first.Start, at[at.Count - 1].End, "VACUUM" + table);
    }
}
