using System.Security.Cryptography;

namespace Pipelines.LocalCloud.S3.Objects;

/// <summary>One running checksum, whichever the algorithm.</summary>
internal sealed class RunningChecksum : IDisposable
{
    private readonly Crc? _crc;
    private readonly IncrementalHash? _hash;

    public RunningChecksum(ChecksumAlgorithm algorithm)
    {
        _crc = algorithm switch
        {
            ChecksumAlgorithm.Crc32 => Crc.Crc32(),
            ChecksumAlgorithm.Crc32C => Crc.Crc32C(),
            ChecksumAlgorithm.Crc64Nvme => Crc.Crc64Nvme(),
            _ => null,
        };
        _hash = algorithm switch
        {
            ChecksumAlgorithm.Sha1 => IncrementalHash.CreateHash(HashAlgorithmName.SHA1),
            ChecksumAlgorithm.Sha256 => IncrementalHash.CreateHash(HashAlgorithmName.SHA256),
            _ => null,
        };
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        _crc?.Append(data);
        _hash?.AppendData(data);
    }

    public byte[] Digest() => _crc?.Digest() ?? _hash!.GetCurrentHash();

    public void Dispose() => _hash?.Dispose();
}

/// <summary>S3's names and rules for its checksums.</summary>
internal static class Checksums
{
    public static IReadOnlyList<ChecksumAlgorithm> All { get; } = Enum.GetValues<ChecksumAlgorithm>();

    /// <summary>The name in XML and in <c>x-amz-checksum-algorithm</c>, for example <c>CRC64NVME</c>.</summary>
    public static string Name(ChecksumAlgorithm algorithm) => algorithm.ToString().ToUpperInvariant();

    /// <summary>The header that carries the value, for example <c>x-amz-checksum-crc64nvme</c>.</summary>
    public static string Header(ChecksumAlgorithm algorithm) => "x-amz-checksum-" + algorithm.ToString().ToLowerInvariant();

    /// <summary>The XML element that carries the value, for example <c>ChecksumCRC64NVME</c>.</summary>
    public static string Element(ChecksumAlgorithm algorithm) => "Checksum" + Name(algorithm);

    public static ChecksumAlgorithm? FromHeader(string header) => All.Cast<ChecksumAlgorithm?>()
        .FirstOrDefault(algorithm => Header(algorithm!.Value).Equals(header, StringComparison.OrdinalIgnoreCase));

    /// <exception cref="S3Failure">InvalidRequest: no such algorithm.</exception>
    public static ChecksumAlgorithm Parse(string name) => All.Cast<ChecksumAlgorithm?>()
        .FirstOrDefault(algorithm => Name(algorithm!.Value).Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw S3Failure.InvalidRequest(
            $"The checksum algorithm '{name}' is unknown; use one of {string.Join(", ", All.Select(Name))}.");

    /// <summary>True where the digest of a whole body can be named for an upload in parts.</summary>
    public static bool CanSpanParts(ChecksumAlgorithm algorithm) => algorithm is not (ChecksumAlgorithm.Sha1 or ChecksumAlgorithm.Sha256);

    /// <summary>The digest of the parts' digests, as base64 with the number of parts.</summary>
    public static string Compose(ChecksumAlgorithm algorithm, IReadOnlyCollection<string> partValues)
    {
        using var running = new RunningChecksum(algorithm);
        foreach (var value in partValues)
            running.Append(Convert.FromBase64String(value));
        return $"{Convert.ToBase64String(running.Digest())}-{partValues.Count}";
    }

    public static string ComposeETag(IReadOnlyCollection<string> partETags)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        foreach (var etag in partETags)
            md5.AppendData(Convert.FromHexString(etag));
        return $"{Convert.ToHexStringLower(md5.GetHashAndReset())}-{partETags.Count}";
    }
}
