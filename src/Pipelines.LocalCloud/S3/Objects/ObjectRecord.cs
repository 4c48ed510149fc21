using System.Collections.Immutable;

namespace Pipelines.LocalCloud.S3.Objects;

/// <summary>Everything that is kept about one object beside its bytes.</summary>
public sealed record ObjectRecord
{
    public required string Key { get; init; }

    /// <summary>Length of the body in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Without quotes: the body's MD5 in lower-case hex, or <c>md5-of-md5s-N</c> for an upload in N parts.</summary>
    public required string ETag { get; init; }

    /// <summary>Whole seconds, because that is all an HTTP date can say.</summary>
    public required DateTimeOffset LastModified { get; init; }

    /// <summary>Lower-case header names to values: Content-Type and its kin, and <c>x-amz-meta-*</c>.</summary>
    public ImmutableSortedDictionary<string, string> Headers { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public StoredChecksum? Checksum { get; init; }

    /// <summary>Sizes of the parts in bytes when the object was uploaded in parts, so that <c>partNumber</c> can be read back.</summary>
    public ImmutableArray<long> PartSizes { get; init; } = [];

    /// <summary>The multipart upload that made this object: completing it again is answered as the first time.</summary>
    public string? UploadId { get; init; }

    public string StorageClass => Headers.GetValueOrDefault("x-amz-storage-class", "STANDARD");

    public ObjectSummary Summary => new(Key, Size, ETag, LastModified, string.Intern(StorageClass));
}

/// <summary>What a listing says about an object.</summary>
public sealed record ObjectSummary(string Key, long Size, string ETag, DateTimeOffset LastModified, string StorageClass);
