namespace Pipelines.LocalCloud.AwsS3;

/// <summary>
/// Fed byte by byte, says where a row of COPY's output ends. A newline inside CSV quotes belongs to the row; in the text format every newline
/// ends one. The binary format is not cut at all.
/// </summary>
internal sealed class RowEnds(bool canBeCut, byte? quote, byte? escape)
{
    private bool _quoted;
    private bool _escaped;

    public bool CanBeCut => canBeCut;

    /// <param name="options">As the SQL function checked them, one each: <c>format csv</c>, <c>quote 'x'</c>.</param>
    public static RowEnds Of(IReadOnlyList<string> options)
    {
        var format = Value(options, "format")?.Trim('\'').ToLowerInvariant();
        if (format != "csv")
            return new RowEnds(format != "binary", null, null);
        var quote = Character(Value(options, "quote")) ?? (byte)'"';
        return new RowEnds(true, quote, Character(Value(options, "escape")) ?? quote);
    }

    public bool EndsWith(byte next)
    {
        if (quote is null)
            return next == '\n';
        if (_escaped)
            _escaped = false;
        else if (_quoted && next == escape && escape != quote)
            _escaped = true;
        else if (next == quote)
            _quoted = !_quoted; // a doubled quote leaves and enters again
        return !_quoted && next == '\n';
    }

    private static string? Value(IReadOnlyList<string> options, string name) =>
        options.FirstOrDefault(option => option.StartsWith(name + " ", StringComparison.Ordinal))?[(name.Length + 1)..];

    // COPY takes one single-byte character; quote_literal wrote it as 'x', '''' or E'\\', and a word stands without quotes.
    private static byte? Character(string? value) => value is null ? null : (byte)value[value.EndsWith('\'') ? ^2 : ^1];
}
