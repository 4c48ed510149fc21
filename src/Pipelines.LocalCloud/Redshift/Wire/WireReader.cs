using System.Buffers.Binary;
using System.Net.Sockets;

namespace Pipelines.LocalCloud.Redshift.Wire;

/// <summary>One message of the PostgreSQL protocol: its type byte and its payload without the length.
/// The payload is valid until the next read from the same reader.</summary>
internal readonly record struct WireMessage(char Type, ReadOnlyMemory<byte> Payload);

/// <summary>Reads whole protocol messages from a socket through one buffer that grows to the largest message.</summary>
internal sealed class WireReader(Socket socket)
{
    private const int LargestMessage = 1 << 30;
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    /// <summary>True when the next read will not have to wait for the network for its header.</summary>
    public bool HasBufferedMessage =>
        _end - _start >= 5 && _end - _start - 1 >= BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start + 1));

    public bool HasInput => _end > _start || socket.Available > 0;

    /// <returns>The next message, or null when the peer closed the connection.</returns>
    public async ValueTask<WireMessage?> ReadAsync(CancellationToken cancel)
    {
        if (!await FillAsync(5, cancel)) return null;
        int length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start + 1));
        if (length is < 4 or > LargestMessage) throw new InvalidDataException($"A protocol message announced {length} bytes; the peer does not speak the PostgreSQL protocol.");
        if (!await FillAsync(length + 1, cancel)) return null;
        var message = new WireMessage((char)_buffer[_start], _buffer.AsMemory(_start + 5, length - 4));
        _start += length + 1;
        return message;
    }

    /// <summary>Reads the one message without a type byte: what a client sends first.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadStartupAsync(CancellationToken cancel)
    {
        if (!await FillAsync(4, cancel)) return null;
        int length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
        if (length is < 8 or > 10_000) return null;
        if (!await FillAsync(length, cancel)) return null;
        var payload = _buffer.AsMemory(_start + 4, length - 4);
        _start += length;
        return payload;
    }

    private async ValueTask<bool> FillAsync(int wanted, CancellationToken cancel)
    {
        while (_end - _start < wanted)
        {
            MakeRoom(wanted);
            int read = await socket.ReceiveAsync(_buffer.AsMemory(_end), cancel);
            if (read == 0) return false;
            _end += read;
        }
        return true;
    }

    private void MakeRoom(int wanted)
    {
        if (_start + wanted <= _buffer.Length && _end < _buffer.Length) return;
        byte[] target = wanted <= _buffer.Length ? _buffer : new byte[Math.Max(wanted, _buffer.Length * 2)];
        Buffer.BlockCopy(_buffer, _start, target, 0, _end - _start);
        _buffer = target;
        (_start, _end) = (0, _end - _start);
    }
}
