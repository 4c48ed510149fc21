using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Pipelines.Api.Access;
using Pipelines.Storage;
using Pipelines.Storage.Access;

namespace Pipelines.Web.Security;

/// <summary>Who may see what: a session cookie for people; without it only health, the login page and static files answer.</summary>
internal static class SignIn
{
    /// <summary>Path of the login page.</summary>
    public const string Path = "/login";

    private const string Choice = "token or cookie";

    // What scripts and programs call: a login page would be no answer to them.
    private static readonly PathString[] Programs = ["/api", "/elsa", "/ui", "/_blazor"];

    private static readonly TimeSpan SessionLength = TimeSpan.FromHours(12);

    /// <summary>Adds the cookie, its shared key ring and the rule that everything needs a login.</summary>
    public static void AddSignIn(this IServiceCollection services, PipelinesOptions options)
    {
        services.AddDataProtection().SetApplicationName("pipelines").PersistKeysToFileSystem(new DirectoryInfo(options.KeysDirectory));
        var authentication = services.AddAuthentication(Choice).AddCookie(cookie =>
        {
            cookie.Cookie.Name = "pipelines";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            // Secure wherever the browser came by https, a trusted proxy's included.
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.ExpireTimeSpan = SessionLength;
            cookie.SlidingExpiration = true;
            cookie.LoginPath = Path;
            cookie.Events.OnRedirectToLogin = AnswerAsync;
            cookie.Events.OnRedirectToAccessDenied = DenyAsync;
            cookie.Events.OnValidatePrincipal = CheckAsync;
        });
        Tokens.AddTo(authentication, Choice, options.JwtSecret);
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build()).AddPermissions();
        services.AddSingleton<PasswordCheck>();
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, SessionCheck>();
    }

    /// <summary>
    /// Shows the login page anew, with a word, to whoever sends one whose antiforgery token is good no more. Comes after the check of those tokens.
    /// </summary>
    public static IApplicationBuilder UseFreshForm(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        if (!http.Request.Path.Equals(Path, StringComparison.OrdinalIgnoreCase) || http.Features.Get<IAntiforgeryValidationFeature>() is not { IsValid: false }) return next(http);
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = QueryHelpers.AddQueryString(Path, new Dictionary<string, string?> { ["stale"] = "true", ["ReturnUrl"] = SafeReturnUrl(http.Request.Query["ReturnUrl"]) });
        return Task.CompletedTask;
    });

    /// <summary>Starts a session.</summary>
    public static Task StartAsync(HttpContext http, User user) => http.SignInAsync(
        CookieAuthenticationDefaults.AuthenticationScheme, new ClaimsPrincipal(new ClaimsIdentity(Credentials.Claims(user), CookieAuthenticationDefaults.AuthenticationScheme)));

    /// <summary>Ends a session. Another site's form must not, so the page's own token is asked for.</summary>
    public static async Task<IResult> EndAsync(HttpContext http, IAntiforgery antiforgery)
    {
        if (!await antiforgery.IsRequestValidAsync(http)) return Results.BadRequest("The page is out of date. Load it again, then sign out.");
        await http.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return Results.Redirect(Path);
    }

    /// <summary>Only a path of our own may follow the login; anything else would let a link send a user elsewhere.</summary>
    public static string SafeReturnUrl(string? url) =>
        url is ['/', not ('/' or '\\'), ..] or "/" ? url : "/";

    /// <summary>A session of a user who was deleted or whose password or role changed ends with the next request.</summary>
    private static async Task CheckAsync(CookieValidatePrincipalContext context)
    {
        if (IsForEverybody(context.HttpContext)) return;
        var database = context.HttpContext.RequestServices.GetRequiredService<Database>();
        if (await Credentials.IsCurrentAsync(database, context.Principal!, context.HttpContext.RequestAborted))
        {
            // Of this request only: the cookie that a longer session gets was made before.
            SessionCheck.Note(context.Principal!, context.Properties.ExpiresUtc);
            return;
        }
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
    }

    // The hundreds of files of the designer must not cost a read each. The login page is for everybody too, but shows who is signed in.
    private static bool IsForEverybody(HttpContext http) =>
        http.GetEndpoint()?.Metadata is { } endpoint && endpoint.GetMetadata<IAllowAnonymous>() is not null && endpoint.GetMetadata<ComponentTypeMetadata>() is null;

    /// <summary>Who is signed in but not allowed is told so; the login page would only confuse.</summary>
    private static Task DenyAsync(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (IsForPrograms(context.Request)) return Refusals.ForbiddenAsync(context.HttpContext);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        // A browser gets the page of this status, which is made of an answer without a body.
        return context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal)
            ? Task.CompletedTask : context.Response.WriteAsync("Your role does not allow this. Ask an admin for the permission.");
    }

    /// <summary>A page sends the person to the login; a program gets 401.</summary>
    private static Task AnswerAsync(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (IsForPrograms(context.Request)) return Refusals.UnauthenticatedAsync(context.HttpContext);
        context.Response.Redirect(context.RedirectUri);
        return Task.CompletedTask;
    }

    private static bool IsForPrograms(HttpRequest request) =>
        Programs.Any(path => request.Path.StartsWithSegments(path, StringComparison.Ordinal));
}
