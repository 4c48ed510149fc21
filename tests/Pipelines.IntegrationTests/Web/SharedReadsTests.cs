using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Api.Live;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Web.Live;

namespace Pipelines.IntegrationTests.Web;

/// <summary>Pages that one change wakes read the database once.</summary>
public sealed class SharedReadsTests
{
    private EngineBench _bench = null!;
    private LiveFeed _feed = null!;
    private SharedReads _reads = null!;
    private int _count;

    [SetUp]
    public async Task CreateAsync()
    {
        _bench = await EngineBench.CreateAsync();
        _feed = new LiveFeed(_bench.Database, TimeProvider.System, NullLogger<LiveFeed>.Instance);
        // The first message says that it listens.
        var connected = new TaskCompletionSource();
        using var first = _feed.Subscribe(_ => connected.TrySetResult());
        await _feed.StartAsync(CancellationToken.None);
        await connected.Task;
        _reads = new SharedReads(_bench.Database, _feed, _bench.Time);
        _count = 0;
    }

    [TearDown]
    public async Task DropAsync()
    {
        _reads.Dispose();
        await _feed.StopAsync(CancellationToken.None);
        _feed.Dispose();
        await _bench.DisposeAsync();
    }

    [Test]
    public async Task A_hundred_pages_read_once_until_something_changes()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => ReadAsync()));
        Assert.That(_count, Is.EqualTo(1));
        Assert.That(answers.Distinct().Single(), Is.Empty);

        var told = new TaskCompletionSource();
        using (_feed.Subscribe(change => { if (change.DagId == "d") told.TrySetResult(); }))
        {
            await _bench.AddDagAsync("d", "a>b");
            await _bench.Database.InTransactionAsync(tx => tx.NotifyAsync(Topic.DagChanged, "d"));
            await told.Task;
        }

        Assert.That((await ReadAsync()).Single().DagId, Is.EqualTo("d"));
        Assert.That(_count, Is.EqualTo(2));
    }

    [Test]
    public async Task An_answer_is_not_kept_for_longer_than_a_second()
    {
        await ReadAsync();
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        await ReadAsync();

        Assert.That(_count, Is.EqualTo(2));
    }

    [Test]
    public async Task A_failure_is_not_kept()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _reads.ReadAsync<int>("k", _ => throw new InvalidOperationException("no"), CancellationToken.None));

        Assert.That(await _reads.ReadAsync("k", _ => Task.FromResult(7), CancellationToken.None), Is.EqualTo(7));
    }

    private Task<IReadOnlyList<StoredDag>> ReadAsync() => _reads.ReadAsync("dags", tx =>
    {
        Interlocked.Increment(ref _count);
        return DagTable.ListAsync(tx);
    }, CancellationToken.None);
}
