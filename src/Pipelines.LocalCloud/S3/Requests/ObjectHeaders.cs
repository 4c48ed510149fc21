using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>The headers that are kept with an object, and those that are refused because keeping them silently would be a lie.</summary>
internal static class ObjectHeaders
{
    private const string MetadataPrefix = "x-amz-meta-";
    private const int MostMetadataBytes = 2048;

    private static readonly string[] Kept =
    [
        "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires",
        "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-storage-class", "x-amz-website-redirect-location",
    ];

    private static readonly string[] Unsupported =
    [
        "x-amz-object-lock-legal-hold", "x-amz-object-lock-mode", "x-amz-server-side-encryption-customer-algorithm", "x-amz-tagging", "x-amz-write-offset-bytes",
    ];

    // Encryption is accepted and shown, not done: a laptop's disk is what it is, and jobs written for AWS must run unchanged.
    /// <exception cref="S3Failure">NotImplemented, AccessControlListNotSupported, MetadataTooLarge.</exception>
    public static ImmutableSortedDictionary<string, string> Read(IHeaderDictionary headers)
    {
        if (Unsupported.FirstOrDefault(headers.ContainsKey) is { } unsupported)
            throw S3Failure.NotImplemented($"the header {unsupported}");
        if (headers["x-amz-acl"].ToString() is not ("" or "private" or "bucket-owner-full-control"))
            throw S3Failure.Invalid("AccessControlListNotSupported", "The bucket does not allow ACLs; leave x-amz-acl out.");
        var kept = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, values) in headers)
        {
            var lower = name.ToLowerInvariant();
            if (lower.StartsWith(MetadataPrefix, StringComparison.Ordinal) || Kept.Contains(lower))
                kept[lower] = values.ToString();
        }

        var metadata = kept.Where(header => header.Key.StartsWith(MetadataPrefix, StringComparison.Ordinal));
        if (metadata.Sum(header => header.Key.Length - MetadataPrefix.Length + header.Value.Length) > MostMetadataBytes)
            throw S3Failure.Invalid("MetadataTooLarge", $"Your metadata headers exceed the maximum of {MostMetadataBytes} bytes.");
        // The transfer's own encoding is gone once the chunks are decoded.
        if (kept.TryGetValue("content-encoding", out var encoding))
            KeepEncoding(kept, encoding.Split(',', StringSplitOptions.TrimEntries).Where(part => part != "aws-chunked").ToList());
        return kept.ToImmutable();
    }

    /// <summary>Shows an object's headers, as they were kept or as a presigned query wants them.</summary>
    public static void Show(S3Exchange exchange, ObjectRecord record)
    {
        var response = exchange.Response.Headers;
        response.ContentType = "binary/octet-stream";
        foreach (var (name, value) in record.Headers)
        {
            if (name != "x-amz-storage-class" || value != "STANDARD")
                response[name] = value;
        }

        response.AcceptRanges = "bytes";
        foreach (var (name, value) in exchange.Target.Query.Where(pair => pair.Key.StartsWith("response-", StringComparison.Ordinal)))
        {
            var header = name["response-".Length..];
            if (Kept.Contains(header) && !header.StartsWith("x-amz-", StringComparison.Ordinal))
                response[header] = value;
        }
    }

    /// <summary>The headers that a 304 shows too. The others come later: an error document must not carry the object's Content-Encoding.</summary>
    public static void ShowValidators(S3Exchange exchange, ObjectRecord record)
    {
        exchange.Response.Headers.ETag = Xml.Quote(record.ETag);
        exchange.Response.Headers.LastModified = record.LastModified.ToString("r");
    }

    private static void KeepEncoding(ImmutableSortedDictionary<string, string>.Builder kept, List<string> encodings)
    {
        if (encodings.Count > 0)
            kept["content-encoding"] = string.Join(',', encodings);
        else
            kept.Remove("content-encoding");
    }
}
