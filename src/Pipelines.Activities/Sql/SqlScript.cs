using System.Globalization;

namespace Pipelines.Activities.Sql;

/// <summary>One statement of a script.</summary>
/// <param name="Text">Without its semicolon and without comments before it.</param>
/// <param name="Line">Line of its first character in the script, from 1.</param>
/// <param name="Parameters">The highest $n in it; 0: none.</param>
internal sealed record ScriptStatement(string Text, int Line, int Parameters)
{
    /// <summary>Its first word in upper case, e.g. <c>SELECT</c>.</summary>
    public string Verb => new([.. Text.TakeWhile(char.IsAsciiLetter).Select(char.ToUpperInvariant)]);
}

/// <summary>
/// Splits SQL at semicolons as PostgreSQL and Redshift read it: not within '…', "…", $tag$…$tag$, line comments and (nested) block
/// comments. An unclosed quote makes the rest one statement, so that the server names the mistake.
/// </summary>
internal sealed class SqlScript
{
    private readonly string _text;
    private readonly List<ScriptStatement> _statements = [];
    private int _at;
    private int _start = -1;
    private int _parameters;

    private SqlScript(string text) => _text = text;

    /// <summary>The statements of a script, without empty ones.</summary>
    public static IReadOnlyList<ScriptStatement> Split(string text)
    {
        var script = new SqlScript(text);
        while (script._at < text.Length) script.Step();
        script.Finish();
        return script._statements;
    }

    private char Next => _at + 1 < _text.Length ? _text[_at + 1] : '\0';

    private void Step()
    {
        var c = _text[_at];
        if (c == '-' && Next == '-') SkipTo(_text.IndexOf('\n', _at), 1);
        else if (c == '/' && Next == '*') SkipComment();
        else if (c == ';') Finish();
        else if (char.IsWhiteSpace(c)) _at++;
        else
        {
            if (_start < 0) _start = _at;
            StepInside(c);
        }
    }

    private void StepInside(char c)
    {
        if (c == '\'') SkipString();
        else if (c == '"') SkipTo(_text.IndexOf('"', _at + 1), 1);
        else if (c == '$') SkipDollar();
        else _at++;
    }

    // A doubled quote ends one string and starts the next at once, which comes to the same; only E'…' knows \'.
    private void SkipString()
    {
        var escapes = _at > 0 && _text[_at - 1] is 'e' or 'E' && (_at < 2 || !IsWord(_text[_at - 2]));
        for (_at++; _at < _text.Length && _text[_at] != '\''; _at++)
            if (escapes && _text[_at] == '\\') _at++;
        _at = Math.Min(_at + 1, _text.Length);
    }

    private void SkipDollar()
    {
        var end = _at + 1;
        while (end < _text.Length && IsWord(_text[end])) end++;
        if (_at > 0 && IsWord(_text[_at - 1])) _at = end;
        else if (char.IsAsciiDigit(Next)) TakeParameter(end);
        else if (end < _text.Length && _text[end] == '$')
        {
            var tag = _text[_at..(end + 1)];
            SkipTo(_text.IndexOf(tag, end + 1, StringComparison.Ordinal), tag.Length);
        }
        else _at = end;
    }

    private void TakeParameter(int end)
    {
        if (int.TryParse(_text.AsSpan(_at + 1, end - _at - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            _parameters = Math.Max(_parameters, number);
        _at = end;
    }

    private void SkipComment()
    {
        var depth = 0;
        do
        {
            if (_text[_at] == '/' && Next == '*') (depth, _at) = (depth + 1, _at + 2);
            else if (_text[_at] == '*' && Next == '/') (depth, _at) = (depth - 1, _at + 2);
            else _at++;
        }
        while (depth > 0 && _at < _text.Length);
    }

    private void SkipTo(int index, int length) => _at = index < 0 ? _text.Length : index + length;

    private void Finish()
    {
        if (_start >= 0)
            _statements.Add(new ScriptStatement(_text[_start.._at].TrimEnd(), 1 + _text.AsSpan(0, _start).Count('\n'), _parameters));
        (_start, _parameters) = (-1, 0);
        _at++;
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';
}
