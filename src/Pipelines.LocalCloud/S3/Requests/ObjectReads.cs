using System.Globalization;
using Microsoft.AspNetCore.Http;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>GetObject, HeadObject, and what else can be asked about one object.</summary>
internal static class ObjectReads
{
    private const int CopyBuffer = 128 * 1024;

    /// <summary>Answers GET and HEAD: they differ in the body alone.</summary>
    public static async Task GetAsync(S3Exchange exchange)
    {
        using var content = exchange.Store.OpenRead(exchange.Bucket, exchange.Key);
        var record = content.Record;
        ObjectHeaders.ShowValidators(exchange, record);
        Conditions.VerifyRead(exchange, record);
        var range = Range(exchange, record);
        ObjectHeaders.Show(exchange, record);
        exchange.Response.ContentLength = range.Length;
        if (range.Partial)
        {
            exchange.Response.StatusCode = StatusCodes.Status206PartialContent;
            // An empty part has no bytes to name.
            if (range.Length > 0)
                exchange.Response.Headers.ContentRange = $"bytes {range.Offset}-{range.Offset + range.Length - 1}/{record.Size}";
        }

        // The checksum is of the whole body: beside a part of it, it would only make clients fail.
        if (range.Length == record.Size && "ENABLED".Equals(exchange.Header("x-amz-checksum-mode"), StringComparison.OrdinalIgnoreCase))
            exchange.ShowChecksum(record.Checksum);
        if (exchange.Http.Request.Method == HttpMethods.Head)
            return;
        await using var body = content.OpenRange(range.Offset, range.Length);
        await body.CopyToAsync(exchange.Response.Body, CopyBuffer, exchange.Cancelled);
    }

    /// <summary>Tags cannot be set, so every object has none.</summary>
    public static Task TaggingAsync(S3Exchange exchange)
    {
        Require(exchange);
        return exchange.AnswerAsync(Xml.Element("Tagging", Xml.Element("TagSet")));
    }

    public static Task AttributesAsync(S3Exchange exchange)
    {
        using var content = exchange.Store.OpenRead(exchange.Bucket, exchange.Key);
        var record = content.Record;
        exchange.Response.Headers.LastModified = record.LastModified.ToString("r");
        var wanted = (exchange.Header("x-amz-object-attributes") ?? "").Split(',', StringSplitOptions.TrimEntries).ToHashSet();
        return exchange.AnswerAsync(Xml.Element(
            "GetObjectAttributesResponse",
            wanted.Contains("ETag") ? Xml.Element("ETag", record.ETag) : null,
            wanted.Contains("Checksum") && record.Checksum is not null ? Xml.Element("Checksum", Xml.Checksum(record.Checksum)) : null,
            wanted.Contains("ObjectParts") && record.UploadId is not null
                ? Xml.Element("ObjectParts", Xml.Element("PartsCount", record.PartSizes.Length))
                : null,
            wanted.Contains("StorageClass") ? Xml.Element("StorageClass", record.StorageClass) : null,
            wanted.Contains("ObjectSize") ? Xml.Element("ObjectSize", record.Size) : null));
    }

    private static ByteRange Range(S3Exchange exchange, ObjectRecord record)
    {
        var part = exchange.Number("partNumber", 0, 1, MultipartUploads.MaxParts);
        if (part == 0)
            return ByteRange.Parse(exchange.Header("Range"), record.Size);
        if (exchange.Header("Range") is not null)
            throw S3Failure.InvalidRequest("Cannot specify both Range header and partNumber query parameter.");
        if (record.UploadId is not null)
            exchange.Response.Headers["x-amz-mp-parts-count"] = record.PartSizes.Length.ToString(CultureInfo.InvariantCulture);
        return ByteRange.OfPart(record, part);
    }

    private static void Require(S3Exchange exchange)
    {
        if (exchange.Store.Find(exchange.Bucket, exchange.Key) is null)
            throw S3Failure.NoSuchKey(exchange.Key);
    }
}
