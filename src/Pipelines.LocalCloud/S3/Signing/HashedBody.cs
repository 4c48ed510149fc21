using System.Security.Cryptography;

namespace Pipelines.LocalCloud.S3.Signing;

/// <summary>A body whose SHA-256 was signed with the request: its end is only reached if the hash is right.</summary>
internal sealed class HashedBody(Stream input, string signedHash) : ReadOnlyStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _ended;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended || buffer.IsEmpty)
            return 0;
        var read = await input.ReadAsync(buffer, cancellationToken);
        _hash.AppendData(buffer.Span[..read]);
        if (read > 0)
            return read;
        _ended = true;
        var computed = Convert.ToHexStringLower(_hash.GetHashAndReset());
        return computed.Equals(signedHash, StringComparison.OrdinalIgnoreCase)
            ? 0
            : throw S3Failure.Invalid("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
                .With("ClientComputedContentSHA256", signedHash).With("S3ComputedContentSHA256", computed);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hash.Dispose();
        base.Dispose(disposing);
    }
}
