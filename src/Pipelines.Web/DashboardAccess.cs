using Hangfire.Dashboard;
using Pipelines.Api.Access;

namespace Pipelines.Web;

/// <summary>The Hangfire dashboard needs the same login as every page; only admins and operators may press its buttons.</summary>
internal sealed class DashboardAccess : IDashboardAuthorizationFilter
{
    /// <inheritdoc />
    public bool Authorize(DashboardContext context) => context.GetHttpContext().User.Identity?.IsAuthenticated == true;

    /// <summary>True: no button is shown or obeyed.</summary>
    public static bool IsReadOnly(DashboardContext context) =>
        !context.GetHttpContext().User.May(Permissions.Configure);
}
