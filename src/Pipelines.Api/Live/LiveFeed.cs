using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipelines.Model.Activities;
using Pipelines.Storage;

namespace Pipelines.Api.Live;

/// <summary>
/// Tells pages what changed. One connection per process listens to the database and every page of every browser hangs on it, so that
/// the database's work does not grow with the number of browsers.
/// </summary>
public sealed class LiveFeed(Database database, TimeProvider time, ILogger<LiveFeed> log) : BackgroundService
{
    private const int LongestShown = 100;
    private static readonly TimeSpan ReconnectDelay = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<long, Action<LiveChange>> _subscribers = new();
    private long _last;
    private bool _hasSaidOdd;

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
        {
            if (Read(message) is { } change) Publish(change);
            else Ignore(message);
        }
    }

    /// <summary>Tells everybody.</summary>
    internal void Publish(LiveChange change)
    {
        foreach (var receive in _subscribers.Values) receive(change);
    }

    /// <summary>Null: not one of ours. Every role of the database may send what it likes.</summary>
    private static LiveChange? Read(Notification message) => message.Topic switch
    {
        Topic.RunChanged => OfRun(message.Payload.Split(' ', 2)),
        Topic.DagChanged => new LiveChange { DagId = message.Payload },
        Topic.LogWritten => Number(message.Payload) is { } attemptId ? new LiveChange { AttemptId = attemptId } : null,
        _ => new LiveChange { Everything = true },
    };

    // A process of an older version says the number alone.
    private static LiveChange? OfRun(string[] parts) =>
        Number(parts[0]) is { } dagRunId ? new LiveChange { DagRunId = dagRunId, RunDagId = parts.ElementAtOrDefault(1) } : null;

    private static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    // Once: whoever sends it may send it often.
    private void Ignore(Notification message)
    {
        if (_hasSaidOdd) return;
        _hasSaidOdd = true;
        log.LogWarning("A message about {Topic} that is not Pipelines' was ignored, as others like it will be without a word: '{Payload}'. Nothing is lost; look which session of the metadata database calls NOTIFY on the channels pipelines_*",
            message.Topic, Excerpt.Of(message.Payload, LongestShown));
    }

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
