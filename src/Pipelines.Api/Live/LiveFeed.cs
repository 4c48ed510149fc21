using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using Pipelines.Storage;

namespace Pipelines.Api.Live;

/// <summary>
/// Tells pages what changed. One connection per process listens to the database and every page of every browser hangs on it, so that
/// the database's work does not grow with the number of browsers.
/// </summary>
public sealed class LiveFeed(Database database, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan ReconnectDelay = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<long, Action<LiveChange>> _subscribers = new();
    private long _last;

    /// <summary>Calls <paramref name="receive"/> for every change until the result is disposed. It must be quick and must not throw.</summary>
    public IDisposable Subscribe(Action<LiveChange> receive)
    {
        var number = Interlocked.Increment(ref _last);
        _subscribers[number] = receive;
        return new Subscription(() => _subscribers.TryRemove(number, out _));
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var message in database.ListenAsync([Topic.RunChanged, Topic.DagChanged, Topic.LogWritten], ReconnectDelay, time, stoppingToken))
            Publish(Read(message));
    }

    /// <summary>Tells everybody.</summary>
    internal void Publish(LiveChange change)
    {
        foreach (var receive in _subscribers.Values) receive(change);
    }

    private static LiveChange Read(Notification message) => message.Topic switch
    {
        Topic.RunChanged => new LiveChange { DagRunId = Number(message) },
        Topic.DagChanged => new LiveChange { DagId = message.Payload },
        Topic.LogWritten => new LiveChange { AttemptId = Number(message) },
        _ => new LiveChange { Everything = true },
    };

    private static long Number(Notification message) => long.Parse(message.Payload, CultureInfo.InvariantCulture);

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}

/// <summary>What changed: one of the ids is set, or everything may have.</summary>
public readonly record struct LiveChange
{
    /// <summary>The number of the row of a run that changed, or whose tasks did.</summary>
    public long? DagRunId { get; init; }

    /// <summary>The DAG whose file, draft, backfill or pause switch changed.</summary>
    public string? DagId { get; init; }

    /// <summary>The attempt that wrote a log line or moved data.</summary>
    public long? AttemptId { get; init; }

    /// <summary>True after the connection was lost: messages may have been missed.</summary>
    public bool Everything { get; init; }
}
