using System.Threading.Channels;
using Pipelines.Api.Live;
using Pipelines.IntegrationTests.Storage;
using Pipelines.Storage;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Web;

/// <summary>What the database says that changed, as pages hear it.</summary>
public sealed class LiveFeedTests
{
    private readonly Channel<LiveChange> _heard = Channel.CreateUnbounded<LiveChange>();
    private readonly HeardLog _log = new();
    private Migrated _migrated = null!;
    private LiveFeed _feed = null!;

    [SetUp]
    public async Task ListenAsync()
    {
        _migrated = await Migrated.CreateAsync();
        _feed = new LiveFeed(_migrated.Database, TimeProvider.System, _log.For<LiveFeed>());
        _feed.Subscribe(change => _heard.Writer.TryWrite(change));
        await _feed.StartAsync(CancellationToken.None);
        Assert.That(await NextAsync(), Is.EqualTo(new LiveChange { Everything = true }));
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _feed.StopAsync(CancellationToken.None);
        _feed.Dispose();
        await _migrated.DisposeAsync();
    }

    [Test]
    public async Task A_run_that_changed_is_told_with_its_dag_so_that_other_dags_pages_rest()
    {
        await _migrated.Database.InTransactionAsync(tx => tx.NotifyRunAsync(7, "orders"));

        var change = await NextAsync();
        Assert.That(change, Is.EqualTo(new LiveChange { DagRunId = 7, RunDagId = "orders" }));
        Assert.That((change.IsOf("orders"), change.IsOf("other")), Is.EqualTo((true, false)));
    }

    [Test]
    public async Task A_run_without_its_dag_as_an_older_process_tells_it_may_be_anybodys()
    {
        await _migrated.Database.InTransactionAsync(tx => tx.NotifyAsync(Topic.RunChanged, "7"));

        var change = await NextAsync();
        Assert.That(change, Is.EqualTo(new LiveChange { DagRunId = 7 }));
        Assert.That(change.IsOf("any"), Is.True);
    }

    [Test]
    public async Task A_dag_and_an_attempt_are_told_by_what_they_are()
    {
        await _migrated.Database.InTransactionAsync(tx => tx.NotifyAsync(Topic.DagChanged, "orders"));
        await _migrated.Database.InTransactionAsync(tx => tx.NotifyAsync(Topic.LogWritten, "9"));

        var (dag, attempt) = (await NextAsync(), await NextAsync());
        Assert.That((dag.IsOf("orders"), dag.IsOf("other")), Is.EqualTo((true, false)));
        Assert.That((attempt.AttemptId, attempt.IsOf("orders")), Is.EqualTo((9, false)));
    }

    [Test]
    public async Task What_others_send_on_our_channels_is_said_once_and_ignored()
    {
        foreach (var payload in new[] { "", "seven orders", "-1", "99999999999999999999 orders" })
            await _migrated.Database.InTransactionAsync(async tx =>
            {
                await tx.NotifyAsync(Topic.RunChanged, payload);
                await tx.NotifyAsync(Topic.LogWritten, payload);
            });
        await _migrated.Database.InTransactionAsync(tx => tx.NotifyRunAsync(7, "orders"));

        Assert.That(await NextAsync(), Is.EqualTo(new LiveChange { DagRunId = 7, RunDagId = "orders" }));
        Assert.That(_log.Rest(), Has.Count.EqualTo(1).And.ItemAt(0).Contains("NOTIFY"));
    }

    private async Task<LiveChange> NextAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        return await _heard.Reader.ReadAsync(patience.Token);
    }
}
