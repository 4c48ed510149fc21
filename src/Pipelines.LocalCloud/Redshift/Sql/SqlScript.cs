using Pipelines.LocalCloud.Redshift.Load;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Sql;

/// <summary>The statements of one packet.</summary>
internal sealed record SqlScript(IReadOnlyList<SqlStatement> Statements, string Text, bool IsRewritten)
{
    public bool NeedsSteps => Statements.Any(statement => statement.NeedsOwnStep);

    public static SqlScript Parse(string source)
    {
        var tokens = SqlLexer.Tokenize(source);
        var edits = new SqlEdits();
        var statements = new List<SqlStatement>();
        int first = 0;
        for (int i = 0; i <= tokens.Count; i++)
        {
            if (i < tokens.Count && !tokens[i].Is(';')) continue;
            if (i > first) statements.Add(ParseStatement(source, tokens.GetRange(first, i - first), edits));
            first = i + 1;
        }
        return edits.IsEmpty
            ? new SqlScript(statements, source, false)
            : new SqlScript(statements, edits.Apply(source, 0, source.Length), true);
    }

    private static SqlStatement ParseStatement(string source, List<SqlToken> tokens, SqlEdits edits)
    {
        try
        {
            if (CopyCommandParser.IsCopyFromS3(tokens)) return new SqlStatement.CopyFromS3(CopyCommandParser.Parse(source, tokens));
            if (Refusals.Check(source, tokens) is { } error) return new SqlStatement.Refused(error);
            Rewriting.Apply(source, tokens, edits);
        }
        catch (SqlErrorException refusal)
        {
            return new SqlStatement.Refused(refusal.Error);
        }
        string text = edits.Apply(source, tokens[0].Start, tokens[^1].End);
        return tokens[0].Is("truncate") ? new SqlStatement.Truncate(text) : new SqlStatement.PassThrough(text);
    }
}
