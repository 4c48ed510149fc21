using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Pipelines.Api.Access;
using Pipelines.Storage;

namespace Pipelines.Web.Security;

/// <summary>An open page lives longer than a request: it asks every half minute whether its user still exists with the same rights.</summary>
internal sealed class SessionCheck(ILoggerFactory loggers, Database database) : RevalidatingServerAuthenticationStateProvider(loggers)
{
    /// <inheritdoc/>
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        Credentials.IsCurrentAsync(database, authenticationState.User, cancellationToken);
}
