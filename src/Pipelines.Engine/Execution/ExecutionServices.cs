using Hangfire;
using Hangfire.Client;
using Hangfire.Common;
using Hangfire.Server;
using Hangfire.States;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Pipelines.Engine.Callbacks;
using Pipelines.Engine.Execution.Transport;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution;

/// <summary>Registers the executing half of the engine, on top of storage and engine (see <see cref="EngineServices"/>).</summary>
public static class ExecutionServices
{
    /// <summary>
    /// What every role needs to hand tasks to Hangfire, and what Hangfire's dashboard needs to show them. The dashboard's own set-up
    /// (<c>AddHangfire</c>) may come before or after; it takes its storage, client and filters from here.
    /// </summary>
    public static IServiceCollection AddHangfireTransport(this IServiceCollection services)
    {
        services.AddSingleton(StorageOf);
        services.AddSingleton<JobStorage>(provider => provider.GetRequiredService<TransportStorage>());
        services.AddSingleton<HangfireTaskQueue>().AddSingleton<ITaskQueue>(provider => provider.GetRequiredService<HangfireTaskQueue>());
        services.AddSingleton<QueueWorkers>();
        services.AddSingleton<DagTest>();
        services.AddDashboardClient();
        return services;
    }

    /// <summary>Makes or updates Hangfire's tables, which otherwise happens when they are first needed.</summary>
    public static void PrepareTransport(this IServiceProvider services) => services.GetRequiredService<TransportStorage>();

    /// <summary>The worker role: runs tasks in this process, from start to stop of the host. Wants <see cref="AddHangfireTransport"/> too.</summary>
    public static IServiceCollection AddWorker(this IServiceCollection services, WorkerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<WorkerEnd>();
        services.AddSingleton<LateRecords>().AddSingleton<TaskRunner>();
        // Services stop last first: what the last tasks leave to be written is written after them.
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<LateRecords>());
        services.AddSingleton<CallbackRunner>().AddSingleton<CallbackService>().AddSingleton<IHostedService>(provider => provider.GetRequiredService<CallbackService>());
        services.AddSingleton<Worker>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<Worker>());
        return services;
    }

    // Hangfire makes its tables in the constructor, and two hosts that do so at once break each other.
    private static TransportStorage StorageOf(IServiceProvider provider)
    {
        var database = provider.GetRequiredService<Database>();
        return Task.Run(() => Migrator.AloneAsync(database, async tx =>
        {
            var storage = new TransportStorage(database.ConnectionString, provider.GetService<WorkerOptions>()?.WorkerCount ?? 0, new TaskNames(id => KeyOf(database, id)));
            await HangfireSchema.GuardAsync(tx);
            return storage;
        })).GetAwaiter().GetResult();
    }

    // Hangfire's dashboard asks for all three or uses none.
    private static void AddDashboardClient(this IServiceCollection services)
    {
        var filters = new HangfireFilters(new RetriesPage());
        services.AddSingleton<IJobFilterProvider>(filters);
        services.AddSingleton<IBackgroundJobFactory>(new BackgroundJobFactory(filters));
        services.AddSingleton<IBackgroundJobPerformer>(new BackgroundJobPerformer(filters));
        services.AddSingleton<IBackgroundJobStateChanger>(provider =>
            ActivatorUtilities.CreateInstance<DashboardButtons>(provider, (IBackgroundJobStateChanger)new BackgroundJobStateChanger(filters)));
    }

    private static Model.Runs.TaskInstanceKey? KeyOf(Database database, long id) =>
        // The dashboard asks for names one by one, synchronously, while it renders a page.
        Task.Run(() => database.InTransactionAsync(tx => HangfireJobTable.ViewsAsync(tx, [id]))).GetAwaiter().GetResult().SingleOrDefault()?.Key;
}
