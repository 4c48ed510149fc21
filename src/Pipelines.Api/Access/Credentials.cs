using System.Security.Claims;
using Pipelines.Engine.Operations;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Access;

namespace Pipelines.Api.Access;

/// <summary>Who somebody is: checked against the users in the database when a session or a token begins, and again with every request.</summary>
public static class Credentials
{
    private const string Stamp = "stamp";

    private static readonly Lazy<string> Nobody = new(() => PasswordHash.Create(Guid.NewGuid().ToString()));

    /// <summary>The user of this name and password, or null. Takes as long for an unknown name as for a wrong password.</summary>
    public static async Task<User?> VerifyAsync(Database database, string username, string password, CancellationToken cancellation)
    {
        var user = await database.InTransactionAsync(tx => UserTable.FindAsync(tx, username), cancellation);
        return PasswordHash.Fits(password, user?.PasswordHash ?? Nobody.Value) ? user : null;
    }

    /// <summary>What a session or a token says of a user.</summary>
    public static IEnumerable<Claim> Claims(User user)
    {
        yield return new Claim(ClaimTypes.Name, user.Username);
        yield return new Claim(Stamp, user.Stamp.ToString());
        yield return new Claim(ClaimTypes.Role, user.Role);
        if (user.IsAuthor) yield return new Claim(ClaimTypes.Role, Permissions.AuthorClaim);
    }

    /// <summary>True when the user exists and has the password and the rights of when the session or token began.</summary>
    public static async Task<bool> IsCurrentAsync(Database database, ClaimsPrincipal person, CancellationToken cancellation)
    {
        if (person.Identity?.Name is not { } name) return false;
        var user = await database.InTransactionAsync(tx => UserTable.FindAsync(tx, name), cancellation);
        return user is not null && Claims(user).Select(claim => (claim.Type, claim.Value)).ToHashSet()
            .SetEquals(person.Claims.Where(claim => claim.Type is ClaimTypes.Name or ClaimTypes.Role or Stamp).Select(claim => (claim.Type, claim.Value)));
    }

    /// <summary>Who asks, for the event log: a person at a page, or a program with a token.</summary>
    public static Actor Actor(this ClaimsPrincipal person) =>
        new(person.Identity?.Name ?? "", person.Identity?.AuthenticationType == Tokens.Scheme ? RunTriggeredBy.RestApi : RunTriggeredBy.Ui);
}
