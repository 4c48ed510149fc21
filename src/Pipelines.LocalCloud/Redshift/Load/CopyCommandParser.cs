using System.Globalization;
using Pipelines.LocalCloud.Redshift.Sql;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Load;

/// <summary>Reads COPY … FROM 's3://…' with its options in any order.</summary>
internal static class CopyCommandParser
{
    private static readonly string[] OtherSources = ["emr://", "dynamodb://", "ssh://"];

    /// <summary>True for a COPY that reads from outside the session, so PostgreSQL must not see it.</summary>
    public static bool IsCopyFromS3(IReadOnlyList<SqlToken> tokens)
    {
        if (!tokens[0].Is("copy")) return false;
        for (int i = 1; i + 1 < tokens.Count; i++)
        {
            if (tokens[i].Is("select")) return false;
            if (tokens[i].Is("from")) return tokens[i + 1].Kind == TokenKind.String;
        }
        return false;
    }

    public static CopyCommand Parse(string source, IReadOnlyList<SqlToken> tokens)
    {
        var at = new SqlCursor(source, tokens) { Position = 1 };
        string table = at.TakeQualifiedName();
        var columns = TakeColumns(at);
        if (!at.TryTake("from")) throw at.SyntaxErrorHere().ToException();
        var (bucket, key) = ParseUrl(StringLiteral.Value(at.Take()));
        var command = new CopyCommand { Table = table, Columns = columns, Bucket = bucket, Key = key };
        while (!at.AtEnd) command = CopyOptions.Take(at, command);
        return Check(command);
    }

    private static List<string> TakeColumns(SqlCursor at)
    {
        var columns = new List<string>();
        if (!at.TryTake('(')) return columns;
        do
        {
            if (!at.Current.IsName) throw at.SyntaxErrorHere().ToException();
            columns.Add(at.Take().Name);
        }
        while (at.TryTake(','));
        if (!at.TryTake(')')) throw at.SyntaxErrorHere().ToException();
        return columns;
    }

    private static (string Bucket, string Key) ParseUrl(string url)
    {
        if (Array.Exists(OtherSources, source => url.StartsWith(source, StringComparison.OrdinalIgnoreCase)))
            throw new SqlErrorException(SqlError.Unsupported($"COPY FROM '{url}' is not supported by the local stand-in for Redshift; it reads s3:// only."));
        if (S3Url.TryParse(url) is not { } location)
            throw new SqlErrorException(SqlError.Internal($"Invalid S3 location '{url}' in COPY; write FROM 's3://bucket/prefix'."));
        return location;
    }

    private static CopyCommand Check(CopyCommand command)
    {
        if (command.Authorization is null)
            throw new SqlErrorException(SqlError.Syntax("COPY needs credentials: add IAM_ROLE 'arn:aws:iam::…' (or DEFAULT), CREDENTIALS '…', or ACCESS_KEY_ID and SECRET_ACCESS_KEY."));
        if (command.IsCsv && command.FieldDelimiter == command.Quote)
            throw new SqlErrorException(SqlError.Syntax(string.Create(CultureInfo.InvariantCulture, $"COPY delimiter and quote must be different; both are '{(char)command.Quote}'.")));
        return command;
    }
}
