using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipelines.Storage;
using Pipelines.Storage.Callbacks;

namespace Pipelines.Engine.Callbacks;

/// <summary>
/// The part of a worker that calls the callbacks which are owed, behind its tasks and beside them: they hold no slot and no lease, and nothing
/// that is ready waits for them.
/// </summary>
internal sealed class CallbackService(Database database, CallbackRunner runner, Pulse pulse, TimeProvider time, ILogger<CallbackService> log) : BackgroundService
{
    private const int AtOnce = 4;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ReconnectDelay = TimeSpan.FromSeconds(1);

    private readonly Bell _work = new();

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(KeepAsync(stoppingToken), ListenAsync(stoppingToken));

    private async Task KeepAsync(CancellationToken stopping)
    {
        List<Task> running = [];
        while (!stopping.IsCancellationRequested)
        {
            pulse.Beat("callbacks");
            running.RemoveAll(task => task.IsCompleted);
            foreach (var owed in running.Count < AtOnce ? await TakeAsync(AtOnce - running.Count, stopping) : []) running.Add(Task.Run(() => RunAsync(owed, stopping), CancellationToken.None));
            await _work.WaitAsync(Interval, time, stopping);
        }

        await Task.WhenAll(running);
    }

    private async Task<IReadOnlyList<OwedCallback>> TakeAsync(int limit, CancellationToken stopping)
    {
        try
        {
            return await runner.TakeAsync(limit, CancellationToken.None);
        }
        catch (Exception error)
        {
            var (trace, words) = DatabaseTrouble.ForLog(error);
            if (!stopping.IsCancellationRequested) log.LogError(trace, "Callbacks could not be looked for; tried again in {Interval}: {Error}", Interval, words);
            return [];
        }
    }

    private async Task RunAsync(OwedCallback owed, CancellationToken stopping)
    {
        try
        {
            await runner.RunAsync(owed, stopping);
        }
        catch (Exception error)
        {
            // It is still owed, and taken up again when its time is over.
            var (trace, words) = DatabaseTrouble.ForLog(error);
            log.LogError(trace, "Callback {Id} of run {DagRunId} ({Kind}) was not finished and is taken up again: {Error}", owed.Id, owed.DagRunId, owed.Moment.Kind, words);
        }

        _work.Ring();
    }

    private async Task ListenAsync(CancellationToken stopping)
    {
        await foreach (var _ in database.ListenAsync([Topic.CallbackOwed], ReconnectDelay, time, stopping)) _work.Ring();
    }
}
