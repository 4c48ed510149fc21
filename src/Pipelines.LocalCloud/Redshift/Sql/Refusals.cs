using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Sql;

/// <summary>What PostgreSQL could do and Redshift does not: refused in Redshift's words.</summary>
internal static class Refusals
{
    public static SqlError? Check(string source, IReadOnlyList<SqlToken> tokens)
    {
        string text = source[tokens[0].Start..tokens[^1].End];
        return CheckCommand(new SqlCursor(source, tokens), text) ?? CheckClauses(tokens);
    }

    private static SqlError? CheckCommand(SqlCursor at, string text)
    {
        if (at.Current.Is("create") && at[1].Is("index") || at.TryTakeAll("create", "unique", "index"))
            return SqlError.Unsupported($"SQL command \"{text}\" not supported on Redshift tables.");
        if (at.Current.IsAny("savepoint", "release") || IsRollbackTo(at))
            return SqlError.Unsupported($"SQL command \"{text}\" not supported.");
        if (at.Current.Is("unload"))
            return SqlError.Unsupported("UNLOAD is not supported by the local stand-in for Redshift.",
                "Read the rows with SELECT or COPY (query) TO STDOUT instead, or run this statement on a Redshift cluster.");
        if (at.Current.IsAny("listen", "notify", "unlisten") && at.Count > 1)
            return SqlError.Syntax($"syntax error at or near \"{at.Current.Text}\"");
        return null;
    }

    private static bool IsRollbackTo(SqlCursor at) =>
        at.Current.Is("rollback") && (at[1].Is("to") || (at[1].IsAny("work", "transaction") && at[2].Is("to")));

    private static SqlError? CheckClauses(IReadOnlyList<SqlToken> tokens)
    {
        bool writes = tokens[0].IsAny("insert", "update", "delete", "with", "merge");
        for (int i = 1; i < tokens.Count; i++)
        {
            var token = tokens[i];
            bool next(string word) => i + 1 < tokens.Count && tokens[i + 1].Is(word);
            if (writes && token.Is("on") && next("conflict")) return SqlError.Syntax("syntax error at or near \"ON\"");
            if (writes && token.Is("returning") && !tokens[i - 1].Is('.')) return SqlError.Syntax("syntax error at or near \"RETURNING\"");
            if (CheckType(tokens, i) is { } error) return error;
        }
        return null;
    }

    /// <summary>Types after :: and in CAST(… AS …).</summary>
    private static SqlError? CheckType(IReadOnlyList<SqlToken> tokens, int i)
    {
        bool isCast = tokens[i - 1].Kind == TokenKind.Symbol && tokens[i - 1].Text == "::";
        if (isCast && TypeName.Missing.Contains(tokens[i].Name)) return TypeName.DoesNotExist(tokens[i].Name);
        if (tokens[i].Is("array") && i + 1 < tokens.Count && tokens[i + 1].Is('[')) return SqlError.Unsupported("ARRAY constructors with brackets are not supported on Redshift.",
            "Use ARRAY(...), which makes a SUPER value on Redshift, or separate rows.");
        return null;
    }
}
