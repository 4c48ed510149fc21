namespace Pipelines.Engine.Execution.Attempts;

/// <summary>
/// A worker's hold on a task instance: renewed while the attempt runs, lost when a renewal is refused (cleared, marked, taken by
/// another worker) or when the database could not be asked for as long as the lease lasts.
/// </summary>
internal sealed class Lease : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfterError = TimeSpan.FromSeconds(1);

    private readonly Func<CancellationToken, Task<bool>> _renew;
    private readonly WorkerOptions _options;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationTokenRegistration _hint;
    private readonly SemaphoreSlim _look = new(0);
    private readonly Task _keeping;

    /// <param name="renew">False when the lease is gone.</param>
    /// <param name="hint">Signalled when something happened to the task instance: look at once instead of at the next renewal.</param>
    public Lease(Func<CancellationToken, Task<bool>> renew, WorkerOptions options, TimeProvider time, CancellationToken hint)
    {
        (_renew, _options, _time) = (renew, options, time);
        _hint = hint.Register(() => _look.Release());
        _keeping = KeepAsync();
    }

    /// <summary>Signalled when the attempt no longer holds its task instance.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _hint.DisposeAsync();
        await _ended.CancelAsync();
        await _keeping;
        _look.Dispose();
        _ended.Dispose();
        _lost.Dispose();
    }

    private async Task KeepAsync()
    {
        var renewedAt = _time.GetTimestamp();
        var pause = _options.RenewEvery;
        while (await PauseAsync(pause))
        {
            try
            {
                if (!await _renew(_ended.Token)) break;
                renewedAt = _time.GetTimestamp();
                pause = _options.RenewEvery;
            }
            catch (Exception) when (!_ended.IsCancellationRequested)
            {
                if (_time.GetElapsedTime(renewedAt) >= _options.Lease) break;
                pause = RetryAfterError;
            }
            catch (Exception)
            {
                return;
            }
        }

        if (!_ended.IsCancellationRequested) await _lost.CancelAsync();
    }

    /// <summary>Waits for the pause or the hint. False when the attempt has ended.</summary>
    private async Task<bool> PauseAsync(TimeSpan pause)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
        await Task.WhenAny(Task.Delay(pause, _time, waiting.Token), _look.WaitAsync(waiting.Token));
        await waiting.CancelAsync();
        return !_ended.IsCancellationRequested;
    }
}
