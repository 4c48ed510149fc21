using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Pipelines.TestKit.Faults;

/// <summary>An HTTP/1.1 connection to S3: requests with a Content-Length, one after the other, which is all that the AWS SDKs send.</summary>
internal sealed class S3Tap(S3Gate gate, Socket client, Socket server) : Tap<S3Request>(gate, client, server)
{
    private static readonly byte[] EndOfHead = "\r\n\r\n"u8.ToArray();

    protected override async Task PassRequestsAsync()
    {
        while (await HeadAsync() is { } head)
        {
            var lines = Encoding.Latin1.GetString(head).Split("\r\n");
            var start = lines[0].Split(' ');
            var length = LengthOf(lines);
            var done = await InspectAsync(S3Request.Of(start[0], start[1]));
            if (length == 0) done();
            await ToServer.WriteAsync(head);
            if (length > 0) await BodyAsync(length, done);
        }
    }

    private static long LengthOf(IEnumerable<string> lines)
    {
        var length = 0L;
        foreach (var line in lines)
        {
            if (line.StartsWith("Transfer-Encoding:", StringComparison.OrdinalIgnoreCase)) throw new NotSupportedException($"The gate knows requests with a Content-Length only, not {line}.");
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) length = long.Parse(line.AsSpan("Content-Length:".Length), CultureInfo.InvariantCulture);
        }
        return length;
    }

    private async Task<byte[]?> HeadAsync()
    {
        while (true)
        {
            var read = await Requests.ReadAsync();
            if (EndOf(read.Buffer) is { } end)
            {
                var head = read.Buffer.Slice(0, end).ToArray();
                Requests.AdvanceTo(end);
                return head;
            }
            if (read.IsCompleted) return null;
            Requests.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static SequencePosition? EndOf(ReadOnlySequence<byte> bytes)
    {
        var reader = new SequenceReader<byte>(bytes);
        return reader.TryReadTo(out ReadOnlySequence<byte> _, EndOfHead) ? reader.Position : null;
    }

    private async Task BodyAsync(long left, Action done)
    {
        while (left > 0)
        {
            var read = await Requests.ReadAsync();
            if (read.Buffer.IsEmpty && read.IsCompleted) throw new IOException("the client went in the middle of a body");
            var part = read.Buffer.Slice(0, Math.Min(left, read.Buffer.Length));
            left -= part.Length;
            // Not sooner, or "100 Continue" would be taken for the answer.
            if (left == 0) done();
            await SendAsync(part);
            Requests.AdvanceTo(part.End);
        }
    }
}
