using Hangfire.Dashboard;
using Pipelines.Api.Access;

namespace Pipelines.Web;

/// <summary>
/// The Hangfire dashboard needs the same login as every page; only admins and operators may press its buttons. It shows the jobs of all DAGs
/// and cannot keep them apart, which is right as long as every role sees all DAGs: one that does not must be refused here.
/// </summary>
internal sealed class DashboardAccess : IDashboardAuthorizationFilter
{
    /// <inheritdoc />
    public bool Authorize(DashboardContext context) => context.GetHttpContext().User.Identity?.IsAuthenticated == true;

    /// <summary>True: no button is shown or obeyed.</summary>
    public static bool IsReadOnly(DashboardContext context) =>
        !context.GetHttpContext().User.May(Permissions.Configure);
}
