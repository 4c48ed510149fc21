namespace Pipelines.LocalCloud.Redshift.Sql;

/// <summary>CREATE TABLE: distribution, sort keys and encodings are accepted and dropped, keys are parsed and not enforced, types become PostgreSQL's.</summary>
internal static class TableDefinition
{
    /// <summary>Takes CREATE [TEMP] TABLE [IF NOT EXISTS]; makes a #name temporary.</summary>
    public static bool TryTakeHead(SqlCursor at, SqlEdits edits)
    {
        int start = at.Position;
        if (!at.TryTake("create")) return false;
        at.TryTake("local");
        bool isTemporary = at.TryTake("temp") || at.TryTake("temporary");
        var table = at.Current;
        if (!at.TryTake("table"))
        {
            at.Position = start;
            return false;
        }
        at.TryTakeAll("if", "not", "exists");
        if (at.Current.Kind == TokenKind.HashName && !isTemporary) edits.Insert(table.Start, "TEMP ");
        return true;
    }

    public static void Rewrite(SqlCursor at, SqlEdits edits)
    {
        string table = at.TakeQualifiedName().Split('.')[^1].Trim('"');
        if (at.Current.Is('(')) RewriteItems(at, edits, table);
        DropAttributes(at, edits);
    }

    private static void RewriteItems(SqlCursor at, SqlEdits edits, string table)
    {
        int close = at.FindClose();
        at.Position++;
        var columns = new Dictionary<string, int>();
        var keyColumns = new List<string>();
        int previousComma = -1;
        bool keptOne = false;
        while (at.Position < close)
        {
            int first = at.Position;
            bool dropped = RewriteItem(at, edits, table, close, columns, keyColumns);
            int comma = at.Position < close ? at.Position : -1;
            if (dropped) DropItem(at, edits, first, keptOne ? previousComma : -1, keptOne ? -1 : comma);
            keptOne |= !dropped;
            previousComma = comma;
            at.Position = Math.Min(at.Position + 1, close);
        }
        at.Position = close + 1;
        foreach (string key in keyColumns.Where(columns.ContainsKey)) edits.Insert(columns[key], " NOT NULL");
    }

    /// <summary>Removes the item and one comma beside it.</summary>
    private static void DropItem(SqlCursor at, SqlEdits edits, int first, int commaBefore, int commaAfter)
    {
        if (commaBefore >= 0) edits.Replace(at[commaBefore], "");
        edits.Remove(at[first], at[at.Position - 1]);
        if (commaAfter >= 0) edits.Replace(at[commaAfter], "");
    }

    /// <summary>Moves to the comma or parenthesis behind the item.</summary>
    /// <returns>True when the item is a constraint that Redshift does not enforce.</returns>
    private static bool RewriteItem(SqlCursor at, SqlEdits edits, string table, int close, Dictionary<string, int> columns, List<string> keyColumns)
    {
        if (at.Current.IsAny("primary", "unique", "foreign", "constraint"))
        {
            if (at.Current.Is("constraint")) at.Position += 2;
            bool isPrimary = at.TryTakeAll("primary", "key");
            if (isPrimary && at.Current.Is('('))
                for (int i = at.Position + 1; i < at.FindClose(); i++)
                    if (at[i].IsName) keyColumns.Add(at[i].Name);
            SkipItem(at, close);
            return true;
        }
        if (at.Current.Is("like") || at[at.Position + 1].Is(',') || at.Position + 1 == close) SkipItem(at, close);
        else
        {
            string name = at.Current.Name;
            ColumnDefinition.Rewrite(at, edits, table, close);
            columns[name] = at[at.Position - 1].End;
        }
        return false;
    }

    private static void SkipItem(SqlCursor at, int close)
    {
        while (at.Position < close && !at.Current.Is(','))
        {
            if (at.Current.Is('(')) at.SkipParentheses();
            else at.Position++;
        }
    }

    /// <summary>What follows the columns, up to AS or the end.</summary>
    private static void DropAttributes(SqlCursor at, SqlEdits edits)
    {
        while (!at.AtEnd && !at.Current.Is("as"))
        {
            int first = at.Position;
            bool isAttribute = at.TryTakeAll("backup", "yes") || at.TryTakeAll("backup", "no") || TakeStyle(at) || TakeKeys(at) || at.TryTakeAll("encode", "auto");
            if (isAttribute) edits.Remove(at[first], at[at.Position - 1]);
            else at.Position++;
        }
    }

    private static bool TakeStyle(SqlCursor at)
    {
        if (!at.TryTake("diststyle")) return false;
        if (!at.Current.IsAny("auto", "even", "key", "all")) throw at.SyntaxErrorHere().ToException();
        at.Position++;
        return true;
    }

    private static bool TakeKeys(SqlCursor at)
    {
        bool isNamed = at.TryTake("compound") || at.TryTake("interleaved");
        if (!at.TryTake("distkey") && !at.TryTake("sortkey"))
        {
            if (isNamed) throw at.SyntaxErrorHere().ToException();
            return false;
        }
        if (at.TryTake("auto")) return true;
        if (!at.Current.Is('(')) throw at.SyntaxErrorHere().ToException();
        at.SkipParentheses();
        return true;
    }
}
