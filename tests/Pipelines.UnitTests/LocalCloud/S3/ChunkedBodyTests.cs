using System.Text;
using CsCheck;
using Pipelines.LocalCloud.S3;
using Pipelines.LocalCloud.S3.Signing;

namespace Pipelines.UnitTests.LocalCloud.S3;

public sealed class ChunkedBodyTests
{
    private const string Trailer = "x-amz-checksum-crc32";
    private const string Sent = "5\r\nhello\r\n3\r\n\r\n!\r\n0\r\nx-amz-checksum-crc32:abcdef==\r\n\r\n";

    [Test]
    public async Task A_body_cut_anywhere_decodes_to_the_same()
    {
        for (var cut = 0; cut <= Sent.Length; cut++)
        {
            await using var body = new ChunkedBody(new Pieces(Sent, [cut, Sent.Length]), 8, null, [Trailer]);
            Assert.That((await Decode(body), body.Trailers[Trailer]), Is.EqualTo(("hello\r\n!", "abcdef==")), $"cut at {cut}");
        }
    }

    [Test]
    public void Any_chunks_in_any_pieces_decode_to_what_was_sent()
    {
        Gen.Select(Gen.String[Gen.Char['a', 'z'], 1, 20].Array[0, 6], Gen.Int[1, 9].Array[1, 5]).SampleAsync(async (chunks, steps) =>
        {
            var sent = string.Concat(chunks.Select(chunk => $"{chunk.Length:x}\r\n{chunk}\r\n")) + $"0\r\n{Trailer}:v\r\n\r\n";
            var ends = new List<int>();
            for (var (at, step) = (0, 0); at < sent.Length; step++)
                ends.Add(at = Math.Min(sent.Length, at + steps[step % steps.Length]));
            var whole = string.Concat(chunks);
            await using var body = new ChunkedBody(new Pieces(sent, ends), whole.Length, null, [Trailer]);
            Assert.That(await Decode(body), Is.EqualTo(whole));
        }, iter: 500).Wait();
    }

    [Test]
    public async Task A_body_that_breaks_off_anywhere_is_refused()
    {
        // Without its last empty line it is whole already: some clients leave that out.
        for (var length = 0; length < Sent.Length - 2; length++)
            Assert.That(await Refusal(Sent[..length], 8), Is.Not.Null, $"broken off at {length}");
    }

    [TestCase("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:v\r\n\r\n", 6, "IncompleteBody")]
    [TestCase("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:v\r\n\r\n", 4, "IncompleteBody")]
    [TestCase("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:v\r\n\r\nmore", 5, "IncompleteBody")]
    [TestCase("4\r\nhello\r\n0\r\n\r\n", 5, "InvalidRequest")]
    [TestCase("z\r\nhello\r\n0\r\n\r\n", 5, "InvalidRequest")]
    [TestCase("ffffffffffffffff\r\n", 5, "InvalidRequest")]
    [TestCase("7fffffffffffffff\r\n", 5, "IncompleteBody")]
    [TestCase("0\r\n\r\n", 0, "MalformedTrailerError")]
    [TestCase("0\r\nx-amz-checksum-crc32:v\r\nother:v\r\n\r\n", 0, "MalformedTrailerError")]
    [TestCase("0\r\nnonsense\r\n\r\n", 0, "MalformedTrailerError")]
    public async Task What_is_no_such_body_is_refused(string sent, int announced, string code) =>
        Assert.That(await Refusal(sent, announced), Is.EqualTo(code));

    private static async Task<string?> Refusal(string sent, int announced)
    {
        try
        {
            await using var body = new ChunkedBody(new Pieces(sent, [sent.Length]), announced, null, [Trailer]);
            await Decode(body);
            return null;
        }
        catch (S3Failure refused)
        {
            return refused.Code;
        }
    }

    private static async Task<string> Decode(ChunkedBody body)
    {
        using var decoded = new MemoryStream();
        await body.CopyToAsync(decoded);
        return Encoding.ASCII.GetString(decoded.ToArray());
    }

    /// <summary>A stream that hands out its bytes up to the given ends, one piece a read, as a network does.</summary>
    private sealed class Pieces(string text, IReadOnlyList<int> ends) : MemoryStream(Encoding.ASCII.GetBytes(text))
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var end = ends.FirstOrDefault(candidate => candidate > Position, (int)Length);
            return base.ReadAsync(buffer[..Math.Min(buffer.Length, end - (int)Position)], cancellationToken);
        }
    }
}
