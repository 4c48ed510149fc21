using System.Globalization;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>ListParts and ListMultipartUploads.</summary>
internal static class MultipartListRequests
{
    private const int MostItems = 1000;

    public static Task PartsAsync(S3Exchange exchange)
    {
        var upload = exchange.Uploads.Find(exchange.Bucket, exchange.Key, exchange.Target["uploadId"]!);
        var marker = exchange.Number("part-number-marker", 0, 0, int.MaxValue);
        var most = Math.Min(exchange.Number("max-parts", MostItems, 0, int.MaxValue), MostItems);
        var rest = exchange.Uploads.Parts(exchange.Bucket, upload).Where(part => part.Number > marker).ToList();
        var page = rest.Take(most).ToList();
        return exchange.AnswerAsync(Xml.Element(
            "ListPartsResult",
            Xml.Element("Bucket", exchange.Bucket),
            Xml.Element("Key", exchange.Key),
            Xml.Element("UploadId", upload.UploadId),
            BucketRequests.Owner("Initiator"),
            BucketRequests.Owner(),
            Xml.Element("StorageClass", upload.Headers.GetValueOrDefault("x-amz-storage-class", "STANDARD")),
            Xml.Element("PartNumberMarker", marker),
            Xml.Element("NextPartNumberMarker", page.LastOrDefault()?.Number ?? 0),
            Xml.Element("MaxParts", most),
            Xml.Element("IsTruncated", page.Count > 0 && page.Count < rest.Count),
            upload.Algorithm is { } algorithm ? Xml.Element("ChecksumAlgorithm", Checksums.Name(algorithm)) : null,
            upload.Algorithm is null ? null : Xml.Element("ChecksumType", upload.Composite ? "COMPOSITE" : "FULL_OBJECT"),
            page.Select(part => Xml.Element(
                "Part",
                Xml.Element("PartNumber", part.Number),
                Xml.Element("LastModified", Xml.Time(part.Record.LastModified)),
                Xml.Element("ETag", Xml.Quote(part.Record.ETag)),
                Xml.Element("Size", part.Record.Size),
                Xml.Checksum(part.Record.Checksum).Take(1)))));
    }

    public static Task UploadsAsync(S3Exchange exchange)
    {
        if (exchange.Target["delimiter"] is { Length: > 0 })
            throw S3Failure.NotImplemented("a delimiter in ListMultipartUploads");
        var encode = ListRequests.Encoder(exchange);
        var prefix = exchange.Target["prefix"] ?? "";
        var most = Math.Min(exchange.Number("max-uploads", MostItems, 1, int.MaxValue), MostItems);
        var rest = exchange.Uploads.List(exchange.Bucket)
            .Where(upload => upload.Key.StartsWith(prefix, StringComparison.Ordinal) && IsBehindMarker(exchange, upload)).ToList();
        var page = rest.Take(most).ToList();
        var last = page.Count < rest.Count ? page[^1] : null;
        return exchange.AnswerAsync(Xml.Element(
            "ListMultipartUploadsResult",
            Xml.Element("Bucket", exchange.Bucket),
            Xml.Element("KeyMarker", encode(exchange.Target["key-marker"] ?? "")),
            Xml.Element("UploadIdMarker", exchange.Target["upload-id-marker"] ?? ""),
            last is null ? null : Xml.Element("NextKeyMarker", encode(last.Key)),
            last is null ? null : Xml.Element("NextUploadIdMarker", last.UploadId),
            Xml.Element("Prefix", encode(prefix)),
            Xml.Element("MaxUploads", most.ToString(CultureInfo.InvariantCulture)),
            exchange.Target["encoding-type"] is { Length: > 0 } encoding ? Xml.Element("EncodingType", encoding) : null,
            Xml.Element("IsTruncated", last is not null),
            page.Select(upload => Xml.Element(
                "Upload",
                Xml.Element("Key", encode(upload.Key)),
                Xml.Element("UploadId", upload.UploadId),
                BucketRequests.Owner("Initiator"),
                BucketRequests.Owner(),
                Xml.Element("StorageClass", upload.Headers.GetValueOrDefault("x-amz-storage-class", "STANDARD")),
                Xml.Element("Initiated", Xml.Time(upload.Initiated))))));
    }

    // Without an upload ID the marker is behind all uploads of its key.
    private static bool IsBehindMarker(S3Exchange exchange, PendingUpload upload)
    {
        if (exchange.Target["key-marker"] is not { Length: > 0 } key)
            return true;
        var order = KeyOrder.Instance.Compare(upload.Key, key);
        return order > 0 || (order == 0 && exchange.Target["upload-id-marker"] is { Length: > 0 } id && string.CompareOrdinal(upload.UploadId, id) > 0);
    }
}
