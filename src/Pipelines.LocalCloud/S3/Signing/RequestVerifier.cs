using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace Pipelines.LocalCloud.S3.Signing;

/// <summary>Lets a request pass only if it was signed by the endpoint's key, for this endpoint, now.</summary>
internal sealed class RequestVerifier(Credentials credentials, TimeProvider clock)
{
    public const string UnsignedPayload = "UNSIGNED-PAYLOAD";

    private static readonly TimeSpan AllowedSkew = TimeSpan.FromMinutes(15);

    /// <exception cref="S3Failure">
    /// AccessDenied, InvalidAccessKeyId, RequestTimeTooSkewed, AuthorizationHeaderMalformed, SignatureDoesNotMatch, InvalidRequest.
    /// </exception>
    public VerifiedSignature Verify(string method, RequestTarget target, IHeaderDictionary headers)
    {
        var claim = ClaimReader.Read(headers, target);
        if (claim.AccessKey != credentials.AccessKey)
        {
            throw new S3Failure(HttpStatusCode.Forbidden, "InvalidAccessKeyId", "The AWS access key ID you provided does not exist in our records.")
                .With("AWSAccessKeyId", claim.AccessKey);
        }

        VerifyTime(claim);
        VerifyScope(claim);
        VerifyCoverage(claim, headers);
        var payloadHash = PayloadHash(claim, headers, target);
        var query = target.Query.Where(pair => claim.Expires is null || pair.Key != "X-Amz-Signature");
        var signed = claim.SignedHeaders.Select(name => KeyValuePair.Create(name, Value(headers, name)));
        var canonical = SignatureV4.CanonicalRequest(method, target.Path, query, signed, payloadHash);
        var toSign = SignatureV4.StringToSign(claim.Timestamp, claim.Scope, canonical);
        var key = SignatureV4.SigningKey(credentials.SecretKey, claim.Scope[..8], credentials.Region, "s3");
        if (!SignatureV4.Matches(SignatureV4.Sign(key, toSign), claim.Signature))
            throw Mismatch().With("AWSAccessKeyId", claim.AccessKey).With("StringToSign", toSign).With("CanonicalRequest", canonical);
        return new(claim.Signature, key, claim.Timestamp, claim.Scope, payloadHash);
    }

    public static S3Failure Mismatch() => new(
        HttpStatusCode.Forbidden,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided; check your secret key and signing method.");

    private void VerifyTime(SignatureClaim claim)
    {
        var now = clock.GetUtcNow();
        var signed = DateTimeOffset.ParseExact(
            claim.Timestamp, ClaimReader.TimestampFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        if (claim.Expires is { } expires && now > signed + expires)
            throw S3Failure.AccessDenied("Request has expired").With("Expires", (signed + expires).ToString("O")).With("ServerTime", now.ToString("O"));
        // A presigned URL may be old, within its time, but not from the future.
        if (signed - now > AllowedSkew || (claim.Expires is null && now - signed > AllowedSkew))
        {
            throw new S3Failure(
                HttpStatusCode.Forbidden,
                "RequestTimeTooSkewed",
                "The difference between the request time and the server's time is more than 15 minutes; set the clock.")
                .With("RequestTime", claim.Timestamp).With("ServerTime", now.ToString("O"));
        }
    }

    private void VerifyScope(SignatureClaim claim)
    {
        var parts = claim.Scope.Split('/');
        if (parts[0] != claim.Timestamp[..8])
            throw S3Failure.Invalid("AuthorizationHeaderMalformed", $"The credential's date '{parts[0]}' is not the date of the request.");
        if (parts[1] != credentials.Region)
        {
            throw S3Failure.Invalid(
                "AuthorizationHeaderMalformed",
                $"The region '{parts[1]}' is wrong; expecting '{credentials.Region}'.").With("Region", credentials.Region);
        }
    }

    // Else who holds a signature could change what the request does by adding headers to it.
    private static void VerifyCoverage(SignatureClaim claim, IHeaderDictionary headers)
    {
        var open = headers.Keys.Select(name => name.ToLowerInvariant())
            .Where(name => name == "host" || name.StartsWith("x-amz-", StringComparison.Ordinal))
            .Except(claim.SignedHeaders).ToList();
        if (open.Count > 0)
            throw S3Failure.AccessDenied("There were headers present in the request which were not signed.").With("HeadersNotSigned", string.Join(", ", open));
    }

    private static string PayloadHash(SignatureClaim claim, IHeaderDictionary headers, RequestTarget target)
    {
        var sent = headers["x-amz-content-sha256"].ToString();
        if (sent.Length > 0)
            return sent;
        return claim.Expires is not null
            ? target["X-Amz-Content-Sha256"] ?? UnsignedPayload
            : throw S3Failure.InvalidRequest("Missing required header for this request: x-amz-content-sha256.");
    }

    private static string Value(IHeaderDictionary headers, string name) =>
        string.Join(',', headers[name].Select(value => value?.Trim()));
}
