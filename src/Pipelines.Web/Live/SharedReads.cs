using System.Collections.Concurrent;
using Pipelines.Api.Live;
using Pipelines.Storage;

namespace Pipelines.Web.Live;

/// <summary>
/// Reads that many open pages make at the same moment, because the same change woke them all: the database answers once, and every page
/// gets that answer until something changes again.
/// </summary>
public sealed class SharedReads : IDisposable
{
    // A change that the feed missed, because its connection was cut, is seen after this long at the latest.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<object, Reading> _readings = new();
    private readonly Database _database;
    private readonly TimeProvider _time;
    private readonly IDisposable _subscription;
    private long _changes;

    public SharedReads(Database database, LiveFeed feed, TimeProvider time)
    {
        (_database, _time) = (database, time);
        _subscription = feed.Subscribe(change =>
        {
            if (change.AttemptId is null) Expire();
        });
    }

    /// <summary>Something changed: answers that began before do not count any more.</summary>
    public void Expire() => Interlocked.Increment(ref _changes);

    /// <summary>The answer of <paramref name="read"/>, which another caller of the same key may have had already.</summary>
    /// <param name="key">Names the read; equal keys must mean equal reads.</param>
    /// <param name="read">Runs in a transaction of its own, and to its end also when the caller has gone: others wait for it.</param>
    public async Task<T> ReadAsync<T>(object key, Func<Transaction, Task<T>> read, CancellationToken cancellation)
    {
        var fresh = new Reading(Interlocked.Read(ref _changes), _time.GetTimestamp(), new Lazy<Task>(() => _database.InTransactionAsync(read)));
        var reading = _readings.AddOrUpdate(key, fresh, (_, known) => IsFresh(known) ? known : fresh);
        return await ((Task<T>)reading.Answer.Value).WaitAsync(cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _subscription.Dispose();

    private bool IsFresh(Reading reading) => reading.Changes == Interlocked.Read(ref _changes) && _time.GetElapsedTime(reading.Began) < Longest
        && !(reading.Answer.IsValueCreated && reading.Answer.Value.IsFaulted);

    /// <param name="Changes">How many there had been before it began.</param>
    private sealed record Reading(long Changes, long Began, Lazy<Task> Answer);
}
