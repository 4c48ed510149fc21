using Hangfire;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Logging.Console;
using Pipelines.Api;
using Pipelines.Api.Access;
using Pipelines.Api.Studio;
using Pipelines.Web.Components;
using Pipelines.Web.Grid;
using Pipelines.Web.Logs;
using Pipelines.Web.Security;
using Pipelines.Web.Studio;
using Pipelines.Web.Telemetry;

namespace Pipelines.Web;

/// <summary>Puts the house together. Pipelines.Cli starts it.</summary>
public static class PipelinesHost
{
    /// <summary>Builds a host; nothing runs and nothing is read yet.</summary>
    public static WebApplication Create(PipelinesOptions options)
    {
        // An appsettings.json that happens to lie in the current directory is none of ours: settings come from the options.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(options.Url.ToString()).UseStaticWebAssets();
        AddLogging(builder.Logging, options);
        builder.Services.AddPipelines(options);
        var app = builder.Build();
        app.UseTrustedProxies(options.TrustedProxies);
        app.UseSecurityHeaders();
        if (options.Roles.HasFlag(HostRoles.Web)) MapWeb(app);
        app.MapHealth();
        app.MapMetrics(options);
        if (options.LogFormat == LogFormat.Json) SayLife(app, options);
        return app;
    }

    /// <summary>Who reads JSON reads no lines for people, so the log says that the host runs, and why it takes a while to stop.</summary>
    private static void SayLife(WebApplication app, PipelinesOptions options)
    {
        app.Lifetime.ApplicationStarted.Register(() => app.Logger.LogInformation("Pipelines is running as {Roles} on {Url}", options.Roles, string.Join(' ', app.Urls)));
        app.Lifetime.ApplicationStopping.Register(() => app.Logger.LogInformation("Pipelines stops; running tasks have {StopGrace} to end", options.StopGrace));
    }

    /// <summary>Standard output belongs to the command line's own lines, so the log goes to standard error.</summary>
    private static void AddLogging(ILoggingBuilder logging, PipelinesOptions options)
    {
        logging.ClearProviders().SetMinimumLevel(options.LogLevel).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Hangfire", LogLevel.Warning)
            // A host that cannot start tells its caller, who says it in words; a service that dies later is still logged, as critical.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical)
            // What it meets while the database is away is thrown too, and said once, in words.
            .AddFilter("Microsoft.AspNetCore.Authentication.JwtBearer", LogLevel.None)
            // The key ring lies in a private directory; that it is not encrypted there once more is by choice.
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        const string timestamp = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        if (options.LogFormat == LogFormat.Json) logging.AddJsonConsole(console => (console.IncludeScopes, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, timestamp));
        else logging.AddSimpleConsole(console => (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, $"{timestamp} "));
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    private static void MapWeb(WebApplication app)
    {
        // A page that does not exist is said in words, to browsers only: programs read the status. Not in a branch, which would have no routes to go to.
        app.UseStatusCodePagesWithReExecute("/status/{0}");
        app.Use((http, next) =>
        {
            if (!http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal)) http.Features.Get<IStatusCodePagesFeature>()!.Enabled = false;
            return next(http);
        });
        app.UseRefusedRequests().UseDatabaseAway(app.Logger);
        app.UseDashboardRefusals();
        app.UseAuthentication().UseOwnPages().UseAuthorization();
        app.UseAntiforgery();
        app.UseFreshForm();
        app.UseGridCompression();
        app.MapStaticAssets().AllowAnonymous();
        // The framework would answer with a policy of its own, which says less than ours.
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(mode => mode.ContentSecurityFrameAncestorsPolicy = null)
            .Add(endpoint =>
            {
                // Not the circuits' hub, which is asked with other methods too.
                if (endpoint.Metadata.Any(known => known is Microsoft.AspNetCore.Components.Endpoints.ComponentTypeMetadata)) endpoint.Metadata.Add(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head, HttpMethods.Post]));
            });
        app.MapMonitor();
        app.MapToken();
        app.MapStudioApi();
        app.MapStudio();
        app.MapDrafts();
        app.MapGrid();
        app.MapLogs();
        app.MapPost("/logout", SignIn.EndAsync);
        app.MapGet("/ui/session", () => Results.NoContent());
        app.MapHangfireDashboard("/hangfire", new DashboardOptions
        {
            Authorization = [new DashboardAccess()],
            IsReadOnlyFunc = DashboardAccess.IsReadOnly,
            AppPath = "/",
            DashboardTitle = "Pipelines jobs",
        });
    }
}
