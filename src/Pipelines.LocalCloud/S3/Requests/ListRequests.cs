using System.Buffers.Text;
using System.Text;
using System.Xml.Linq;
using Pipelines.LocalCloud.S3.Objects;
using Pipelines.LocalCloud.S3.Signing;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>ListObjects in both versions: they differ in how a page names the next one.</summary>
internal static class ListRequests
{
    private const int MostKeys = 1000;

    public static Task FirstVersionAsync(S3Exchange exchange)
    {
        var marker = exchange.Target["marker"] ?? "";
        var (query, encode) = Read(exchange, marker);
        var page = exchange.Store.ListPage(exchange.Bucket, query);
        return exchange.AnswerAsync(Document(exchange, query, encode, page, [
            Xml.Element("Marker", encode(marker)),
            // S3 names the next marker only where the client cannot know it: the last item may be a group.
            page.Next is not null && query.Delimiter is not null ? Xml.Element("NextMarker", encode(page.Next)) : null,
        ]));
    }

    public static Task SecondVersionAsync(S3Exchange exchange)
    {
        var token = exchange.Target["continuation-token"];
        var startAfter = exchange.Target["start-after"];
        var (query, encode) = Read(exchange, token is null ? startAfter : FromToken(token));
        var page = exchange.Store.ListPage(exchange.Bucket, query);
        return exchange.AnswerAsync(Document(exchange, query, encode, page, [
            Xml.Element("KeyCount", page.Objects.Count + page.CommonPrefixes.Count),
            token is null ? null : Xml.Element("ContinuationToken", token),
            page.Next is null ? null : Xml.Element("NextContinuationToken", ToToken(page.Next)),
            startAfter is null ? null : Xml.Element("StartAfter", encode(startAfter)),
        ], exchange.Target["fetch-owner"] == "true"));
    }

    /// <summary>The encoder of the answer's keys: <c>encoding-type=url</c> keeps what XML cannot.</summary>
    public static Func<string, string> Encoder(S3Exchange exchange) => exchange.Target["encoding-type"] switch
    {
        null or "" => text => text,
        "url" => text => AwsEncoding.Encode(text, keepSlash: true),
        { } other => throw S3Failure.InvalidArgument("encoding-type", other, "Invalid Encoding Method specified in Request; use url."),
    };

    private static (ListQuery Query, Func<string, string> Encode) Read(S3Exchange exchange, string? after)
    {
        var maxKeys = Math.Min(exchange.Number("max-keys", MostKeys, 0, int.MaxValue), MostKeys);
        var delimiter = exchange.Target["delimiter"] is { Length: > 0 } sent ? sent : null;
        return (new ListQuery(exchange.Target["prefix"] ?? "", delimiter, after, maxKeys), Encoder(exchange));
    }

    private static XElement Document(
        S3Exchange exchange, ListQuery query, Func<string, string> encode, ListPage page, XElement?[] paging, bool? owner = null) => Xml.Element(
        "ListBucketResult",
        Xml.Element("Name", exchange.Bucket),
        Xml.Element("Prefix", encode(query.Prefix)),
        query.Delimiter is null ? null : Xml.Element("Delimiter", encode(query.Delimiter)),
        Xml.Element("MaxKeys", query.MaxKeys),
        exchange.Target["encoding-type"] is { Length: > 0 } encoding ? Xml.Element("EncodingType", encoding) : null,
        Xml.Element("IsTruncated", page.Next is not null),
        paging,
        page.Objects.Select(summary => Xml.Element(
            "Contents",
            Xml.Element("Key", encode(summary.Key)),
            Xml.Element("LastModified", Xml.Time(summary.LastModified)),
            Xml.Element("ETag", Xml.Quote(summary.ETag)),
            Xml.Element("Size", summary.Size),
            owner ?? true ? BucketRequests.Owner() : null,
            Xml.Element("StorageClass", summary.StorageClass))),
        page.CommonPrefixes.Select(group => Xml.Element("CommonPrefixes", Xml.Element("Prefix", encode(group)))));

    private static string ToToken(string next) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(next));

    private static string FromToken(string token)
    {
        try
        {
            return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token));
        }
        catch (FormatException)
        {
            throw S3Failure.InvalidArgument("continuation-token", token, "The continuation token provided is incorrect.");
        }
    }
}
