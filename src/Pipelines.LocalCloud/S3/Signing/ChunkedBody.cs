using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pipelines.LocalCloud.S3.Signing;

/// <summary>
/// Decodes an <c>aws-chunked</c> body while it is read: verifies every chunk's signature where chunks are signed, the announced length, and reads the
/// trailers. Only a reader that came to the end knows that all of it was right.
/// </summary>
internal sealed class ChunkedBody : ReadOnlyStream
{
    private readonly LineReader _input;
    private readonly ChunkSignatures? _signatures;
    private readonly long _announced;
    private readonly IReadOnlyCollection<string> _expectedTrailers;
    private readonly Dictionary<string, string> _trailers = new(StringComparer.OrdinalIgnoreCase);
    private long _decoded;
    private long _inChunk;
    private bool _started;
    private bool _ended;

    /// <param name="input">The body as sent.</param>
    /// <param name="announced">The decoded length in bytes that the request announced.</param>
    /// <param name="signatures">Null: the chunks are not signed.</param>
    /// <param name="expectedTrailers">The names in <c>x-amz-trailer</c>, lower case.</param>
    public ChunkedBody(Stream input, long announced, ChunkSignatures? signatures, IReadOnlyCollection<string> expectedTrailers)
    {
        _input = new LineReader(input);
        _announced = announced;
        _signatures = signatures;
        _expectedTrailers = expectedTrailers;
    }

    /// <summary>Complete when the body was read to its end.</summary>
    public IReadOnlyDictionary<string, string> Trailers => _trailers;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended || buffer.IsEmpty)
            return 0;
        if (_inChunk == 0)
            await OpenChunkAsync(cancellationToken);
        if (_ended)
            return 0;
        var read = await _input.ReadAsync(buffer[..(int)Math.Min(_inChunk, buffer.Length)], cancellationToken);
        if (read == 0)
            throw S3Failure.IncompleteBody();
        _signatures?.Append(buffer.Span[..read]);
        _inChunk -= read;
        return read;
    }

    private async ValueTask OpenChunkAsync(CancellationToken cancellationToken)
    {
        if (_started)
            await CloseChunkAsync(cancellationToken);
        _started = true;
        var (size, signature) = ParseHeader(await LineAsync(cancellationToken));
        _signatures?.Open(signature ?? throw Malformed("a chunk has no signature"));
        if (size > _announced - _decoded)
            throw S3Failure.IncompleteBody();
        _decoded += size;
        _inChunk = size;
        if (size == 0)
            await EndAsync(cancellationToken);
    }

    private async ValueTask CloseChunkAsync(CancellationToken cancellationToken)
    {
        if ((await LineAsync(cancellationToken)).Length > 0)
            throw Malformed("a chunk is longer than its header says");
        _signatures?.Verify();
    }

    private async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        _signatures?.Verify();
        var signed = new StringBuilder();
        string? signature = null;
        while (await _input.ReadLineAsync(cancellationToken) is { Length: > 0 } line)
        {
            var (name, value) = ParseTrailer(line);
            if (name == "x-amz-trailer-signature")
            {
                signature = value;
                continue;
            }

            if (!_expectedTrailers.Contains(name) || !_trailers.TryAdd(name, value))
                throw MalformedTrailer($"'{name}' is not announced in x-amz-trailer, or sent twice");
            signed.Append(CultureInfo.InvariantCulture, $"{name}:{value}\n");
        }

        if (_expectedTrailers.FirstOrDefault(name => !_trailers.ContainsKey(name)) is { } missing)
            throw MalformedTrailer($"'{missing}' is announced in x-amz-trailer and missing");
        if (_expectedTrailers.Count > 0)
            _signatures?.VerifyTrailer(signed.ToString(), signature ?? throw MalformedTrailer("the trailers are not signed"));
        if (_decoded != _announced || await _input.ReadAsync(new byte[1], cancellationToken) > 0)
            throw S3Failure.IncompleteBody();
        _ended = true;
    }

    private async ValueTask<string> LineAsync(CancellationToken cancellationToken) =>
        await _input.ReadLineAsync(cancellationToken) ?? throw S3Failure.IncompleteBody();

    private static (long Size, string? Signature) ParseHeader(string line)
    {
        var parts = line.Split(';');
        if (!long.TryParse(parts[0].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) || size < 0)
            throw Malformed("a chunk's size is not a hexadecimal number");
        const string Field = "chunk-signature=";
        var signature = parts.Skip(1).Select(part => part.Trim()).FirstOrDefault(part => part.StartsWith(Field, StringComparison.Ordinal));
        return (size, signature?[Field.Length..]);
    }

    private static (string Name, string Value) ParseTrailer(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? (line[..colon].Trim().ToLowerInvariant(), line[(colon + 1)..].Trim()) : throw MalformedTrailer("a line has no colon");
    }

    private static S3Failure Malformed(string reason) => S3Failure.InvalidRequest($"The aws-chunked body is malformed: {reason}.");

    private static S3Failure MalformedTrailer(string reason) =>
        S3Failure.Invalid("MalformedTrailerError", $"The request's trailers are malformed: {reason}.");
}

/// <summary>The chain of chunk signatures: each signs its chunk and the signature before it, from the request's own on.</summary>
internal sealed class ChunkSignatures(VerifiedSignature seed) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private string _previous = seed.Signature;
    private string _claimed = "";

    public void Open(string claimed) => _claimed = claimed;

    public void Append(ReadOnlySpan<byte> data) => _hash.AppendData(data);

    public void Verify()
    {
        var hash = Convert.ToHexStringLower(_hash.GetHashAndReset());
        Verify($"AWS4-HMAC-SHA256-PAYLOAD\n{seed.Timestamp}\n{seed.Scope}\n{_previous}\n{SignatureV4.EmptyHash}\n{hash}", _claimed);
        _previous = _claimed;
    }

    public void VerifyTrailer(string canonicalTrailers, string claimed)
    {
        var hash = SignatureV4.Hash(Encoding.UTF8.GetBytes(canonicalTrailers));
        Verify($"AWS4-HMAC-SHA256-TRAILER\n{seed.Timestamp}\n{seed.Scope}\n{_previous}\n{hash}", claimed);
    }

    public void Dispose() => _hash.Dispose();

    private void Verify(string toSign, string claimed)
    {
        if (!SignatureV4.Matches(SignatureV4.Sign(seed.SigningKey, toSign), claimed))
            throw RequestVerifier.Mismatch();
    }
}
