using Pipelines.Model.Activities;
using Pipelines.Model.Mapping;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>Runs an activity's code and turns whatever happens into a result: it returns, throws, is stopped, or does not stop when told to.</summary>
internal sealed class ActivityRun(WorkerOptions options, TimeProvider time, SeenSecrets secrets, TaskLog log)
{
    // The most that .NET's timers count is 49.7 days.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(49);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromDays(1);

    /// <summary>Runs it. Never throws.</summary>
    /// <param name="work">The activity.</param>
    /// <param name="limit">Its execution timeout; null: none.</param>
    /// <param name="lost">The attempt no longer holds the task instance.</param>
    /// <param name="stopping">The worker is stopping: the activity may go on for the worker's stop grace, then it is handed back.</param>
    public async Task<AttemptResult> RunAsync(
        Func<CancellationToken, Task<AttemptOutcome>> work, TimeSpan? limit, CancellationToken lost, CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var handBack = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var grace = stopping.Register(() => GiveGrace(handBack));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(lost, handBack.Token, timeout.Token);
        try
        {
            await using var far = Arm(timeout, limit);
            // On the pool, because an activity may block before its first await.
            return AttemptResult.Of(await EndOf(Task.Run(() => work(stop.Token), CancellationToken.None), stop.Token), secrets);
        }
        catch (SkippedItem skipped)
        {
            return AttemptResult.Of(new AttemptOutcome(new Outcome.Skipped(skipped.Message)), secrets);
        }
        catch (Exception error)
        {
            var result = lost.IsCancellationRequested ? AttemptResult.Lost()
                : handBack.IsCancellationRequested ? AttemptResult.HandedBack(options.Name)
                : timeout.IsCancellationRequested ? AttemptResult.TimedOut(limit!.Value)
                : AttemptResult.Failed(error, secrets);
            if (result.Failure is null && error is not OperationCanceledException) log.Write(LogLevel.Error, error.ToString());
            return result;
        }
    }

    /// <summary>Cancels after the limit, one that is too far for a timer once it has come near.</summary>
    private ITimer? Arm(CancellationTokenSource timeout, TimeSpan? limit)
    {
        if (limit is null) return null;
        var began = time.GetTimestamp();
        if (Near()) return null;
        return time.CreateTimer(_ => Near(), null, BetweenLooks, BetweenLooks);

        bool Near()
        {
            var left = limit.Value - time.GetElapsedTime(began);
            if (left > LongestTimer) return false;
            timeout.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            return true;
        }
    }

    private void GiveGrace(CancellationTokenSource handBack)
    {
        if (options.StopGrace > TimeSpan.Zero) log.Note(LogLevel.Info, $"Worker {options.Name} is stopping; the task may go on for {options.StopGrace}, then it is handed back.");
        handBack.CancelAfter(options.StopGrace);
    }

    /// <summary>Waits for the work; once it is cancelled only for a while, so that code which ignores it cannot hold the worker's slot.</summary>
    private async Task<AttemptOutcome> EndOf(Task<AttemptOutcome> work, CancellationToken stop)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(stopped.SetResult);
        if (await Task.WhenAny(work, stopped.Task) == work) return await work;
        try
        {
            return await work.WaitAsync(options.CancelGrace, time, CancellationToken.None);
        }
        catch (TimeoutException) when (!work.IsCompleted)
        {
            log.Note(LogLevel.Warning, $"The activity has not stopped within {options.CancelGrace} and is left behind; what it still does is refused by its token.");
            throw new OperationCanceledException(stop);
        }
    }
}
