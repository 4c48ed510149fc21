using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>
/// Hangfire's record of task instances that went by the fast lane, written behind: a moment after they were taken, so that long ones
/// show as processing, and a moment after they ended; many at a time, in the order in which they came.
/// </summary>
internal sealed class LateRecords(HangfireTaskQueue queue, TransportStorage storage, WorkerOptions options, ILogger<LateRecords> log) : IHostedService
{
    // What begins and ends within it is written once.
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(200);
    // As long as busy workers may take to come round to a task, before Hangfire looks for another worker.
    private static readonly TimeSpan BeforeTaken = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AfterError = TimeSpan.FromSeconds(1);

    // The wall's clock: what is pending is nothing of the engine's time.
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly Dictionary<long, DateTimeOffset> _dueByTaskInstance = [];
    private readonly Lock _lock = new();
    private Task _writing = Task.CompletedTask;
    private bool _isWriting;
    private string? _server;

    /// <summary>A task instance was taken, or has ended.</summary>
    public void Write(long taskInstanceId) => Add([taskInstanceId], Moment);

    /// <summary>Task instances were queued; Hangfire hears of those that still are in a moment.</summary>
    public void WriteUnlessTaken(IReadOnlyList<long> taskInstanceIds) => Add(taskInstanceIds, BeforeTaken);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Writes what is left.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach (var id in _dueByTaskInstance.Keys) _dueByTaskInstance[id] = DateTimeOffset.MinValue;
            return _writing.WaitAsync(cancellationToken);
        }
    }

    private void Add(IReadOnlyList<long> ids, TimeSpan delay)
    {
        if (ids.Count == 0) return;
        var due = _time.GetUtcNow() + delay;
        lock (_lock)
        {
            foreach (var id in ids) _dueByTaskInstance[id] = _dueByTaskInstance.TryGetValue(id, out var known) && known < due ? known : due;
            if (_isWriting) return;
            _isWriting = true;
            _writing = Task.Run(WriteAsync);
        }
    }

    private async Task WriteAsync()
    {
        while (true)
        {
            await Task.Delay(Moment / 2, _time);
            if (Due() is not { } ids) return;
            if (ids.Count == 0) continue;
            try
            {
                await queue.RecordAsync(ids, (_server ??= FindServer()) ?? options.Name, CancellationToken.None);
            }
            catch (Exception error)
            {
                log.LogWarning(error, "Hangfire's record of {Count} task instances could not be written and is written again in {Delay}", ids.Count, AfterError);
                Add(ids, AfterError);
            }
        }
    }

    // Hangfire names a server by what we call it and an id that it makes up; null until it has announced itself.
    private string? FindServer() =>
        storage.GetMonitoringApi().Servers().Select(server => server.Name).LastOrDefault(name => name.StartsWith($"{options.Name}:", StringComparison.OrdinalIgnoreCase));

    /// <summary>Takes what is due; null: nothing is pending.</summary>
    private List<long>? Due()
    {
        lock (_lock)
        {
            if (_dueByTaskInstance.Count == 0)
            {
                _isWriting = false;
                return null;
            }
            var now = _time.GetUtcNow();
            List<long> due = [.. _dueByTaskInstance.Where(each => each.Value <= now).OrderBy(each => each.Value).Select(each => each.Key)];
            foreach (var id in due) _dueByTaskInstance.Remove(id);
            return due;
        }
    }
}
