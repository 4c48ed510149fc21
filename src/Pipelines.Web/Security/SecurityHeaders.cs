using System.Security.Cryptography;

namespace Pipelines.Web.Security;

/// <summary>What every answer tells a browser not to do. A page that needs more for itself sets its own policy before.</summary>
internal static class SecurityHeaders
{
    private const string NonceKey = "csp-nonce";

    // A year: who has seen a host behind TLS once never asks it without again.
    private const string Hsts = "max-age=31536000";

    /// <summary>Adds them to all answers, errors and files included.</summary>
    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        http.Response.OnStarting(() =>
        {
            var headers = http.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
            if (headers.ContentSecurityPolicy.Count == 0) headers.ContentSecurityPolicy = Policy(http);
            // For old browsers; the others go by frame-ancestors.
            headers.XFrameOptions = "DENY";
            if (http.Request.IsHttps) headers.StrictTransportSecurity = Hsts;
            return Task.CompletedTask;
        });
        return next(http);
    });

    /// <summary>What an inline script of a page of ours carries, to be told from one that somebody smuggled in; new for each answer.</summary>
    public static string Nonce(HttpContext http) =>
        (string)(http.Items[NonceKey] ??= Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)));

    // Styles may be inline: heights of bars and widths of columns are. MudBlazor and Hangfire's dashboard have such styles too.
    private static string Policy(HttpContext http) =>
        $"default-src 'self'; script-src 'self'{(http.Items[NonceKey] is string nonce ? $" 'nonce-{nonce}'" : "")}; style-src 'self' 'unsafe-inline'; "
        + "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";
}
