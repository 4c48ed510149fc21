namespace Pipelines.LocalCloud.Redshift.Sql;

/// <summary>Functions whose call has another shape in PostgreSQL. Those that only need a definition are in catalog.sql.</summary>
internal static class Functions
{
    public static void Rewrite(IReadOnlyList<SqlToken> tokens, int i, SqlEdits edits)
    {
        var token = tokens[i];
        if (i > 0 && tokens[i - 1].Is('.')) return;
        bool isCall = i + 1 < tokens.Count && tokens[i + 1].Is('(');
        if (token.Is("sysdate") && !isCall) edits.Replace(token, "(transaction_timestamp() AT TIME ZONE 'UTC')");
        if (!isCall) return;
        if (token.Is("nvl")) edits.Replace(token, "coalesce");
        else if (token.IsAny("dateadd", "datediff", "date_part", "date_add", "date_diff") && i + 3 < tokens.Count) QuoteDatePart(tokens, i, edits);
        else if (token.IsAny("varchar", "char", "nvarchar", "varying") && i + 3 < tokens.Count && tokens[i + 2].Is("max")) edits.Replace(tokens[i + 2], token.Is("char") ? "4096" : "65535");
        else if (token.Is("listagg")) RewriteListagg(tokens, i, edits);
    }

    /// <summary>DATEADD(day, 1, d): the part is a bare word in Redshift.</summary>
    private static void QuoteDatePart(IReadOnlyList<SqlToken> tokens, int i, SqlEdits edits)
    {
        var part = tokens[i + 2];
        if (part.IsName && tokens[i + 3].Is(',')) edits.Replace(part, $"'{part.Name.Replace("'", "''", StringComparison.Ordinal)}'");
    }

    /// <summary>LISTAGG([DISTINCT] x [, delimiter]) [WITHIN GROUP (ORDER BY y)] becomes string_agg(x::text, delimiter [ORDER BY y]).</summary>
    private static void RewriteListagg(IReadOnlyList<SqlToken> tokens, int i, SqlEdits edits)
    {
        int close = FindClose(tokens, i + 1);
        if (close >= tokens.Count) return;
        edits.Replace(tokens[i], "string_agg");
        int first = i + (tokens[i + 2].Is("distinct") ? 3 : 2);
        int comma = FindComma(tokens, first, close);
        edits.Insert(tokens[first].Start, "(");
        edits.Insert(tokens[comma < 0 ? close : comma].Start, comma < 0 ? ")::text, ''" : ")::text");
        if (close + 3 >= tokens.Count || !tokens[close + 1].Is("within") || !tokens[close + 2].Is("group")) return;
        int groupClose = FindClose(tokens, close + 3);
        if (groupClose >= tokens.Count) return;
        edits.Replace(tokens[close].Start, tokens[close + 3].End, " ");
    }

    private static int FindClose(IReadOnlyList<SqlToken> tokens, int open)
    {
        int depth = 0;
        for (int i = open; i < tokens.Count; i++)
        {
            if (tokens[i].Is('(')) depth++;
            else if (tokens[i].Is(')') && --depth == 0) return i;
        }
        return tokens.Count;
    }

    private static int FindComma(IReadOnlyList<SqlToken> tokens, int from, int to)
    {
        int depth = 0;
        for (int i = from; i < to; i++)
        {
            if (tokens[i].Is('(')) depth++;
            else if (tokens[i].Is(')')) depth--;
            else if (depth == 0 && tokens[i].Is(',')) return i;
        }
        return -1;
    }
}
