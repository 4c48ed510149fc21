using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Folder;
using Pipelines.Engine.Telemetry;
using Pipelines.Storage;

namespace Pipelines.Engine.Scheduling;

/// <summary>Ticks the scheduler, looks at triggers and reads the DAG folder: at intervals, and at once when another process says that there is work or the folder has changed.</summary>
public sealed class SchedulerHost(
    Database database, Scheduler scheduler, Triggerer triggerer, AssetWatching watching, ITaskQueue queue, DagFolder folder, EngineSettings settings, Pulse pulse, TimeProvider time, ILogger<SchedulerHost> log) : BackgroundService
{
    private static readonly TimeSpan ReconnectDelay = TimeSpan.FromSeconds(1);

    private readonly Bell _work = new();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var changed = new Bell();
        using var watch = new FolderWatch(settings.WorkflowsFolder, settings.FolderQuiet, changed, TimeProvider.System, log);
        await Task.WhenAll(
            KeepAsync("The scheduler's tick", settings.TickInterval, () => EngineMeter.TickAsync(() => scheduler.TickAsync(time.GetUtcNow(), stoppingToken)), _work, stoppingToken),
            KeepAsync("The look at triggers", settings.TickInterval, () => triggerer.TickAsync(queue, stoppingToken), new Bell(), stoppingToken),
            KeepAsync("The look at watchers of assets", settings.TickInterval, () => watching.TickAsync(stoppingToken), new Bell(), stoppingToken),
            KeepAsync("Reading the DAG folder", settings.FolderInterval, () => ReadFolderAsync(watch, stoppingToken), changed, stoppingToken),
            ListenAsync(stoppingToken));
        // What is committed is told.
        await scheduler.ToldAsync();
    }

    private async Task KeepAsync(string what, TimeSpan interval, Func<Task> work, Bell bell, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            pulse.Beat(what);
            try
            {
                await work();
            }
            catch (Exception error) when (!stopping.IsCancellationRequested)
            {
                var (trace, words) = DatabaseTrouble.ForLog(error);
                log.LogError(trace, "{What} failed and is tried again in {Interval}: {Error}", what, interval, words);
            }
            catch (Exception)
            {
                // Stopping: whatever the work died of, e.g. a connection that closed under it, must not fault the service.
                return;
            }
            await bell.WaitAsync(interval, time, stopping);
        }
    }

    private async Task ReadFolderAsync(FolderWatch watch, CancellationToken stopping)
    {
        watch.Arm();
        if (!await folder.SyncAsync(time.GetUtcNow(), stopping)) watch.RingSoon();
    }

    private async Task ListenAsync(CancellationToken stopping)
    {
        await foreach (var _ in database.ListenAsync([Topic.SchedulerWork], ReconnectDelay, time, stopping)) _work.Ring();
    }
}
