using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Pipelines.LocalCloud.S3;
using Pipelines.LocalCloud.S3.Signing;

namespace Pipelines.UnitTests.LocalCloud.S3;

/// <summary>The worked examples of the S3 API reference, "Authenticating Requests (AWS Signature Version 4)".</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SignatureV4Tests
{
    private const string Credential = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";
    private const string GetSignature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
    private const string PresignedSignature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

    private static readonly Credentials Example = new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1");

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.Parse("2013-05-24T00:00:00Z", CultureInfo.InvariantCulture));

    [Test]
    public void The_published_get_with_a_range_is_verified()
    {
        var verified = Verify("GET", "/test.txt", Signed("host;range;x-amz-content-sha256;x-amz-date", GetSignature), ("Range", "bytes=0-9"));
        Assert.That(verified.Signature, Is.EqualTo(GetSignature));
    }

    [Test]
    public void The_published_put_is_verified()
    {
        const string Hash = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
        var signed = Signed(
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
        var verified = Verify(
            "PUT", "/test%24file.text", signed, ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"), ("x-amz-content-sha256", Hash));
        Assert.That(verified.PayloadHash, Is.EqualTo(Hash));
    }

    [TestCase("/?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")]
    [TestCase("/?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    public void The_published_bucket_requests_are_verified(string target, string signature)
    {
        Assert.That(Verify("GET", target, Signed("host;x-amz-content-sha256;x-amz-date", signature)).Signature, Is.EqualTo(signature));
    }

    [Test]
    public void The_published_presigned_link_is_verified_until_it_expires()
    {
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.That(VerifyPresigned(86400).Signature, Is.EqualTo(PresignedSignature));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(Assert.Throws<S3Failure>(() => VerifyPresigned(86400))!.Message, Does.Contain("expired"));
    }

    [Test]
    public void A_longer_life_is_not_to_be_had_by_editing_the_link() =>
        Assert.That(Assert.Throws<S3Failure>(() => VerifyPresigned(86401))!.Code, Is.EqualTo("SignatureDoesNotMatch"));

    [TestCase(15, null)]
    [TestCase(-15, null)]
    [TestCase(16, "RequestTimeTooSkewed")]
    [TestCase(-16, "RequestTimeTooSkewed")]
    public void Clocks_may_differ_by_a_quarter_of_an_hour(int minutes, string? code)
    {
        var clock = new FakeTimeProvider(_clock.GetUtcNow().AddMinutes(minutes));
        var signed = Signed("host;range;x-amz-content-sha256;x-amz-date", GetSignature);
        Assert.That(Refusal(() => Verify("GET", "/test.txt", signed, clock, ("Range", "bytes=0-9"))), Is.EqualTo(code));
    }

    [TestCase("AKIAIOSFODNN7EXAMPLE/20130524/eu-west-1/s3/aws4_request", "AuthorizationHeaderMalformed")]
    [TestCase("AKIAIOSFODNN7EXAMPLE/20130525/us-east-1/s3/aws4_request", "AuthorizationHeaderMalformed")]
    [TestCase("AKIAIOSFODNN7EXAMPLE", "AuthorizationHeaderMalformed")]
    [TestCase("SOMEBODYELSE/20130524/us-east-1/s3/aws4_request", "InvalidAccessKeyId")]
    public void A_claim_for_another_key_day_or_place_is_refused(string credential, string code)
    {
        var authorization = Signed("host;range;x-amz-content-sha256;x-amz-date", GetSignature).Replace(Credential, credential, StringComparison.Ordinal);
        Assert.That(Refusal(() => Verify("GET", "/test.txt", authorization, ("Range", "bytes=0-9"))), Is.EqualTo(code));
    }

    [TestCase("")]
    [TestCase("AWS4-HMAC-SHA256")]
    [TestCase("AWS4-HMAC-SHA256 ")]
    [TestCase("AWS4-HMAC-SHA256 Credential,SignedHeaders=,=,,Signature")]
    [TestCase("AWS key:signature")]
    [TestCase("Bearer token")]
    public void Whatever_is_no_signature_is_refused_and_not_a_crash(string authorization) =>
        Assert.That(Refusal(() => Verify("GET", "/test.txt", authorization)), Is.Not.Null);

    [Test]
    public void A_header_that_was_added_behind_the_signer_is_refused()
    {
        var signed = Signed("host;range;x-amz-content-sha256;x-amz-date", GetSignature);
        Assert.That(Refusal(() => Verify("GET", "/test.txt", signed, ("Range", "bytes=0-9"), ("x-amz-acl", "private"))), Is.EqualTo("AccessDenied"));
    }

    [Test]
    public async Task The_published_chunked_upload_is_decoded_and_one_changed_byte_is_noticed()
    {
        const string Target = "/examplebucket/chunkObject.txt";
        var signed = Signed(
            "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
            "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
        var seed = Verify("PUT", Target, signed, _clock, "s3.amazonaws.com",
            ("Content-Encoding", "aws-chunked"), ("Content-Length", "66824"), ("x-amz-decoded-content-length", "66560"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"), ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"));
        var body = Encoding.ASCII.GetBytes(
            "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" + new string('a', 65536)
            + "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" + new string('a', 1024)
            + "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n");
        Assert.That(body, Has.Length.EqualTo(66824));
        Assert.That(await Length(seed, body), Is.EqualTo(66560));
        body[70_000 - 4000] = (byte)'b';
        Assert.That((await Assert.ThrowsAsync<S3Failure>(() => Length(seed, body)))!.Code, Is.EqualTo("SignatureDoesNotMatch"));
    }

    private static async Task<long> Length(VerifiedSignature seed, byte[] body)
    {
        using var signatures = new ChunkSignatures(seed);
        await using var decoded = new ChunkedBody(new MemoryStream(body), 66560, signatures, []);
        using var plain = new MemoryStream();
        await decoded.CopyToAsync(plain);
        return plain.Length;
    }

    private static string Signed(string headers, string signature) =>
        $"AWS4-HMAC-SHA256 Credential={Credential},SignedHeaders={headers},Signature={signature}";

    private VerifiedSignature VerifyPresigned(int expires)
    {
        var target = RequestTarget.Parse(
            $"/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={Uri.EscapeDataString(Credential)}&X-Amz-Date=20130524T000000Z"
            + $"&X-Amz-Expires={expires}&X-Amz-SignedHeaders=host&X-Amz-Signature={PresignedSignature}");
        var headers = new HeaderDictionary { ["Host"] = "examplebucket.s3.amazonaws.com" };
        return new RequestVerifier(Example, _clock).Verify("GET", target, headers);
    }

    private VerifiedSignature Verify(string method, string target, string authorization, params (string, string)[] more) =>
        Verify(method, target, authorization, _clock, more);

    private static VerifiedSignature Verify(string method, string target, string authorization, TimeProvider clock, params (string, string)[] more) =>
        Verify(method, target, authorization, clock, "examplebucket.s3.amazonaws.com", more);

    private static VerifiedSignature Verify(
        string method, string target, string authorization, TimeProvider clock, string host, params (string Name, string Value)[] more)
    {
        var headers = new HeaderDictionary
        {
            ["Host"] = host,
            ["Authorization"] = authorization,
            ["x-amz-date"] = "20130524T000000Z",
            ["x-amz-content-sha256"] = SignatureV4.EmptyHash,
        };
        foreach (var (name, value) in more)
            headers[name] = value;
        return new RequestVerifier(Example, clock).Verify(method, RequestTarget.Parse(target), headers);
    }

    private static string? Refusal(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (S3Failure refused)
        {
            return refused.Code;
        }
    }
}
