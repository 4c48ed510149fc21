using Pipelines.Model.Activities;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>Runs an activity's code and turns whatever happens into a result: it returns, throws, is stopped, or does not stop when told to.</summary>
internal sealed class ActivityRun(WorkerOptions options, TimeProvider time, SeenSecrets secrets, TaskLog log)
{
    /// <summary>Runs it. Never throws.</summary>
    /// <param name="work">The activity.</param>
    /// <param name="limit">Its execution timeout; null: none.</param>
    /// <param name="lost">The attempt no longer holds the task instance.</param>
    /// <param name="stopping">The worker is stopping.</param>
    public async Task<AttemptResult> RunAsync(
        Func<CancellationToken, Task<Outcome>> work, TimeSpan? limit, CancellationToken lost, CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(limit ?? Timeout.InfiniteTimeSpan, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(lost, stopping, timeout.Token);
        try
        {
            // On the pool, because an activity may block before its first await.
            return AttemptResult.Of(await EndOf(Task.Run(() => work(stop.Token), CancellationToken.None), stop.Token), secrets);
        }
        catch (Exception error)
        {
            var result = lost.IsCancellationRequested ? AttemptResult.Lost()
                : stopping.IsCancellationRequested ? AttemptResult.HandedBack(options.Name)
                : timeout.IsCancellationRequested ? AttemptResult.TimedOut(limit!.Value)
                : AttemptResult.Failed(error, secrets);
            if (result.Failure is null && error is not OperationCanceledException) log.Write(LogLevel.Error, error.ToString());
            return result;
        }
    }

    /// <summary>Waits for the work; after a stop only for the grace period, so that code which ignores it cannot hold the worker's slot.</summary>
    private async Task<Outcome> EndOf(Task<Outcome> work, CancellationToken stop)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(stopped.SetResult);
        if (await Task.WhenAny(work, stopped.Task) == work) return await work;
        try
        {
            return await work.WaitAsync(options.StopGrace, time, CancellationToken.None);
        }
        catch (TimeoutException) when (!work.IsCompleted)
        {
            log.Write(LogLevel.Warning, $"The activity has not stopped within {options.StopGrace} and is left behind; what it still does is refused by its token.");
            throw new OperationCanceledException(stop);
        }
    }
}
