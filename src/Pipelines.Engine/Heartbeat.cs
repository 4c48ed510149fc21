using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Telemetry;
using Pipelines.Storage;
using Pipelines.Storage.Processes;

namespace Pipelines.Engine;

/// <summary>Says in the database, every five seconds, that a process with this role lives; and that it ended, when it ends.</summary>
public sealed class Heartbeat(string jobType, Database database, Pulse pulse, TimeProvider time, ILogger<Heartbeat> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private long? _id;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                pulse.Beat($"heartbeat of the {jobType}");
                await BeatAsync(stoppingToken);
                await Task.Delay(Interval, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            if (_id is { } id) await EndAsync(id);
        }
    }

    private async Task BeatAsync(CancellationToken stopping)
    {
        try
        {
            await database.InTransactionAsync(async tx =>
            {
                if (_id is { } known) await JobTable.HeartbeatAsync(tx, known, time.GetUtcNow());
                else _id = await JobTable.StartAsync(tx, jobType, Environment.MachineName, Environment.ProcessId, time.GetUtcNow());
            }, stopping);
            EngineMeter.Heartbeat(jobType, isWritten: true);
        }
        catch (Exception error) when (!stopping.IsCancellationRequested)
        {
            EngineMeter.Heartbeat(jobType, isWritten: false);
            var (trace, words) = DatabaseTrouble.ForLog(error);
            log.LogError(trace, "The heartbeat of the {Role} failed and is tried again in {Interval}: {Error}", jobType, Interval, words);
        }
        catch (Exception)
        {
            stopping.ThrowIfCancellationRequested();
        }
    }

    private async Task EndAsync(long id)
    {
        try
        {
            await database.InTransactionAsync(tx => JobTable.EndAsync(tx, id, time.GetUtcNow()), CancellationToken.None);
        }
        catch (Exception error)
        {
            log.LogWarning(error, "The {Role} stopped but could not say so in the database; it counts as dead when its heartbeat is old", jobType);
        }
    }
}
