using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>S3's XML, both ways.</summary>
internal static class Xml
{
    // 10,000 parts with an ETag and a checksum each are about 2 MB, 1,000 keys of 1,024 escaped bytes about 6 MB.
    private const int LongestDocument = 8 * 1024 * 1024;

    private static readonly XNamespace S3 = "http://s3.amazonaws.com/doc/2006-03-01/";

    // Keys may hold characters that XML 1.0 has not: written as references, as S3 does, they at least do not break the server.
    private static readonly XmlWriterSettings WriterSettings = new()
    {
        Async = true,
        CheckCharacters = false,
        NewLineHandling = NewLineHandling.Entitize,
        Encoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
    };

    private static readonly XmlReaderSettings ReaderSettings = new() { DtdProcessing = DtdProcessing.Prohibit, CheckCharacters = false };

    public static XElement Element(string name, params object?[] content) => new(S3 + name, content);

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string Quote(string etag) => $"\"{etag}\"";

    public static string ChecksumType(StoredChecksum checksum) => checksum.Composite ? "COMPOSITE" : "FULL_OBJECT";

    public static IEnumerable<XElement> Checksum(StoredChecksum? checksum)
    {
        if (checksum is null)
            yield break;
        yield return Element(Checksums.Element(checksum.Algorithm), checksum.Value);
        yield return Element("ChecksumType", ChecksumType(checksum));
    }

    public static async Task WriteAsync(HttpResponse response, XElement document, CancellationToken cancellationToken)
    {
        using var text = new MemoryStream();
        await using (var writer = XmlWriter.Create(text, WriterSettings))
            await document.SaveAsync(writer, cancellationToken);
        response.ContentType = "application/xml";
        response.ContentLength = text.Length;
        text.Position = 0;
        await text.CopyToAsync(response.Body, cancellationToken);
    }

    /// <summary>The request's document, verified against its digests; null: the body is empty.</summary>
    /// <exception cref="S3Failure">MalformedXML, BadDigest, MaxMessageLengthExceeded.</exception>
    public static async Task<XElement?> ReadAsync(S3Exchange exchange)
    {
        var digests = DeclaredDigests.Of(exchange);
        using var text = await ReceiveAsync(exchange);
        digests.Verify(text.GetBuffer().AsSpan(0, (int)text.Length), exchange.Body);
        return Parse(text);
    }

    /// <summary>The same where the checksum headers are about something else than this document: an upload that is being completed.</summary>
    public static async Task<XElement?> ReadDocumentAsync(S3Exchange exchange)
    {
        using var text = await ReceiveAsync(exchange);
        return Parse(text);
    }

    /// <summary>Children of a name, whatever their namespace: clients differ.</summary>
    public static IEnumerable<XElement> Children(this XElement element, string name) => element.Elements().Where(child => child.Name.LocalName == name);

    public static string? Text(this XElement element, string name) => element.Children(name).FirstOrDefault()?.Value;

    private static async Task<MemoryStream> ReceiveAsync(S3Exchange exchange)
    {
        var text = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await exchange.Body.Content.ReadAsync(buffer, exchange.Cancelled)) > 0;)
        {
            text.Write(buffer, 0, read);
            if (text.Length > LongestDocument)
                throw S3Failure.Invalid("MaxMessageLengthExceeded", "Your request was too big.");
        }

        text.Position = 0;
        return text;
    }

    private static XElement? Parse(MemoryStream text)
    {
        try
        {
            using var reader = XmlReader.Create(text, ReaderSettings);
            return text.Length == 0 ? null : XElement.Load(reader);
        }
        catch (XmlException broken)
        {
            throw S3Failure.MalformedXml(broken.Message);
        }
    }
}
