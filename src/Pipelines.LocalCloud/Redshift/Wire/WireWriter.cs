using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Pipelines.LocalCloud.Redshift.Wire;

/// <summary>Collects protocol messages and sends them in one go. Not thread safe; nothing may be written while a flush runs.</summary>
internal sealed class WireWriter(Socket socket)
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _messageStart;

    public int Length { get; private set; }

    public void Write(char type, ReadOnlySpan<byte> payload)
    {
        Begin(type);
        Append(payload);
        End();
    }

    public void Begin(char type)
    {
        _messageStart = Length;
        Append((byte)type);
        AppendInt32(0);
    }

    public void End() =>
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_messageStart + 1), Length - _messageStart - 1);

    public void Append(byte value) => Reserve(1)[0] = value;

    public void AppendInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(Reserve(2), value);

    public void AppendInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Reserve(4), value);

    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    /// <summary>Appends UTF-8 text and the terminating zero.</summary>
    public void AppendText(string text)
    {
        int bytes = Encoding.UTF8.GetByteCount(text);
        Encoding.UTF8.GetBytes(text, Reserve(bytes));
        Append(0);
    }

    public async ValueTask FlushAsync(CancellationToken cancel)
    {
        int sent = 0;
        while (sent < Length) sent += await socket.SendAsync(_buffer.AsMemory(sent, Length - sent), cancel);
        Length = 0;
    }

    private Span<byte> Reserve(int bytes)
    {
        if (Length + bytes > _buffer.Length) Array.Resize(ref _buffer, Math.Max(Length + bytes, _buffer.Length * 2));
        var span = _buffer.AsSpan(Length, bytes);
        Length += bytes;
        return span;
    }
}
