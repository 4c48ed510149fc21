using Microsoft.Extensions.Logging;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>
/// Task instances whose Hangfire job somebody else held for longer than a moment: they are told until they are free, and nobody waits for
/// it. What is left when the process ends heals by itself: the tick hands over what is queued, and a worker that takes any other job
/// leaves it as the stored state wants it.
/// </summary>
/// <param name="tellOnce">Tells them and returns those that are still held.</param>
/// <param name="log">Hears of trouble.</param>
internal sealed class HeldJobs(Func<IReadOnlyList<long>, CancellationToken, Task<IReadOnlyList<long>>> tellOnce, ILogger log) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly HashSet<long> _ids = [];
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _end = new();
    private bool _isTelling;

    /// <summary>Somebody else holds their jobs.</summary>
    public void Leave(IReadOnlyList<long> taskInstanceIds)
    {
        lock (_lock)
        {
            _ids.UnionWith(taskInstanceIds);
            if (_isTelling || _end.IsCancellationRequested) return;
            _isTelling = true;
        }
        _ = Task.Run(TellAsync, CancellationToken.None);
    }

    /// <inheritdoc/>
    // Its token has no timer and needs no end of its own; a service with two names is disposed twice.
    public void Dispose() => _end.Cancel();

    private async Task TellAsync()
    {
        var end = _end.Token;
        while (Left() is { } ids)
        {
            await Task.Delay(Pause, TimeProvider.System, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (end.IsCancellationRequested) return;
            try
            {
                var held = await tellOnce(ids, end);
                lock (_lock) _ids.ExceptWith(ids.Except(held));
            }
            catch (Exception error) when (!end.IsCancellationRequested)
            {
                log.LogWarning(error, "Hangfire could not be told of {Count} task instances whose jobs another process held; it is told again in {Delay}", ids.Count, Pause);
            }
            catch (Exception)
            {
                return;
            }
        }
    }

    /// <summary>Null: none is left, and the next one starts anew.</summary>
    private List<long>? Left()
    {
        lock (_lock)
        {
            _isTelling = _ids.Count > 0;
            return _isTelling ? [.. _ids] : null;
        }
    }
}
