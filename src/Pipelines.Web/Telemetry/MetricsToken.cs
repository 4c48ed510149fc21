using System.Security.Cryptography;
using System.Text;
using Pipelines.Api.Access;

namespace Pipelines.Web.Telemetry;

/// <summary>Lets only those read numbers who bring the token for it: names of DAGs and how busy a company is are nobody else's business.</summary>
internal static class MetricsToken
{
    private const string Scheme = "Bearer ";

    /// <summary>Refuses everybody else.</summary>
    public static void UseMetricsToken(this IApplicationBuilder app, string token)
    {
        var expected = Hash(token);
        app.Use((http, next) => IsBrought(http.Request, expected) ? next(http) : Refusals.WriteAsync(
            http, StatusCodes.Status401Unauthorized, "Send 'Authorization: Bearer …' with the token that the host was given as PIPELINES_METRICS_TOKEN."));
    }

    // As long whichever byte is wrong, and however many were sent.
    private static bool IsBrought(HttpRequest request, byte[] expected) =>
        request.Headers.Authorization.ToString() is var sent && sent.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Hash(sent[Scheme.Length..].Trim()), expected);

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
