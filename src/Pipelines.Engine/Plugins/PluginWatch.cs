using Microsoft.Extensions.Hosting;

namespace Pipelines.Engine.Plugins;

/// <summary>Looks at the plugins folder every second. It may lie on a drive that tells of no changes.</summary>
internal sealed class PluginWatch(PluginFolder folder, Pulse pulse, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                pulse.Beat("The look at plugins");
                folder.Look();
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }
}
