using System.Globalization;
using Pipelines.LocalCloud.S3.Objects;
using Pipelines.LocalCloud.S3.Signing;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>CopyObject, and the source of UploadPartCopy.</summary>
internal static class CopyRequests
{
    public static async Task ObjectAsync(S3Exchange exchange)
    {
        var replace = Replaces(exchange);
        var (bucket, key) = Source(exchange);
        if (!replace && bucket == exchange.Bucket && key == exchange.Key)
            throw S3Failure.InvalidRequest("This copy request is illegal because it is trying to copy an object to itself without changing its metadata.");
        var given = ObjectHeaders.Read(exchange.Http.Request.Headers);
        var condition = Conditions.ReadWrite(exchange);
        using var source = Open(exchange);
        await using var body = source.OpenBody();
        var algorithm = exchange.Header("x-amz-checksum-algorithm") is { } name ? Checksums.Parse(name) : source.Record.Checksum?.Algorithm;
        using var staged = await exchange.Store.StageAsync(exchange.Bucket, exchange.Key, body, algorithm, exchange.Cancelled);
        var record = exchange.Store.Describe(exchange.Key, staged) with { Headers = replace ? given : source.Record.Headers };
        await exchange.Store.CommitAsync(exchange.Bucket, staged, record, condition, exchange.Cancelled);
        await exchange.AnswerAsync(Xml.Element(
            "CopyObjectResult",
            Xml.Element("LastModified", Xml.Time(record.LastModified)),
            Xml.Element("ETag", Xml.Quote(record.ETag)),
            Xml.Checksum(record.Checksum)));
    }

    /// <summary>Stages the bytes of the source that a part is to hold.</summary>
    public static async Task<StagedObject> StagePartAsync(S3Exchange exchange, ChecksumAlgorithm? algorithm)
    {
        using var source = Open(exchange);
        var range = PartRange(exchange.Header("x-amz-copy-source-range"), source.Record.Size);
        await using var body = source.OpenRange(range.Offset, range.Length);
        return await exchange.Store.StageAsync(exchange.Bucket, exchange.Key, body, algorithm, exchange.Cancelled);
    }

    private static ObjectContent Open(S3Exchange exchange)
    {
        var (bucket, key) = Source(exchange);
        var content = exchange.Store.OpenRead(bucket, key);
        try
        {
            Conditions.VerifyRead(exchange, content.Record, "x-amz-copy-source-");
            return content;
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    private static (string Bucket, string Key) Source(S3Exchange exchange)
    {
        var sent = exchange.Header("x-amz-copy-source")!;
        var query = sent.IndexOf("?versionId=", StringComparison.Ordinal);
        if (query >= 0 && sent[query..] != "?versionId=null")
            throw S3Failure.NotImplemented("object versions");
        var parts = AwsEncoding.Decode(query < 0 ? sent : sent[..query]).TrimStart('/').Split('/', 2);
        return parts.Length == 2 && parts[0].Length > 0 && parts[1].Length > 0
            ? (parts[0], parts[1])
            : throw S3Failure.InvalidArgument("x-amz-copy-source", sent, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey.");
    }

    private static bool Replaces(S3Exchange exchange) => exchange.Header("x-amz-metadata-directive") switch
    {
        null or "COPY" => false,
        "REPLACE" => true,
        { } other => throw S3Failure.InvalidArgument("x-amz-metadata-directive", other, "Unknown metadata directive; use COPY or REPLACE."),
    };

    // Stricter than the Range header: both ends must be named and lie in the source.
    private static ByteRange PartRange(string? header, long size)
    {
        if (header is null)
            return new ByteRange(0, size, Partial: false);
        var range = ByteRange.Parse(header, size);
        var exact = string.Create(CultureInfo.InvariantCulture, $"bytes={range.Offset}-{range.Offset + range.Length - 1}");
        return header == exact
            ? range
            : throw S3Failure.InvalidArgument("x-amz-copy-source-range", header, $"The x-amz-copy-source-range value must be of the form bytes=first-last, within the source's {size} bytes.");
    }
}
