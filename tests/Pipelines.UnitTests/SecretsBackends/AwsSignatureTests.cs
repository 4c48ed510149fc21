using System.Text;
using Pipelines.Activities.SecretsBackends.Aws;

namespace Pipelines.UnitTests.SecretsBackends;

/// <summary>Signature Version 4, against what botocore 1.x gives for the same request.</summary>
public sealed class AwsSignatureTests
{
    [TestCase(null, "content-type;host;x-amz-date;x-amz-target", "828313e0b3f5f61e4e1fdd989c99ed8d51be073a638c3c651eead1b8a507f572")]
    [TestCase("TOKEN", "content-type;host;x-amz-date;x-amz-security-token;x-amz-target", "8bf4679c2694c42c5a54ec912a0452cc55996c16f0cd2dd4d8284a5c089dc16e")]
    public void A_request_is_signed_as_botocore_signs_it(string? token, string headers, string signature)
    {
        const string body = "{\"SecretId\":\"a/b\"}";
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://secretsmanager.eu-central-1.amazonaws.com/") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "secretsmanager.GetSecretValue");
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-amz-json-1.1");

        AwsSignature.Sign(request, body, "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token, "eu-central-1", "secretsmanager", new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));

        Assert.That(request.Headers.GetValues("Authorization").Single(),
            Is.EqualTo($"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260501/eu-central-1/secretsmanager/aws4_request, SignedHeaders={headers}, Signature={signature}"));
    }
}
