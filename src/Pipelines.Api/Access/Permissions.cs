using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;

namespace Pipelines.Api.Access;

/// <summary>
/// What a person may do beyond looking, as policy names. Airflow's roles: a viewer looks, a user runs, an operator also configures, an
/// admin also administers. Editing DAGs is its own permission, because who edits a DAG can run code on the workers.
/// </summary>
public static class Permissions
{
    /// <summary>Trigger, pause, clear, mark, backfill.</summary>
    public const string Run = "run";

    /// <summary>Edit DAGs in the designer.</summary>
    public const string Author = "author";

    /// <summary>Connections, Variables, pools, the dashboard's buttons, the audit log.</summary>
    public const string Configure = "configure";

    /// <summary>Users and their roles.</summary>
    public const string Administer = "administer";

    private static readonly Dictionary<string, string[]> Roles = new()
    {
        [Run] = ["admin", "op", "user"],
        [Author] = ["admin", AuthorClaim],
        [Configure] = ["admin", "op"],
        [Administer] = ["admin"],
    };

    /// <summary>The role claim of people who are authors besides their role.</summary>
    public const string AuthorClaim = "author";

    /// <summary>True when the person has the permission.</summary>
    public static bool May(this ClaimsPrincipal person, string permission) => Roles[permission].Any(person.IsInRole);

    /// <summary>Makes each permission a policy of its name.</summary>
    public static AuthorizationBuilder AddPermissions(this AuthorizationBuilder authorization)
    {
        foreach (var permission in Roles.Keys)
            authorization.AddPolicy(permission, policy => policy.RequireAssertion(context => context.User.May(permission)));
        return authorization;
    }
}
