using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Pipelines.Api.Access;
using Pipelines.Storage;

namespace Pipelines.Web.Security;

/// <summary>An open page lives longer than a request: it asks every half minute whether its session still runs and its user is still the same.</summary>
internal class SessionCheck(ILoggerFactory loggers, Database database, TimeProvider time) : RevalidatingServerAuthenticationStateProvider(loggers)
{
    private const string Expires = "expires";

    /// <inheritdoc/>
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(30);

    /// <summary>Has an open page know when its session ends: it sees who asks, but not the cookie.</summary>
    public static void Note(ClaimsPrincipal person, DateTimeOffset? expires)
    {
        if (expires is { } end) ((ClaimsIdentity)person.Identity!).AddClaim(new Claim(Expires, end.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)));
    }

    /// <inheritdoc/>
    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        var expires = authenticationState.User.FindFirst(Expires)?.Value;
        if (expires is not null && long.Parse(expires, CultureInfo.InvariantCulture) <= time.GetUtcNow().ToUnixTimeSeconds()) return false;
        return await Credentials.IsCurrentAsync(database, authenticationState.User, cancellationToken);
    }
}
