using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Pipelines.LocalCloud.S3.Objects;
using Pipelines.LocalCloud.S3.Signing;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>What the request's headers say about its body: Content-MD5, and a checksum here or in a trailer.</summary>
internal sealed class DeclaredDigests
{
    private string? _md5;
    private string? _value;

    /// <summary>The checksum to compute; null: the client declared none.</summary>
    public ChecksumAlgorithm? Algorithm { get; private set; }

    /// <exception cref="S3Failure">InvalidDigest, InvalidRequest: a value that no body can have.</exception>
    public static DeclaredDigests Of(S3Exchange exchange)
    {
        var headers = exchange.Http.Request.Headers;
        var digests = new DeclaredDigests { _md5 = ReadMd5(headers.ContentMD5.ToString()) };
        if (Declared(headers) is var (algorithm, value))
        {
            digests.Algorithm = algorithm;
            digests._value = value;
        }
        else
        {
            digests.Algorithm = exchange.Header("x-amz-trailer")?.Split(',').Select(name => Checksums.FromHeader(name.Trim())).FirstOrDefault(found => found is not null);
        }

        return digests;
    }

    /// <summary>The one <c>x-amz-checksum-*</c> header of a request, validated; null: there is none.</summary>
    public static (ChecksumAlgorithm Algorithm, string Value)? Declared(IHeaderDictionary headers)
    {
        var found = Checksums.All.Where(algorithm => headers.ContainsKey(Checksums.Header(algorithm))).ToList();
        if (found.Count > 1)
            throw S3Failure.InvalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum types are not allowed.");
        return found.Count == 0 ? null : (found[0], headers[Checksums.Header(found[0])].ToString());
    }

    /// <exception cref="S3Failure">BadDigest.</exception>
    public void Verify(StagedObject staged, RequestBody body) =>
        Verify(Convert.ToBase64String(Convert.FromHexString(staged.ETag)), staged.Checksum?.Value, body);

    /// <exception cref="S3Failure">BadDigest.</exception>
    public void Verify(ReadOnlySpan<byte> document, RequestBody body)
    {
        string? computed = null;
        if (Algorithm is { } algorithm)
        {
            using var running = new RunningChecksum(algorithm);
            running.Append(document);
            computed = Convert.ToBase64String(running.Digest());
        }

        Verify(Convert.ToBase64String(Md5(document)), computed, body);
    }

    private void Verify(string md5, string? computed, RequestBody body)
    {
        if (_md5 is not null && _md5 != md5)
            throw S3Failure.BadDigest("Content-MD5").With("ExpectedDigest", _md5).With("CalculatedDigest", md5);
        if (Algorithm is not { } algorithm)
            return;
        var declared = _value ?? body.Trailer(Checksums.Header(algorithm));
        if (declared is null)
            return;
        RequireWellFormed(algorithm, declared);
        if (declared != computed)
            throw S3Failure.BadDigest(Checksums.Name(algorithm));
    }

    private static void RequireWellFormed(ChecksumAlgorithm algorithm, string value)
    {
        var length = algorithm switch
        {
            ChecksumAlgorithm.Crc64Nvme => 8,
            ChecksumAlgorithm.Sha1 => 20,
            ChecksumAlgorithm.Sha256 => 32,
            _ => 4,
        };
        if (!IsBase64(value, length))
            throw S3Failure.InvalidRequest($"Value for {Checksums.Header(algorithm)} header is invalid.");
    }

    private static string? ReadMd5(string sent)
    {
        if (sent.Length == 0)
            return null;
        return IsBase64(sent, 16) ? sent : throw S3Failure.Invalid("InvalidDigest", "The Content-MD5 you specified is not valid.").With("Content-MD5", sent);
    }

    private static bool IsBase64(string text, int bytes) =>
        Convert.TryFromBase64String(text, new byte[text.Length], out var written) && written == bytes;

    // S3's wire format asks for MD5; nothing here relies on it against an attacker.
#pragma warning disable CA5351
    private static byte[] Md5(ReadOnlySpan<byte> data) => MD5.HashData(data);
#pragma warning restore CA5351
}
