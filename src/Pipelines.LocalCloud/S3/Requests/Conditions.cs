using System.Globalization;
using System.Net;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>Conditional headers, by RFC 9110's order of precedence.</summary>
internal static class Conditions
{
    /// <param name="prefix"><c>x-amz-copy-source-</c> for the source of a copy, which knows no 304.</param>
    /// <exception cref="S3Failure">PreconditionFailed; NotModified (304, no document).</exception>
    public static void VerifyRead(S3Exchange exchange, ObjectRecord record, string prefix = "")
    {
        if (exchange.Header(prefix + "If-Match") is { } match)
        {
            if (!Lists(match, record.ETag))
                throw S3Failure.PreconditionFailed("If-Match");
        }
        else if (Date(exchange, prefix + "If-Unmodified-Since") is { } unmodified && record.LastModified > unmodified)
        {
            throw S3Failure.PreconditionFailed("If-Unmodified-Since");
        }

        if (exchange.Header(prefix + "If-None-Match") is { } noneMatch)
        {
            if (Lists(noneMatch, record.ETag))
                throw Unchanged("If-None-Match", prefix);
        }
        else if (Date(exchange, prefix + "If-Modified-Since") is { } modified && record.LastModified <= modified)
        {
            throw Unchanged("If-Modified-Since", prefix);
        }
    }

    /// <exception cref="S3Failure">NotImplemented: a form that S3 does not know for writes.</exception>
    public static PutCondition ReadWrite(S3Exchange exchange)
    {
        var noneMatch = exchange.Header("If-None-Match");
        if (noneMatch is not (null or "*"))
            throw S3Failure.NotImplemented("If-None-Match with anything but * on a write");
        return new PutCondition(noneMatch == "*", exchange.Header("If-Match")?.Trim('"'));
    }

    private static bool Lists(string header, string etag) => header.Split(',', StringSplitOptions.TrimEntries)
        .Any(item => item == "*" || item.TrimStart('W', '/').Trim('"') == etag);

    private static DateTimeOffset? Date(S3Exchange exchange, string name) =>
        DateTimeOffset.TryParse(exchange.Header(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;

    private static S3Failure Unchanged(string condition, string prefix) => prefix.Length > 0
        ? S3Failure.PreconditionFailed(condition)
        : new S3Failure(HttpStatusCode.NotModified, "NotModified", "The object is unchanged.");
}
