using Pipelines.LocalCloud.Redshift.Sql;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Load;

/// <summary>The options behind COPY's source, one at a time.</summary>
internal static class CopyOptions
{
    /// <summary>Redshift knows these; the stand-in does not carry them out, and says so rather than loading wrong data.</summary>
    private static readonly string[] NotHere =
    [
        "json", "parquet", "orc", "avro", "shapefile", "fixedwidth", "escape", "removequotes", "lzop", "bzip2", "encoding", "encrypted", "master_symmetric_key",
        "ssh", "readratio", "noload", "session_token", "ignoreallerrors", "jsonpaths", "rowgroup",
    ];

    public static CopyCommand Take(SqlCursor at, CopyCommand command)
    {
        var option = at.Take();
        if (option.Kind != TokenKind.Word) throw ErrorAt(option);
        return TakeAuthorization(option, at, command) ?? TakeFormat(option, at, command) ?? TakeFlag(option, command)
            ?? TakeValue(option, at, command) ?? TakeIgnored(option, at, command) ?? throw Unknown(option);
    }

    private static CopyCommand? TakeAuthorization(SqlToken option, SqlCursor at, CopyCommand command)
    {
        if (option.Is("with")) return at.Current.IsAny("credentials", "iam_role") ? command : null;
        if (option.Is("iam_role")) return command with { Authorization = new CopyAuthorization(at.TryTake("default") ? "default" : TakeText(at)) };
        if (option.Is("credentials")) return command with { Authorization = ParseCredentials(TakeText(at)) };
        var keys = command.Authorization ?? new CopyAuthorization(null);
        if (option.Is("access_key_id")) return command with { Authorization = keys with { AccessKey = TakeText(at) } };
        return option.Is("secret_access_key") ? command with { Authorization = keys with { SecretKey = TakeText(at) } } : null;
    }

    /// <summary>aws_iam_role=… or aws_access_key_id=…;aws_secret_access_key=….</summary>
    private static CopyAuthorization ParseCredentials(string text)
    {
        var parts = text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2)).Where(part => part.Length == 2)
            .ToDictionary(part => part[0].ToLowerInvariant(), part => part[1]);
        return new CopyAuthorization(parts.GetValueOrDefault("aws_iam_role"), parts.GetValueOrDefault("aws_access_key_id"), parts.GetValueOrDefault("aws_secret_access_key"));
    }

    private static CopyCommand? TakeFormat(SqlToken option, SqlCursor at, CopyCommand command)
    {
        if (option.Is("csv")) return command with { IsCsv = true };
        if (option.Is("format"))
        {
            at.TryTake("as");
            return at.Current.Is("csv") ? TakeFormat(at.Take(), at, command) : throw Unknown(at.Current);
        }
        if (option.Is("gzip")) return command with { Compression = CopyCompression.Gzip };
        return option.Is("zstd") ? command with { Compression = CopyCompression.Zstd } : null;
    }

    private static CopyCommand? TakeFlag(SqlToken option, CopyCommand command) => option.Name switch
    {
        "manifest" => command with { IsManifest = true },
        "emptyasnull" => command with { EmptyAsNull = true },
        "blanksasnull" => command with { BlanksAsNull = true },
        "truncatecolumns" => command with { TruncateColumns = true },
        "trimblanks" => command with { TrimBlanks = true },
        "ignoreblanklines" => command with { IgnoreBlankLines = true },
        "fillrecord" => command with { FillRecord = true },
        "roundec" => command with { RoundDecimals = true },
        "explicit_ids" => command with { ExplicitIds = true },
        "acceptanydate" => command with { AcceptAnyDate = true },
        _ => null,
    };

    private static CopyCommand? TakeValue(SqlToken option, SqlCursor at, CopyCommand command) => option.Name switch
    {
        "delimiter" => command with { Delimiter = TakeByte(option, at) },
        "quote" => command with { Quote = TakeByte(option, at) },
        "null" => command with { NullText = StringLiteral.Unescape(TakeText(at)) },
        "ignoreheader" => command with { IgnoreHeader = TakeNumber(at) },
        "maxerror" => command with { MaxError = TakeNumber(at) },
        "dateformat" => command with { DateFormat = TakeText(at) },
        "timeformat" => command with { TimeFormat = TakeText(at) },
        "acceptinvchars" => command with { ReplaceInvalidChars = at.Current.Is("as") || at.Current.Kind == TokenKind.String ? TakeByte(option, at) : (byte)'?' },
        _ => null,
    };

    /// <summary>Options that only concern a real cluster's storage and network.</summary>
    private static CopyCommand? TakeIgnored(SqlToken option, SqlCursor at, CopyCommand command)
    {
        if (option.IsAny("compupdate", "statupdate"))
        {
            if (at.Current.IsAny("on", "off", "true", "false", "preset")) at.Position++;
            return command;
        }
        if (option.Is("region")) TakeText(at);
        else if (option.Is("comprows")) TakeNumber(at);
        else return null;
        return command;
    }

    private static string TakeText(SqlCursor at)
    {
        at.TryTake("as");
        if (at.Current.Kind != TokenKind.String) throw at.SyntaxErrorHere().ToException();
        return StringLiteral.Value(at.Take());
    }

    private static byte TakeByte(SqlToken option, SqlCursor at)
    {
        string text = StringLiteral.Unescape(TakeText(at));
        return text.Length == 1 && text[0] < 128 ? (byte)text[0]
            : throw new SqlErrorException(SqlError.Syntax($"COPY {option.Name} must be a single ASCII character, not '{text}'"));
    }

    private static int TakeNumber(SqlCursor at)
    {
        at.TryTake("as");
        if (!int.TryParse(at.Current.Text, out int number)) throw at.SyntaxErrorHere().ToException();
        at.Position++;
        return number;
    }

    private static SqlErrorException Unknown(SqlToken option) => Array.Exists(NotHere, option.Is)
        ? new SqlErrorException(SqlError.Unsupported($"COPY option {option.Text.ToUpperInvariant()} is not supported by the local stand-in for Redshift.",
            "Load CSV or delimited text, plain, GZIP or ZSTD, or run this COPY on a Redshift cluster."))
        : ErrorAt(option);

    private static SqlErrorException ErrorAt(SqlToken option) =>
        new SqlErrorAt(option.Length == 0 ? "end of input" : $"\"{option.Text}\"").ToException();
}
