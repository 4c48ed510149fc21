namespace Pipelines.LocalCloud.Redshift.Sql;

/// <summary>Cuts SQL text into tokens; knows quotes, dollar quotes, nested comments and #names.</summary>
internal sealed class SqlLexer(string source)
{
    private int _at;

    public static List<SqlToken> Tokenize(string source)
    {
        var tokens = new List<SqlToken>();
        var lexer = new SqlLexer(source);
        while (lexer.Next() is { } token) tokens.Add(token);
        return tokens;
    }

    private char Current => Peek(0);

    private char Peek(int ahead) => _at + ahead < source.Length ? source[_at + ahead] : '\0';

    private SqlToken? Next()
    {
        SkipBlanksAndComments();
        if (_at >= source.Length) return null;
        int start = _at;
        var kind = Scan();
        return new SqlToken(kind, start, _at - start, source);
    }

    private TokenKind Scan()
    {
        char c = Current;
        if (c == '\'') return ScanQuoted('\'', backslash: false, TokenKind.String);
        if (c is 'e' or 'E' && Peek(1) == '\'') return ScanPrefixed(backslash: true);
        if (c is 'b' or 'B' or 'x' or 'X' or 'n' or 'N' && Peek(1) == '\'') return ScanPrefixed(backslash: false);
        if (c == '"') return ScanQuoted('"', backslash: false, TokenKind.QuotedName);
        if (c == '$') return ScanDollar();
        if (c == '#' && IsNameStart(Peek(1))) return ScanHashName();
        if (IsNameStart(c)) return ScanWhile(IsNamePart, TokenKind.Word);
        if (char.IsAsciiDigit(c)) return ScanWhile(x => char.IsAsciiLetterOrDigit(x) || x == '.', TokenKind.Number);
        _at += c == ':' && Peek(1) == ':' ? 2 : 1;
        return TokenKind.Symbol;
    }

    private TokenKind ScanWhile(Func<char, bool> belongs, TokenKind kind)
    {
        while (_at < source.Length && belongs(source[_at])) _at++;
        return kind;
    }

    private TokenKind ScanHashName()
    {
        _at++;
        return ScanWhile(IsNamePart, TokenKind.HashName);
    }

    private TokenKind ScanPrefixed(bool backslash)
    {
        _at++;
        return ScanQuoted('\'', backslash, TokenKind.String);
    }

    private TokenKind ScanQuoted(char quote, bool backslash, TokenKind kind)
    {
        _at++;
        while (_at < source.Length)
        {
            if (backslash && Current == '\\') _at += 2;
            else if (Current != quote) _at++;
            else if (Peek(1) == quote) _at += 2;
            else break;
        }
        _at = Math.Min(_at + 1, source.Length);
        return kind;
    }

    private TokenKind ScanDollar()
    {
        int tagEnd = _at + 1;
        while (tagEnd < source.Length && IsNamePart(source[tagEnd]) && source[tagEnd] != '$') tagEnd++;
        bool isQuote = tagEnd < source.Length && source[tagEnd] == '$' && !char.IsAsciiDigit(Peek(1));
        if (!isQuote)
        {
            _at++;
            return ScanWhile(char.IsAsciiDigit, TokenKind.Parameter);
        }
        string tag = source[_at..(tagEnd + 1)];
        int close = source.IndexOf(tag, tagEnd + 1, StringComparison.Ordinal);
        _at = close < 0 ? source.Length : close + tag.Length;
        return TokenKind.String;
    }

    private void SkipBlanksAndComments()
    {
        while (_at < source.Length)
        {
            if (char.IsWhiteSpace(Current)) _at++;
            else if (Current == '-' && Peek(1) == '-') SkipLine();
            else if (Current == '/' && Peek(1) == '*') SkipBlockComment();
            else return;
        }
    }

    private void SkipLine()
    {
        int end = source.IndexOf('\n', _at);
        _at = end < 0 ? source.Length : end + 1;
    }

    private void SkipBlockComment()
    {
        int depth = 0;
        do
        {
            if (Current == '/' && Peek(1) == '*') (depth, _at) = (depth + 1, _at + 2);
            else if (Current == '*' && Peek(1) == '/') (depth, _at) = (depth - 1, _at + 2);
            else _at++;
        }
        while (depth > 0 && _at < source.Length);
    }

    private static bool IsNameStart(char c) => char.IsLetter(c) || c == '_';

    private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c is '_' or '$';
}
