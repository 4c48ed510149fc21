namespace Pipelines.LocalCloud.S3.Objects;

/// <summary>The checksums that S3 verifies and keeps, beside the MD5 that makes the ETag.</summary>
public enum ChecksumAlgorithm
{
    Crc32,
    Crc32C,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// <summary>What an object's checksum says.</summary>
/// <param name="Algorithm">The algorithm.</param>
/// <param name="Value">Base64 of the big-endian digest; a composite one ends in <c>-N</c>, N being the number of parts.</param>
/// <param name="Composite">True: the digest of the parts' digests; false: of the whole body.</param>
public sealed record StoredChecksum(ChecksumAlgorithm Algorithm, string Value, bool Composite = false);
