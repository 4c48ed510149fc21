using System.Text;

namespace Pipelines.LocalCloud.S3.Signing;

/// <summary>Reads lines and bytes from one stream, however its bytes arrive.</summary>
internal sealed class LineReader(Stream input)
{
    private const int LongestLine = 8 * 1024;

    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    /// <summary>The next line without its CR LF; null at the end of the stream.</summary>
    /// <exception cref="S3Failure">IncompleteBody: the stream ends inside a line, or a line is too long.</exception>
    public async ValueTask<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        using var line = new MemoryStream();
        while (true)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
                return line.Length == 0 ? null : throw S3Failure.IncompleteBody();
            var feed = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            var taken = feed < 0 ? _end - _start : feed + 1;
            line.Write(_buffer, _start, taken);
            _start += taken;
            if (line.Length > LongestLine)
                throw S3Failure.IncompleteBody();
            if (feed >= 0)
                return Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length).TrimEnd('\r', '\n');
        }
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_start == _end)
            return await input.ReadAsync(buffer, cancellationToken);
        var taken = Math.Min(buffer.Length, _end - _start);
        _buffer.AsMemory(_start, taken).CopyTo(buffer);
        _start += taken;
        return taken;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        _start = 0;
        _end = await input.ReadAsync(_buffer, cancellationToken);
        return _end > 0;
    }
}
