using Pipelines.Api.Access;

namespace Pipelines.Web.Security;

/// <summary>Says in words what Hangfire's dashboard breaks at: an address that a person typed, or a call that only its own pages make.</summary>
internal static class DashboardRefusals
{
    /// <summary>Adds the answers; the dashboard comes after.</summary>
    public static IApplicationBuilder UseDashboardRefusals(this IApplicationBuilder app) => app.UseWhen(http => http.Request.Path.StartsWithSegments("/hangfire"), dashboard => dashboard.Use(async (http, next) =>
    {
        try
        {
            await next(http);
        }
        catch (Exception error) when (error is FormatException or OverflowException && !http.Response.HasStarted)
        {
            // Jobs have numbers.
            await Refusals.AnswerInsteadAsync(http, StatusCodes.Status404NotFound, "There is no such job: jobs have numbers. Open one from the lists at /hangfire/jobs/enqueued, or from its task's page.");
        }
        catch (InvalidOperationException) when (!http.Request.HasFormContentType && !http.Response.HasStarted)
        {
            await Refusals.AnswerInsteadAsync(http, StatusCodes.Status400BadRequest, "Only the dashboard's own pages call this address, with a form. Open /hangfire.");
        }
    }));
}
