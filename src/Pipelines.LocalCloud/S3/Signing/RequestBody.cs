using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace Pipelines.LocalCloud.S3.Signing;

/// <summary>The decoded body of a request, verified against its signature while it is read.</summary>
internal sealed class RequestBody : IDisposable
{
    private readonly ChunkSignatures? _signatures;

    private RequestBody(Stream content, long? length, ChunkSignatures? signatures = null)
    {
        Content = content;
        Length = length;
        _signatures = signatures;
    }

    public Stream Content { get; }

    /// <summary>Decoded length in bytes; null: the request names none.</summary>
    public long? Length { get; }

    /// <summary>Known when <see cref="Content"/> was read to its end.</summary>
    public string? Trailer(string name) => (Content as ChunkedBody)?.Trailers.GetValueOrDefault(name);

    /// <exception cref="S3Failure">InvalidRequest, NotImplemented, MissingContentLength.</exception>
    public static RequestBody Open(HttpRequest request, VerifiedSignature signature)
    {
        var word = signature.PayloadHash;
        if (word == RequestVerifier.UnsignedPayload)
            return new(request.Body, request.ContentLength);
        if (word.Length == 64 && word.All(char.IsAsciiHexDigit))
            return new(new HashedBody(request.Body, word), request.ContentLength);
        return word switch
        {
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => Chunked(request, signature, trailers: false),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => Chunked(request, signature, trailers: true),
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Chunked(request, signature: null, trailers: true),
            _ when word.StartsWith("STREAMING-", StringComparison.Ordinal) => throw S3Failure.NotImplemented($"the payload '{word}'"),
            _ => throw S3Failure.InvalidRequest("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- word, or a valid sha256 value."),
        };
    }

    public void Dispose() => _signatures?.Dispose();

    private static RequestBody Chunked(HttpRequest request, VerifiedSignature? signature, bool trailers)
    {
        if (!long.TryParse(request.Headers["x-amz-decoded-content-length"], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            throw new S3Failure(HttpStatusCode.LengthRequired, "MissingContentLength", "You must provide the x-amz-decoded-content-length header.");
        string[] names = trailers
            ? request.Headers["x-amz-trailer"].ToString().ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : [];
        var signatures = signature is null ? null : new ChunkSignatures(signature);
        return new(new ChunkedBody(request.Body, length, signatures, names), length, signatures);
    }
}
