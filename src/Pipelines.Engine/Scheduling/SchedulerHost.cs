using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Telemetry;
using Pipelines.Storage;

namespace Pipelines.Engine.Scheduling;

/// <summary>Ticks the scheduler and reads the DAG folder: at intervals, and at once when another process says that there is work.</summary>
public sealed class SchedulerHost(
    Database database, Scheduler scheduler, DagFolder folder, EngineSettings settings, Pulse pulse, TimeProvider time, ILogger<SchedulerHost> log) : BackgroundService
{
    private static readonly TimeSpan ReconnectDelay = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        KeepAsync("The scheduler's tick", settings.TickInterval, () => EngineMeter.TickAsync(() => scheduler.TickAsync(time.GetUtcNow(), stoppingToken)), stoppingToken, wakes: true),
        KeepAsync("Reading the DAG folder", settings.FolderInterval, () => folder.SyncAsync(time.GetUtcNow(), stoppingToken), stoppingToken),
        ListenAsync(stoppingToken));

    private async Task KeepAsync(string what, TimeSpan interval, Func<Task> work, CancellationToken stopping, bool wakes = false)
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
                var trouble = DatabaseTrouble.Of(error);
                log.LogError(trouble is null ? error : null, "{What} failed and is tried again in {Interval}: {Error}", what, interval, trouble ?? error.Message);
            }
            catch (Exception)
            {
                // Stopping: whatever the work died of, e.g. a connection that closed under it, must not fault the service.
                return;
            }
            await PauseAsync(interval, wakes, stopping);
        }
    }

    private async Task PauseAsync(TimeSpan interval, bool wakes, CancellationToken stopping)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var sleep = Task.Delay(interval, time, pause.Token);
        await (wakes ? Task.WhenAny(sleep, _wake.Reader.WaitToReadAsync(pause.Token).AsTask()) : Task.WhenAny(sleep));
        await pause.CancelAsync();
        if (wakes) _wake.Reader.TryRead(out _);
    }

    private async Task ListenAsync(CancellationToken stopping)
    {
        await foreach (var _ in database.ListenAsync([Topic.SchedulerWork], ReconnectDelay, time, stopping)) _wake.Writer.TryWrite(true);
    }
}
