using System.Security.Cryptography;
using System.Text;

namespace Pipelines.Activities.SecretsBackends.Aws;

/// <summary>AWS's Signature Version 4 of a POST to <c>/</c>.</summary>
internal static class AwsSignature
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Signs all headers that the request has, and adds those of the signature.</summary>
    /// <param name="request">Its content is <paramref name="body"/>.</param>
    /// <param name="body">What is sent.</param>
    /// <param name="accessKey">Who sends it.</param>
    /// <param name="secretKey">Its secret.</param>
    /// <param name="token">Of a session; null: it is none.</param>
    /// <param name="region">Where to.</param>
    /// <param name="service">To which service, as signatures call it.</param>
    /// <param name="now">When.</param>
    public static void Sign(HttpRequestMessage request, string body, string accessKey, string secretKey, string? token, string region, string service, DateTimeOffset now)
    {
        var (moment, day) = (now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", null), now.UtcDateTime.ToString("yyyyMMdd", null));
        request.Headers.TryAddWithoutValidation("X-Amz-Date", moment);
        if (token is not null) request.Headers.TryAddWithoutValidation("X-Amz-Security-Token", token);
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = request.RequestUri!.Authority };
        foreach (var (name, values) in request.Headers.Concat(request.Content!.Headers)) headers[name.ToLowerInvariant()] = string.Join(',', values).Trim();
        headers.Remove("content-length");

        var signed = string.Join(';', headers.Keys);
        var canonical = $"POST\n/\n\n{string.Concat(headers.Select(header => $"{header.Key}:{header.Value}\n"))}\n{signed}\n{Hash(body)}";
        var scope = $"{day}/{region}/{service}/aws4_request";
        var key = new[] { day, region, service, "aws4_request" }.Aggregate(Encoding.UTF8.GetBytes("AWS4" + secretKey), Mac);
        var signature = Convert.ToHexStringLower(Mac(key, $"{Algorithm}\n{moment}\n{scope}\n{Hash(canonical)}"));
        request.Headers.TryAddWithoutValidation("Authorization", $"{Algorithm} Credential={accessKey}/{scope}, SignedHeaders={signed}, Signature={signature}");
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
