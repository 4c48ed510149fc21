using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Pipelines.Api.Access;

/// <summary>
/// Lets only our own pages act with a session's cookie, which a browser adds to every request whoever made it: a write, or a live
/// connection, that another site's page asks for is refused. A program with a token proves itself and is not asked.
/// </summary>
public static class OwnPages
{
    private static readonly string[] Guarded = ["/elsa", "/ui", "/_blazor"];

    /// <summary>Adds the check, and before it what knows a request for a live connection; authentication comes before both.</summary>
    public static IApplicationBuilder UseOwnPages(this IApplicationBuilder app) => app.UseWebSockets().Use((http, next) =>
        IsAct(http) && IsGuarded(http.Request) && http.User.Identity?.IsAuthenticated == true && !Tokens.IsBrought(http.Request) && !IsOwn(http.Request)
            ? Refusals.WriteAsync(http, StatusCodes.Status403Forbidden,
                "This request did not come from a page of this host, so it was refused. Open the page here and try again; programs send a token from POST /auth/token.")
            : next(http));

    private static bool IsGuarded(HttpRequest request) => Guarded.Any(path => request.Path.StartsWithSegments(path, StringComparison.Ordinal));

    private static bool IsAct(HttpContext http) =>
        !(HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) || HttpMethods.IsOptions(http.Request.Method)) || http.WebSockets.IsWebSocketRequest;

    // Browsers send Sec-Fetch-Site to trustworthy addresses and with every request there; Origin with every write and to every address.
    private static bool IsOwn(HttpRequest request) => request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site
        ? site is "same-origin" or "none"
        : Uri.TryCreate(request.Headers.Origin.ToString(), UriKind.Absolute, out var origin) && string.Equals(origin.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
}
