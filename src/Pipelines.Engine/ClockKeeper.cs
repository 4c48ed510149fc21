using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipelines.Storage;

namespace Pipelines.Engine;

/// <summary>Keeps this process's clock at the database's, and says when the machine's own is off.</summary>
public sealed class ClockKeeper(Database database, DatabaseClock clock, ILogger<ClockKeeper> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Notable = TimeSpan.FromSeconds(5);

    private bool _isOff;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Interval, clock, stoppingToken);
                Say(await clock.SetAsync(database, stoppingToken));
            }
            catch (Exception error) when (DatabaseTrouble.Of(error) is not null || stoppingToken.IsCancellationRequested)
            {
                // The clock goes on meanwhile; whoever needs the database says that it is away.
            }
            catch (Exception error)
            {
                log.LogError(error, "The database's clock could not be read and is looked at again in {Interval}; until then this machine's timer carries it on: {Error}", Interval, error.Message);
            }
        }
    }

    // Once, until it is right again.
    private void Say(TimeSpan ahead)
    {
        var (before, isOff) = (_isOff, ahead.Duration() > Notable);
        _isOff = isOff;
        if (isOff && !before)
        {
            log.LogWarning("This machine's clock is {Difference} {Side} the database's. Pipelines goes by the database's, but AWS refuses requests that are 15 minutes off: set this machine's clock, e.g. with 'chronyc makestep'.",
                ahead.Duration().ToString(@"d\.hh\:mm\:ss", System.Globalization.CultureInfo.InvariantCulture), ahead > TimeSpan.Zero ? "ahead of" : "behind");
        }
    }
}
