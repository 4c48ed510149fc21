using System.Globalization;
using System.Xml.Linq;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>The life of an upload in parts.</summary>
internal static class MultipartRequests
{
    public static Task CreateAsync(S3Exchange exchange)
    {
        var headers = ObjectHeaders.Read(exchange.Http.Request.Headers);
        ChecksumAlgorithm? algorithm = exchange.Header("x-amz-checksum-algorithm") is { } name ? Checksums.Parse(name) : null;
        var composite = algorithm is { } declared && IsComposite(declared, exchange.Header("x-amz-checksum-type"));
        var upload = exchange.Uploads.Create(exchange.Bucket, exchange.Key, headers, algorithm, composite);
        if (algorithm is { } shown)
        {
            exchange.Response.Headers["x-amz-checksum-algorithm"] = Checksums.Name(shown);
            exchange.Response.Headers["x-amz-checksum-type"] = composite ? "COMPOSITE" : "FULL_OBJECT";
        }

        return exchange.AnswerAsync(Xml.Element(
            "InitiateMultipartUploadResult",
            Xml.Element("Bucket", exchange.Bucket),
            Xml.Element("Key", exchange.Key),
            Xml.Element("UploadId", upload.UploadId)));
    }

    /// <summary>UploadPart and UploadPartCopy.</summary>
    public static async Task PutPartAsync(S3Exchange exchange)
    {
        var number = exchange.Number("partNumber", 0, 1, MultipartUploads.MaxParts);
        if (number == 0)
            throw S3Failure.InvalidArgument("partNumber", "", $"Part number must be an integer between 1 and {MultipartUploads.MaxParts}.");
        var upload = Find(exchange);
        var copy = exchange.Header("x-amz-copy-source") is not null;
        using var staged = copy
            ? await CopyRequests.StagePartAsync(exchange, upload.Algorithm)
            : await ObjectWrites.ReceiveAsync(exchange, upload.Algorithm);
        var record = await exchange.Uploads.PutPartAsync(exchange.Bucket, upload, number, staged, exchange.Cancelled);
        if (!copy)
        {
            exchange.Response.Headers.ETag = Xml.Quote(record.ETag);
            if (record.Checksum is { } checksum)
                exchange.Response.Headers[Checksums.Header(checksum.Algorithm)] = checksum.Value;
            return;
        }

        await exchange.AnswerAsync(Xml.Element(
            "CopyPartResult",
            Xml.Element("LastModified", Xml.Time(record.LastModified)),
            Xml.Element("ETag", Xml.Quote(record.ETag)),
            Xml.Checksum(record.Checksum).Take(1)));
    }

    public static async Task CompleteAsync(S3Exchange exchange)
    {
        var condition = Conditions.ReadWrite(exchange);
        var document = await Xml.ReadDocumentAsync(exchange);
        var record = Completed(exchange) ?? await CompleteAsync(exchange, Find(exchange), Named(document), condition);
        await exchange.AnswerAsync(Xml.Element(
            "CompleteMultipartUploadResult",
            Xml.Element("Location", $"{exchange.Http.Request.Scheme}://{exchange.Http.Request.Host}/{exchange.Bucket}/{exchange.Key}"),
            Xml.Element("Bucket", exchange.Bucket),
            Xml.Element("Key", exchange.Key),
            Xml.Element("ETag", Xml.Quote(record.ETag)),
            Xml.Checksum(record.Checksum)));
    }

    public static Task AbortAsync(S3Exchange exchange)
    {
        exchange.Uploads.Abort(exchange.Bucket, Find(exchange));
        exchange.NoContent();
        return Task.CompletedTask;
    }

    private static PendingUpload Find(S3Exchange exchange) => exchange.Uploads.Find(exchange.Bucket, exchange.Key, exchange.Target["uploadId"]!);

    private static Task<ObjectRecord> CompleteAsync(S3Exchange exchange, PendingUpload upload, IReadOnlyList<NamedPart> parts, PutCondition condition)
    {
        StoredChecksum? expected = null;
        if (DeclaredDigests.Declared(exchange.Http.Request.Headers) is var (algorithm, value))
            expected = new StoredChecksum(algorithm, value, Composite: value.Contains('-', StringComparison.Ordinal));
        return exchange.Uploads.CompleteAsync(exchange.Bucket, upload, parts, expected, condition, exchange.Cancelled);
    }

    // A client whose first completion was answered into a broken connection asks again.
    private static ObjectRecord? Completed(S3Exchange exchange)
    {
        if (exchange.Store.Find(exchange.Bucket, exchange.Key) is null)
            return null;
        using var content = exchange.Store.OpenRead(exchange.Bucket, exchange.Key);
        return content.Record.UploadId == exchange.Target["uploadId"] ? content.Record : null;
    }

    private static List<NamedPart> Named(XElement? document)
    {
        var parts = document?.Children("Part").Select(Name).ToList() ?? [];
        return parts.Count is > 0 and <= MultipartUploads.MaxParts
            ? parts
            : throw S3Failure.MalformedXml($"CompleteMultipartUpload must hold 1 to {MultipartUploads.MaxParts} Part elements.");
    }

    private static NamedPart Name(XElement part)
    {
        if (!int.TryParse(part.Text("PartNumber"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || part.Text("ETag") is not { } etag)
            throw S3Failure.MalformedXml("every Part must hold a PartNumber and an ETag.");
        var checksum = Checksums.All.Where(algorithm => part.Text(Checksums.Element(algorithm)) is not null)
            .Select(algorithm => new StoredChecksum(algorithm, part.Text(Checksums.Element(algorithm))!)).FirstOrDefault();
        return new NamedPart(number, etag.Trim().Trim('"'), checksum);
    }

    private static bool IsComposite(ChecksumAlgorithm algorithm, string? type)
    {
        var composite = type switch
        {
            null => algorithm != ChecksumAlgorithm.Crc64Nvme,
            "COMPOSITE" => true,
            "FULL_OBJECT" => false,
            _ => throw S3Failure.InvalidRequest("Value for x-amz-checksum-type header is invalid; use COMPOSITE or FULL_OBJECT."),
        };
        if (composite ? algorithm == ChecksumAlgorithm.Crc64Nvme : !Checksums.CanSpanParts(algorithm))
            throw S3Failure.InvalidRequest($"The {type} checksum type cannot be used with the {Checksums.Name(algorithm)} checksum algorithm.");
        return composite;
    }
}
