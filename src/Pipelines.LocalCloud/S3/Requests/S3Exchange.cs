using System.Globalization;
using System.Net;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Pipelines.LocalCloud.S3.Objects;
using Pipelines.LocalCloud.S3.Signing;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>One verified request, what it acts on, and its answer.</summary>
internal sealed record S3Exchange(
    HttpContext Http, RequestTarget Target, RequestBody Body, ObjectStore Store, MultipartUploads Uploads, Credentials Credentials)
{
    public string Bucket => Target.Bucket;

    public string Key => Target.Key;

    public HttpResponse Response => Http.Response;

    public CancellationToken Cancelled => Http.RequestAborted;

    /// <summary>A request header's value; null if it was not sent.</summary>
    public string? Header(string name) => Http.Request.Headers.TryGetValue(name, out var values) ? values.ToString() : null;

    /// <summary>A number in the query.</summary>
    /// <exception cref="S3Failure">InvalidArgument: not a number from <paramref name="least"/> to <paramref name="most"/>.</exception>
    public int Number(string name, int absent, int least, int most)
    {
        if (Target[name] is not { Length: > 0 } text)
            return absent;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw S3Failure.InvalidArgument(name, text, $"{name} must be an integer between {least} and {most}.");
    }

    /// <exception cref="S3Failure">NoSuchBucket.</exception>
    public void RequireBucket()
    {
        if (!Store.BucketExists(Bucket))
            throw S3Failure.NoSuchBucket(Bucket);
    }

    public void NoContent() => Response.StatusCode = (int)HttpStatusCode.NoContent;

    public Task AnswerAsync(XElement document) => Xml.WriteAsync(Response, document, Cancelled);

    public void ShowChecksum(StoredChecksum? checksum)
    {
        if (checksum is null)
            return;
        Response.Headers[Checksums.Header(checksum.Algorithm)] = checksum.Value;
        Response.Headers["x-amz-checksum-type"] = Xml.ChecksumType(checksum);
    }
}
