using System.Diagnostics.CodeAnalysis;
using Pipelines.LocalCloud.Redshift.Columns;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Load;

/// <summary>
/// Cuts a stream into records and fields, in one buffer and without copying. With a quote it reads CSV: quotes doubled, delimiters and newlines inside quotes.
/// Without one it reads plain delimited lines. A record that breaks the rules is still a record, with a <see cref="Fault"/>.
/// </summary>
/// <param name="delimiter">The byte between fields.</param>
/// <param name="quote">The byte around fields, or null for plain delimited text.</param>
internal sealed class RecordReader(Stream stream, byte delimiter, byte? quote, int bufferSize = 256 * 1024)
{
    /// <summary>Redshift's longest input row.</summary>
    private const int LongestRecord = 4 * 1024 * 1024;

    private readonly byte _quote = quote ?? delimiter;
    private byte[] _buffer = new byte[bufferSize];
    private byte[] _unquoted = new byte[256];
    private FieldSpan[] _fields = new FieldSpan[16];
    private int _start;
    private int _end;
    private int _recordStart;
    private int _recordEnd;
    private long _nextLine = 1;
    private bool _isComplete;

    private readonly record struct FieldSpan(int Start, int End, bool HasDoubledQuotes);

    public int FieldCount { get; private set; }

    /// <summary>The line on which the record starts; 1 is the first of the file.</summary>
    public long LineNumber { get; private set; }

    public Fault? Fault { get; private set; }

    /// <summary>The record as it stands in the file, without its line end.</summary>
    public ReadOnlySpan<byte> RawRecord => _buffer.AsSpan(_recordStart, _recordEnd - _recordStart);

    public bool IsBlankLine => _recordEnd == _recordStart;

    /// <summary>The value of a field without its quotes; valid until the next call.</summary>
    public ReadOnlySpan<byte> Field(int index)
    {
        var field = _fields[index];
        var raw = _buffer.AsSpan(field.Start, field.End - field.Start);
        return field.HasDoubledQuotes ? Undouble(raw) : raw;
    }

    /// <summary>Moves to the next record in the buffer.</summary>
    /// <returns>False when more input is needed.</returns>
    public bool TryRead()
    {
        if (_start == _end) return false;
        (FieldCount, Fault) = (0, null);
        int at = _start;
        int embeddedLines = 0;
        while (true)
        {
            int field = at;
            bool isQuoted = quote is not null && at < _end && _buffer[at] == _quote;
            if (!(isQuoted ? TryReadQuoted(ref at) : TryReadPlain(ref at))) return false;
            if (isQuoted) embeddedLines += _buffer.AsSpan(field, at - field).Count((byte)'\n');
            if (Fault is not null && !TrySkipLine(ref at)) return false;
            if (at < _end && _buffer[at] == delimiter && Fault is null) at++;
            else return TryEndRecord(at, embeddedLines);
        }
    }

    /// <summary>Reads more input.</summary>
    /// <returns>False at the end of the stream, when nothing is left.</returns>
    public async ValueTask<bool> FillAsync(CancellationToken cancel)
    {
        if (_isComplete) return false;
        MakeRoom();
        int read = await stream.ReadAsync(_buffer.AsMemory(_end), cancel);
        _end += read;
        _isComplete = read == 0;
        return _end > _start;
    }

    private bool TryReadQuoted(ref int at)
    {
        int start = at + 1;
        bool hasDoubledQuotes = false;
        for (int from = start; ; from += 2)
        {
            int found = _buffer.AsSpan(from, _end - from).IndexOf(_quote);
            if (found < 0) return TryEndInsideQuotes(start, ref at);
            from += found;
            if (from + 1 == _end && !_isComplete) return false;
            if (from + 1 < _end && _buffer[from + 1] == _quote)
            {
                hasDoubledQuotes = true;
                continue;
            }
            AddField(start, from, hasDoubledQuotes);
            at = from + 1;
            return CheckAfterQuote(at);
        }
    }

    private bool TryEndInsideQuotes(int start, ref int at)
    {
        if (!_isComplete) return false;
        AddField(start, _end, false);
        Fault = Fault.UnclosedQuote;
        at = _end;
        return true;
    }

    /// <summary>Only a delimiter or a line end may follow the closing quote.</summary>
    private bool CheckAfterQuote(int at)
    {
        if (at == _end || _buffer[at] == delimiter || _buffer[at] == '\n') return true;
        if (_buffer[at] != '\r') Fault = Fault.MisplacedQuote;
        else if (at + 1 == _end) return _isComplete;
        else if (_buffer[at + 1] != '\n') Fault = Fault.MisplacedQuote;
        return true;
    }

    private bool TryReadPlain(ref int at)
    {
        var rest = _buffer.AsSpan(at, _end - at);
        int length = quote is null ? rest.IndexOfAny(delimiter, (byte)'\n') : rest.IndexOfAny(delimiter, (byte)'\n', _quote);
        if (length < 0)
        {
            if (!_isComplete) return false;
            length = rest.Length;
        }
        else if (quote is not null && rest[length] == _quote && _quote != delimiter) Fault = Fault.MisplacedQuote;
        AddField(at, at + length - (EndsWithReturn(rest, length) ? 1 : 0), false);
        at += length;
        return true;
    }

    private static bool EndsWithReturn(ReadOnlySpan<byte> rest, int length) =>
        length > 0 && rest[length - 1] == '\r' && (length == rest.Length || rest[length] == '\n');

    private bool TrySkipLine(ref int at)
    {
        int newline = _buffer.AsSpan(at, _end - at).IndexOf((byte)'\n');
        if (newline < 0 && !_isComplete) return false;
        at = newline < 0 ? _end : at + newline;
        return true;
    }

    private bool TryEndRecord(int at, int embeddedLines)
    {
        if (at == _end && !_isComplete) return false;
        _recordStart = _start;
        int lineEnd = at;
        if (at < _end && _buffer[at] == '\r') at++;
        else if (lineEnd > _start && _buffer[lineEnd - 1] == '\r') lineEnd--;
        _recordEnd = lineEnd;
        _start = Math.Min(at + 1, _end);
        LineNumber = _nextLine;
        _nextLine += embeddedLines + 1;
        return true;
    }

    private void AddField(int start, int end, bool hasDoubledQuotes)
    {
        if (FieldCount == _fields.Length) Array.Resize(ref _fields, FieldCount * 2);
        _fields[FieldCount++] = new FieldSpan(start, end, hasDoubledQuotes);
    }

    private Span<byte> Undouble(ReadOnlySpan<byte> raw)
    {
        if (_unquoted.Length < raw.Length) _unquoted = new byte[raw.Length * 2];
        int length = 0;
        for (int i = 0; i < raw.Length; i++)
        {
            _unquoted[length++] = raw[i];
            if (raw[i] == _quote) i++;
        }
        return _unquoted.AsSpan(0, length);
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length) return;
        int length = _end - _start;
        if (length > LongestRecord) ThrowTooLong();
        byte[] target = length > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        Buffer.BlockCopy(_buffer, _start, target, 0, length);
        _buffer = target;
        (_start, _end) = (0, length);
    }

    [DoesNotReturn]
    private void ThrowTooLong() => throw new SqlErrorException(SqlError.Internal(
        $"The row that starts on line {_nextLine} is longer than 4 MB, Redshift's limit for one input row; check the quotes in the file."));
}
