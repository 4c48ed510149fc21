namespace Pipelines.LocalCloud.Redshift.Sql;

internal enum TokenKind
{
    Word,
    QuotedName,
    /// <summary>A name that starts with #: a temporary table.</summary>
    HashName,
    String,
    Number,
    Parameter,
    Symbol,
}

/// <summary>One token of a statement and where it stands in the text. Comments and blanks are not tokens.</summary>
internal readonly record struct SqlToken(TokenKind Kind, int Start, int Length, string Source)
{
    public int End => Start + Length;

    public string Text => Source.Substring(Start, Length);

    public bool Is(string word) =>
        Kind == TokenKind.Word && Length == word.Length && string.Compare(Source, Start, word, 0, Length, StringComparison.OrdinalIgnoreCase) == 0;

    public bool IsAny(params ReadOnlySpan<string> words)
    {
        foreach (string word in words)
            if (Is(word)) return true;
        return false;
    }

    public bool Is(char symbol) => Kind == TokenKind.Symbol && Length == 1 && Source[Start] == symbol;

    public bool IsName => Kind is TokenKind.Word or TokenKind.QuotedName or TokenKind.HashName;

    /// <summary>The name as the catalog holds it. Redshift folds quoted names to lower case too, unless told otherwise.</summary>
    public string Name => (Kind == TokenKind.QuotedName
        ? Source[(Start + 1)..(End - 1)].Replace("\"\"", "\"", StringComparison.Ordinal)
        : Text).ToLowerInvariant();

    /// <summary>The name as PostgreSQL must read it: quoted where it was, or where it starts with #.</summary>
    public string SqlName => Kind == TokenKind.Word ? Text : $"\"{Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
