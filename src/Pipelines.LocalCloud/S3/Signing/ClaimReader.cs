using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Pipelines.LocalCloud.S3.Signing;

/// <summary>Reads the claim of a signature out of a request, from either of its two places.</summary>
internal static class ClaimReader
{
    public const string TimestampFormat = "yyyyMMdd'T'HHmmss'Z'";

    private static readonly TimeSpan LongestPresign = TimeSpan.FromDays(7);

    /// <exception cref="S3Failure">AccessDenied (not signed), InvalidRequest, AuthorizationHeaderMalformed, AuthorizationQueryParametersError.</exception>
    public static SignatureClaim Read(IHeaderDictionary headers, RequestTarget target)
    {
        var authorization = headers.Authorization.ToString();
        if (authorization.Length > 0)
            return FromHeader(authorization, headers);
        if (target["X-Amz-Algorithm"] is { } algorithm)
            return FromQuery(algorithm, target);
        if (target["AWSAccessKeyId"] is not null)
            throw OldSignature();
        throw S3Failure.AccessDenied("Access Denied: the request is not signed.");
    }

    private static SignatureClaim FromHeader(string authorization, IHeaderDictionary headers)
    {
        var space = authorization.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || authorization[..space] != SignatureV4.Algorithm)
            throw OldSignature();
        var fields = authorization[(space + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(field => field.Split('=', 2)).Where(field => field.Length == 2)
            .GroupBy(field => field[0]).ToDictionary(group => group.Key, group => group.First()[1], StringComparer.Ordinal);
        if (!fields.TryGetValue("Credential", out var credential) || !fields.TryGetValue("SignedHeaders", out var signed)
            || !fields.TryGetValue("Signature", out var signature))
            throw Malformed("it must hold Credential, SignedHeaders and Signature");
        var (accessKey, scope) = SplitCredential(credential) ?? throw Malformed("the Credential must be KEY/DATE/REGION/s3/aws4_request");
        return new(accessKey, scope, SplitHeaders(signed), signature, Timestamp(headers), null);
    }

    private static SignatureClaim FromQuery(string algorithm, RequestTarget target)
    {
        if (algorithm != SignatureV4.Algorithm)
            throw BadQuery($"X-Amz-Algorithm only supports {SignatureV4.Algorithm}");
        if (target["X-Amz-Credential"] is not { } credential || target["X-Amz-Date"] is not { } date || target["X-Amz-Expires"] is not { } expires
            || target["X-Amz-SignedHeaders"] is not { } signed || target["X-Amz-Signature"] is not { } signature)
            throw BadQuery("X-Amz-Credential, X-Amz-Date, X-Amz-Expires, X-Amz-SignedHeaders and X-Amz-Signature are all needed");
        var (accessKey, scope) = SplitCredential(credential) ?? throw BadQuery("X-Amz-Credential must be KEY/DATE/REGION/s3/aws4_request");
        if (!IsTimestamp(date))
            throw BadQuery("X-Amz-Date must be in the ISO8601 form yyyyMMdd'T'HHmmss'Z'");
        if (!int.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds < 1 || seconds > LongestPresign.TotalSeconds)
            throw BadQuery("X-Amz-Expires must be between 1 and 604800 seconds");
        return new(accessKey, scope, SplitHeaders(signed), signature, date, TimeSpan.FromSeconds(seconds));
    }

    private static (string AccessKey, string Scope)? SplitCredential(string credential)
    {
        // The key itself may hold slashes: the scope is the last four parts.
        var parts = credential.Split('/');
        return parts.Length < 5 || parts[^1] != "aws4_request" || parts[^2] != "s3"
            ? null
            : (string.Join('/', parts[..^4]), string.Join('/', parts[^4..]));
    }

    private static string[] SplitHeaders(string signed) =>
        signed.ToLowerInvariant().Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct().ToArray();

    private static string Timestamp(IHeaderDictionary headers)
    {
        var sent = headers["x-amz-date"].ToString();
        if (IsTimestamp(sent))
            return sent;
        if (sent.Length == 0 && DateTimeOffset.TryParseExact(headers.Date.ToString(), "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            return date.UtcDateTime.ToString(TimestampFormat, CultureInfo.InvariantCulture);
        throw S3Failure.AccessDenied("AWS authentication requires a valid Date or x-amz-date header.");
    }

    private static bool IsTimestamp(string text) =>
        DateTime.TryParseExact(text, TimestampFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);

    private static S3Failure OldSignature() =>
        S3Failure.InvalidRequest($"The authorization mechanism you have provided is not supported; use {SignatureV4.Algorithm} "
            + "(for aws s3 presign: aws configure set default.s3.signature_version s3v4).");

    private static S3Failure Malformed(string reason) =>
        S3Failure.Invalid("AuthorizationHeaderMalformed", $"The authorization header is malformed: {reason}.");

    private static S3Failure BadQuery(string reason) => S3Failure.Invalid("AuthorizationQueryParametersError", $"The presigned query is malformed: {reason}.");
}
