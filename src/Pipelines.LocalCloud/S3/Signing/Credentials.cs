namespace Pipelines.LocalCloud.S3.Signing;

/// <summary>The one key pair that the endpoint knows, and its region.</summary>
internal sealed record Credentials(string AccessKey, string SecretKey, string Region);

/// <summary>What a request claims about its signature, from the Authorization header or a presigned query.</summary>
/// <param name="Scope"><c>date/region/service/aws4_request</c>.</param>
/// <param name="SignedHeaders">Lower-case names.</param>
/// <param name="Timestamp"><c>yyyyMMddTHHmmssZ</c>, as sent.</param>
/// <param name="Expires">How long a presigned URL holds; null for a signed header.</param>
internal sealed record SignatureClaim(
    string AccessKey, string Scope, IReadOnlyList<string> SignedHeaders, string Signature, string Timestamp, TimeSpan? Expires);

/// <summary>A signature that holds: the seed for the signatures of the body's chunks.</summary>
/// <param name="PayloadHash">The value of <c>x-amz-content-sha256</c>: a hash or one of its words.</param>
internal sealed record VerifiedSignature(string Signature, byte[] SigningKey, string Timestamp, string Scope, string PayloadHash);
