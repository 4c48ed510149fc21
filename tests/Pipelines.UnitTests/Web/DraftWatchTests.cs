using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Api.Live;
using Pipelines.Storage;
using Pipelines.Web.Live;
using Pipelines.Web.Studio;

namespace Pipelines.UnitTests.Web;

/// <summary>What an open editor hears of its DAG.</summary>
public sealed class DraftWatchTests
{
    private readonly FakeTimeProvider _time = new();
    private Database _database = null!;
    private LiveFeed _feed = null!;
    private DraftWatch _watch = null!;

    [SetUp]
    public void Open()
    {
        _database = new Database("Host=127.0.0.1");
        _feed = new LiveFeed(_database, _time, NullLogger<LiveFeed>.Instance);
        _watch = new DraftWatch(_feed, _time, "d");
        Assert.That(Next(), Is.SameAs(DraftWatch.Changed), "what was missed is asked for");
    }

    [TearDown]
    public async Task CloseAsync()
    {
        _watch.Dispose();
        _feed.Dispose();
        await _database.DisposeAsync();
    }

    [Test]
    public void A_burst_is_heard_once_and_what_concerns_others_not_at_all()
    {
        _feed.Publish(new LiveChange { DagId = "other" });
        _feed.Publish(new LiveChange { DagRunId = 1, RunDagId = "d" });
        Assert.That(Next(), Is.Null);

        _time.Advance(EventStream.BetweenHeartbeats);
        for (var save = 0; save < 100; save++) _feed.Publish(new LiveChange { DagId = "d" });
        _time.Advance(EventStream.BetweenHeartbeats);

        Assert.That(Next(), Is.SameAs(DraftWatch.Changed), "no heartbeat hides it");
        Assert.That(Next(), Is.Null);
    }

    [Test]
    public void A_quiet_connection_is_kept_alive()
    {
        _time.Advance(EventStream.BetweenHeartbeats);

        Assert.That(Next(), Is.SameAs(EventStream.Heartbeat));
    }

    private byte[]? Next() => _watch.Messages.TryRead(out var message) ? message : null;
}
