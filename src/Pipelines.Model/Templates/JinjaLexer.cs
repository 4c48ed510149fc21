using System.Text;
using System.Text.RegularExpressions;

namespace Pipelines.Model.Templates;

/// <summary>Cuts a Jinja template into tokens, with whitespace control, comments and raw blocks.</summary>
internal sealed partial class JinjaLexer
{
    private static readonly string[] Operators =
        ["**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ".", ",", ":", "|"];

    private readonly string _text;
    private readonly List<Token> _tokens = [];
    private int _at;
    private bool _trimNext;

    private JinjaLexer(string text) => _text = text;

    public static List<Token> Read(string text)
    {
        // Jinja drops one newline at the very end (keep_trailing_newline is off in Airflow).
        var lexer = new JinjaLexer(text.EndsWith('\n') ? text[..^(text.EndsWith("\r\n", StringComparison.Ordinal) ? 2 : 1)] : text);
        while (lexer._at < lexer._text.Length) lexer.ReadNext();
        lexer.Add(TokenKind.End, "", lexer._text.Length);
        return lexer._tokens;
    }

    private void ReadNext()
    {
        var open = NextTag(_at);
        AddText(_at, open);
        if (open == _text.Length)
        {
            _at = open;
            return;
        }
        if (_text[open + 1] == '#') SkipComment(open);
        else if (RawBlock().Match(_text, open) is { Success: true } raw) ReadRaw(raw);
        else ReadTag(open, _text[open + 1] == '{');
    }

    private int NextTag(int from)
    {
        for (var i = _text.IndexOf('{', from); i >= 0 && i + 1 < _text.Length; i = _text.IndexOf('{', i + 1))
            if (_text[i + 1] is '{' or '%' or '#') return i;
        return _text.Length;
    }

    private void AddText(int start, int end)
    {
        var text = _text[start..end];
        if (_trimNext) text = text.TrimStart();
        _trimNext = false;
        if (end + 2 < _text.Length && _text[end + 2] == '-') text = text.TrimEnd();
        if (text.Length > 0) Add(TokenKind.Text, text, start);
    }

    private void SkipComment(int open)
    {
        var end = _text.IndexOf("#}", open + 2, StringComparison.Ordinal);
        if (end < 0) throw TemplateException.At(_text, open, "This comment is not closed. End it with '#}'.");
        _trimNext = _text[end - 1] == '-';
        _at = end + 2;
    }

    private void ReadRaw(Match raw)
    {
        var end = EndRaw().Match(_text, raw.Index + raw.Length);
        if (!end.Success) throw TemplateException.At(_text, raw.Index, "This raw block is not closed. End it with '{% endraw %}'.");
        _trimNext = raw.Groups[1].Value == "-";
        AddText(raw.Index + raw.Length, end.Index);
        _trimNext = end.Groups[1].Value == "-";
        _at = end.Index + end.Length;
    }

    private void ReadTag(int open, bool output)
    {
        Add(output ? TokenKind.OutputStart : TokenKind.BlockStart, _text.Substring(open, 2), open);
        var close = output ? "}}" : "%}";
        _at = open + 2;
        if (_at < _text.Length && _text[_at] is '-' or '+') _at++;
        // A dict's braces may stand right before the end of an output: {{ {'a': {}} }}.
        for (var braces = 0; ;)
        {
            while (_at < _text.Length && char.IsWhiteSpace(_text[_at])) _at++;
            if (_at == _text.Length) throw TemplateException.At(_text, open, $"This tag is not closed. End it with '{close}'.");
            if (braces == 0 && IsEnd(close)) break;
            ReadToken();
            if (_tokens[^1] is { Kind: TokenKind.Operator } last) braces += last.Text == "{" ? 1 : last.Text == "}" ? -1 : 0;
        }
        Add(output ? TokenKind.OutputEnd : TokenKind.BlockEnd, close, _at);
        _trimNext = _text[_at] == '-';
        _at += _trimNext ? 3 : 2;
    }

    private bool IsEnd(string close) => string.CompareOrdinal(_text, _at, close, 0, 2) == 0
        || (_text[_at] == '-' && string.CompareOrdinal(_text, _at + 1, close, 0, 2) == 0);

    private void ReadToken()
    {
        var c = _text[_at];
        if (c is '\'' or '"') ReadString(c);
        else if (Name().Match(_text, _at) is { Success: true } name) Take(TokenKind.Name, name.Value);
        else if (Number().Match(_text, _at) is { Success: true } number) Take(number.Groups[1].Success || number.Groups[2].Success ? TokenKind.Float : TokenKind.Integer, number.Value);
        else if (Operators.FirstOrDefault(op => string.CompareOrdinal(_text, _at, op, 0, op.Length) == 0) is { } op) Take(TokenKind.Operator, op);
        else throw TemplateException.At(_text, _at, $"The character '{c}' has no meaning here.");
    }

    private void Take(TokenKind kind, string text)
    {
        Add(kind, text, _at);
        _at += text.Length;
    }

    private void ReadString(char quote)
    {
        var start = _at++;
        var value = new StringBuilder();
        while (true)
        {
            if (_at >= _text.Length) throw TemplateException.At(_text, start, $"This text is not closed. End it with {quote}.");
            var c = _text[_at++];
            if (c == quote) break;
            if (c != '\\' || _at >= _text.Length) value.Append(c);
            else AppendEscape(value, start);
        }
        Add(TokenKind.String, value.ToString(), start);
    }

    private void AppendEscape(StringBuilder value, int start)
    {
        var c = _text[_at++];
        var hex = c switch { 'x' => 2, 'u' => 4, _ => 0 };
        if (hex > 0)
        {
            if (_at + hex > _text.Length || !int.TryParse(_text.AsSpan(_at, hex), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var code))
                throw TemplateException.At(_text, start, $"'\\{c}' in this text needs {hex} hexadecimal digits.");
            value.Append((char)code);
            _at += hex;
            return;
        }
        // As in Python, an unknown escape keeps its backslash.
        _ = c switch
        {
            'n' => value.Append('\n'),
            't' => value.Append('\t'),
            'r' => value.Append('\r'),
            '0' => value.Append('\0'),
            '\\' or '\'' or '"' => value.Append(c),
            _ => value.Append('\\').Append(c),
        };
    }

    private void Add(TokenKind kind, string text, int offset) => _tokens.Add(new Token(kind, text, offset));

    [GeneratedRegex(@"\G[\p{L}_][\p{L}\p{Nd}_]*")]
    private static partial Regex Name();

    [GeneratedRegex(@"\G[0-9][0-9_]*(\.[0-9]+)?([eE][+-]?[0-9]+)?")]
    private static partial Regex Number();

    [GeneratedRegex(@"\G\{%-?\s*raw\s*(-?)%\}")]
    private static partial Regex RawBlock();

    [GeneratedRegex(@"\{%-?\s*endraw\s*(-?)%\}")]
    private static partial Regex EndRaw();
}
