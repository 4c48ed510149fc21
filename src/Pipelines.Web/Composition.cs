using Hangfire;
using Microsoft.Extensions.Logging.Abstractions;
using MudBlazor;
using MudBlazor.Services;
using Pipelines.Activities;
using Pipelines.Activities.SecretsBackends;
using Pipelines.Api.Live;
using Pipelines.Api.Studio;
using Pipelines.Engine;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Execution.Transport;
using Pipelines.Engine.Plugins;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Storage.Secrets;
using Pipelines.Web.Grid;
using Pipelines.Web.Live;
using Pipelines.Web.Security;
using Pipelines.Web.Settings;
using Pipelines.Web.Studio;
using Pipelines.Web.Telemetry;

namespace Pipelines.Web;

/// <summary>Which parts a process has.</summary>
public static class Composition
{
    /// <summary>The activities that DAG files may use, without a host: those built in and those of the plugins in a folder.</summary>
    public static PluginFolder Plugins(string folder) => new(folder, new ActivityCatalog(BuiltInActivities.All), NullLogger<PluginFolder>.Instance);

    /// <summary>What every process needs that reads the engine's state or changes it through Operations.</summary>
    /// <exception cref="SettingException">The secrets backend cannot be what it is told to be.</exception>
    public static IServiceCollection AddPipelinesOperations(this IServiceCollection services, PipelinesOptions options, EngineSettings settings) => services
        .AddPipelinesStorage(options.Database, new FernetKeys(options.FernetKey))
        .AddActivities(BuiltInActivities.All, settings)
        .AddSecretsBackend(options)
        .AddSingleton(BuiltInConnectionTypes.All)
        .AddPipelinesEngine(settings)
        .AddHangfireTransport();

    private static IServiceCollection AddSecretsBackend(this IServiceCollection services, PipelinesOptions options)
    {
        if (options.SecretsBackend is not { } name) return services;
        try
        {
            var backend = BuiltInSecretsBackends.Create(name, options.SecretsBackendKwargs);
            return services.AddSingleton(provider => ActivatorUtilities.CreateInstance<OuterSecrets>(provider, backend, options.SecretsUseCache ? options.SecretsCacheTtl : TimeSpan.Zero));
        }
        catch (SecretsBackendException error)
        {
            throw new SettingException($"PIPELINES_SECRETS__BACKEND_KWARGS does not fit {name}: {error.Message}");
        }
    }

    /// <summary>What a host of these roles needs.</summary>
    internal static void AddPipelines(this IServiceCollection services, PipelinesOptions options)
    {
        services.AddPipelinesOperations(options, options.ForEngine());
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.SnakeCaseLower);
        // What cannot be read is thrown, so that RefusedRequests says it in words.
        services.AddRouting().Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddTelemetry(options);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        if (options.Roles.HasFlag(HostRoles.Scheduler)) services.AddPipelinesScheduler();
        // Services stop last first: the worker counts as living until its last task has ended.
        if (options.Roles.HasFlag(HostRoles.Worker)) services.AddHeartbeat("worker").AddWorker(options.ForWorker());
        if (!options.Roles.HasFlag(HostRoles.Web)) return;
        services.AddHeartbeat("web");
        services.AddSignIn(options);
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddMudServices(mud => Calm(mud.SnackbarConfiguration));
        services.AddSingleton<LiveFeed>().AddHostedService(provider => provider.GetRequiredService<LiveFeed>()).AddSingleton<SharedReads>();
        services.AddStudioApi();
        services.AddSingleton<EventStream>().AddGrid();
        services.AddSingleton<Components.Backfills.BackfillCockpit>();
        services.AddSingleton(_ => StudioPackage.Find()).AddSingleton<EditedDag>();
        services.AddSingleton<Logs.LogReader>();
        services.AddAntiforgery(form => form.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest);
        // For the dashboard; storage, client and filters are those of the transport, registered above.
        services.AddHangfire(dashboard => dashboard.UseTaskPageLink(key => Components.Links.Task(key.DagId, key.RunId, key.TaskId, mapIndex: key.MapIndex)));
        // The event log names who pressed a button of the dashboard.
        services.AddHttpContextAccessor();
    }

    // Messages stand where they cover neither navigation nor buttons, and never fade into what cannot be read.
    private static void Calm(SnackbarConfiguration messages)
    {
        messages.PositionClass = Defaults.Classes.Position.BottomRight;
        (messages.MaximumOpacity, messages.ShowTransitionDuration, messages.HideTransitionDuration) = (100, 0, 0);
    }
}
