using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Execution.Testing;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.Engine.Plugins;
using Pipelines.Engine.Scheduling;
using Pipelines.Engine.Telemetry;
using Pipelines.Model.Activities;
using Pipelines.Storage;
using Pipelines.Storage.Secrets;

namespace Pipelines.Engine;

/// <summary>What a host registers.</summary>
public static class EngineServices
{
    /// <summary>
    /// The database and its clock, which is everybody's. The host migrates the one (see <see cref="Migrator"/>) and sets the other before it
    /// starts its services.
    /// </summary>
    public static IServiceCollection AddPipelinesStorage(this IServiceCollection services, string connectionString, FernetKeys keys) => services
        .AddSingleton(_ => new Database(connectionString, keys))
        .AddSingleton(new DatabaseClock(TimeProvider.System))
        .AddSingleton<TimeProvider>(provider => provider.GetRequiredService<DatabaseClock>())
        .AddHostedService<ClockKeeper>();

    /// <summary>Planning and operations. Needs an <c>ActivityCatalog</c>, an <c>ITaskQueue</c> and, to test connections, their types from the host.</summary>
    public static IServiceCollection AddPipelinesEngine(this IServiceCollection services, EngineSettings settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        services.TryAddSingleton<Pulse>();
        services.AddSingleton<DagVersions>().AddSingleton<SlotGranting>().AddSingleton<RunPlanning>().AddSingleton<FailedDeps>().AddSingleton<Triggerer>();
        services
            .AddSingleton<DagFiles>().AddSingleton<SaveDraft>().AddSingleton<PublishDag>().AddSingleton<DiscardDraft>().AddSingleton<KeepDraft>()
            .AddSingleton<RevertDag>().AddSingleton<DeleteDag>().AddSingleton<DeleteDagVersion>().AddSingleton<ImportDag>()
            .AddSingleton<ActivityTest>().AddSingleton<TestActivity>();
        return services
            .AddSingleton<TriggerDagRun>().AddSingleton<SetDagPaused>().AddSingleton<CreateBackfill>().AddSingleton<SetBackfillPaused>().AddSingleton<CancelBackfill>()
            .AddSingleton<ClearTaskInstances>().AddSingleton<MarkTaskInstance>().AddSingleton<MarkDagRun>().AddSingleton<DeleteDagRun>().AddSingleton<SetRunNote>().AddSingleton<RetryNow>().AddSingleton<RespondToHitl>()
            .AddSingleton<AddConnection>().AddSingleton<TestConnection>().AddSingleton<DeleteConnection>().AddSingleton<SetVariable>().AddSingleton<DeleteVariable>().AddSingleton<RotateFernetKey>()
            .AddSingleton<SetPool>().AddSingleton<DeletePool>().AddSingleton<CreateAssetEvent>().AddSingleton<MaterializeAsset>().AddSingleton<DeleteQueuedEvents>()
            .AddSingleton<CreateUser>().AddSingleton<SetUserRole>().AddSingleton<SetUserPassword>().AddSingleton<DeleteUser>();
    }

    /// <summary>The activity catalog: these, and those of the plugins in the folder of the settings, which every host goes on looking at.</summary>
    public static IServiceCollection AddActivities(this IServiceCollection services, IReadOnlyList<IActivity> builtIn, EngineSettings settings) => services
        .AddSingleton(provider => new PluginFolder(settings.PluginsFolder, new ActivityCatalog(builtIn, settings.DefaultDeferrable), provider.GetRequiredService<ILogger<PluginFolder>>()))
        .AddSingleton(provider => provider.GetRequiredService<PluginFolder>().Catalog)
        .AddHostedService<PluginWatch>();

    /// <summary>The role "scheduler": the tick, the triggers of deferred tasks, and the DAG folder.</summary>
    public static IServiceCollection AddPipelinesScheduler(this IServiceCollection services) => services
        .AddSingleton<RunCreation>().AddSingleton<AssetRuns>().AddSingleton<AssetWatching>().AddSingleton<RunStart>().AddSingleton<FailurePause>().AddSingleton<LeaseExpiry>().AddSingleton<Scheduler>().AddSingleton<DagFolder>()
        .AddHostedService<SchedulerHost>().AddHeartbeat("scheduler");

    /// <summary>Has a scheduler give away the numbers of the whole installation, for a host that collects the meter <see cref="EngineMeter.Name"/>.</summary>
    public static IServiceCollection AddWorkloadNumbers(this IServiceCollection services) => services.AddHostedService<WorkloadWatch>();

    /// <summary>Has this process say that it lives, as a scheduler, worker or web host.</summary>
    public static IServiceCollection AddHeartbeat(this IServiceCollection services, string jobType) =>
        services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<Heartbeat>(provider, jobType));
}
