using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Pipelines.Storage;
using Pipelines.Storage.Access;

namespace Pipelines.Web.Security;

/// <summary>An open page lives longer than a request: it asks every half minute whether its user still exists with the same rights.</summary>
internal sealed class SessionCheck(ILoggerFactory loggers, Database database) : RevalidatingServerAuthenticationStateProvider(loggers)
{
    /// <inheritdoc/>
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        IsCurrentAsync(database, authenticationState.User, cancellationToken);

    /// <summary>True when the user exists and has the rights that the session says.</summary>
    public static async Task<bool> IsCurrentAsync(Database database, ClaimsPrincipal person, CancellationToken cancellation)
    {
        if (person.Identity?.Name is not { } name) return false;
        var user = await database.InTransactionAsync(tx => UserTable.FindAsync(tx, name), cancellation);
        return user is not null && SignIn.Claims(user).Select(claim => (claim.Type, claim.Value)).ToHashSet()
            .SetEquals(person.Claims.Where(claim => claim.Type is ClaimTypes.Name or ClaimTypes.Role).Select(claim => (claim.Type, claim.Value)));
    }
}
