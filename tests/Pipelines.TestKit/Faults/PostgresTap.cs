using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Pipelines.TestKit.Faults;

/// <summary>A PostgreSQL connection: knows of each Execute which text was parsed for it (protocol 3.0, "Message Flow").</summary>
internal sealed class PostgresTap(PostgresProxy proxy, Socket client, Socket server) : Tap<Statement>(proxy, client, server)
{
    private const int CancelRequest = (1234 << 16) | 5678;
    private const int SslRequest = (1234 << 16) | 5679;
    private const int GssRequest = (1234 << 16) | 5680;
    private static readonly byte[] No = [(byte)'N'];

    private readonly Dictionary<string, string> _prepared = [];
    private readonly Dictionary<string, string> _portals = [];
    private List<string> _transaction = [];

    protected override async Task PassRequestsAsync()
    {
        while (await StartAsync() is SslRequest or GssRequest) await ToClient.WriteAsync(No);
        while (await MessageAsync(typed: true) is { } message)
        {
            var done = TextOf(message) is { } text ? await InspectAsync(Note(text)) : () => { };
            done();
            await ToServer.WriteAsync(message);
        }
    }

    /// <summary>The first packet has no type. Encryption is answered here, or nothing could be read.</summary>
    private async Task<int> StartAsync()
    {
        if (await MessageAsync(typed: false) is not { } packet) throw new IOException("closed before it began");
        var code = BinaryPrimitives.ReadInt32BigEndian(packet.AsSpan(4));
        if (code is not (SslRequest or GssRequest)) await ToServer.WriteAsync(packet);
        // The server closes after it; there is nothing more to read.
        return code == CancelRequest ? 0 : code;
    }

    private async Task<byte[]?> MessageAsync(bool typed)
    {
        var header = typed ? 5 : 4;
        while (true)
        {
            var read = await Requests.ReadAsync();
            if (read.Buffer.Length >= header)
            {
                var length = LengthOf(read.Buffer.Slice(header - 4, 4)) + header - 4;
                if (read.Buffer.Length >= length)
                {
                    var message = read.Buffer.Slice(0, length).ToArray();
                    Requests.AdvanceTo(read.Buffer.GetPosition(length));
                    return message;
                }
            }
            if (read.IsCompleted) return null;
            Requests.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static int LengthOf(ReadOnlySequence<byte> bytes)
    {
        Span<byte> length = stackalloc byte[4];
        bytes.CopyTo(length);
        return BinaryPrimitives.ReadInt32BigEndian(length);
    }

    /// <summary>The SQL that this message has executed; null for any other message.</summary>
    private string? TextOf(byte[] message)
    {
        var body = message.AsSpan(5);
        switch ((char)message[0])
        {
            case 'Q':
                return Take(ref body);
            case 'P':
                var name = Take(ref body);
                _prepared[name] = Take(ref body);
                return null;
            case 'B':
                var portal = Take(ref body);
                _portals[portal] = _prepared.GetValueOrDefault(Take(ref body), "");
                return null;
            case 'E':
                return _portals.GetValueOrDefault(Take(ref body), "");
            default:
                return null;
        }
    }

    private Statement Note(string text)
    {
        if (text.StartsWith("BEGIN", StringComparison.OrdinalIgnoreCase)) _transaction = [];
        var statement = new Statement(text, [.. _transaction]);
        _transaction.Add(text);
        return statement;
    }

    private static string Take(ref Span<byte> body)
    {
        var end = body.IndexOf((byte)0);
        var text = Encoding.UTF8.GetString(body[..end]);
        body = body[(end + 1)..];
        return text;
    }
}
