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
        Topic.RunChanged => OfRun(message.Payload.Split(' ', 2)),
        Topic.DagChanged => new LiveChange { DagId = message.Payload },
        Topic.LogWritten => new LiveChange { AttemptId = Number(message.Payload) },
        _ => new LiveChange { Everything = true },
    };

    // A process of an older version says the number alone.
    private static LiveChange OfRun(string[] parts) => new() { DagRunId = Number(parts[0]), RunDagId = parts.ElementAtOrDefault(1) };

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

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

    /// <summary>The DAG of that run; null: not said.</summary>
    public string? RunDagId { get; init; }

    /// <summary>The DAG whose file, draft, backfill or pause switch changed.</summary>
    public string? DagId { get; init; }

    /// <summary>The attempt that wrote a log line or moved data.</summary>
    public long? AttemptId { get; init; }

    /// <summary>True after the connection was lost: messages may have been missed.</summary>
    public bool Everything { get; init; }

    /// <summary>Whether this DAG or a run of it may have changed.</summary>
    public bool IsOf(string dagId) => Everything || (AttemptId is null && (DagId ?? RunDagId ?? dagId) == dagId);
}
