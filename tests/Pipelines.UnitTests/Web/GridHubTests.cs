using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Api.Live;
using Pipelines.Storage.Runs;
using Pipelines.Web.Grid;
using Pipelines.Web.Live;

namespace Pipelines.UnitTests.Web;

/// <summary>Many look at a DAG; its changes are read once and written once.</summary>
public sealed class GridHubTests
{
    private const long Unknown = 404;

    private readonly FakeTimeProvider _time = new();
    private readonly ConcurrentQueue<long[]> _loads = new();
    private GridHub _hub = null!;
    private Exception? _trouble;

    [SetUp]
    public async Task StartAsync()
    {
        _loads.Clear();
        _trouble = null;
        _hub = new GridHub(new GridReads(RunsAsync, DagAsync), _time, NullLogger<GridHub>.Instance);
        await _hub.StartAsync(CancellationToken.None);
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _hub.StopAsync(CancellationToken.None);
        _hub.Dispose();
    }

    [Test]
    public async Task A_change_is_read_once_and_written_once_however_many_look()
    {
        var watches = Enumerable.Range(0, 100).Select(_ => _hub.Watch("d")).ToList();

        _hub.Notice(new LiveChange { DagRunId = 7 });

        var first = await NextAsync(watches[0]);
        Assert.That(Encoding.UTF8.GetString(first), Does.StartWith("event: runs\ndata: {").And.Contain("run_7").And.EndWith("}\n\n"));
        foreach (var watch in watches.Skip(1)) Assert.That(await NextAsync(watch), Is.SameAs(first));
        Assert.That(_loads, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task The_first_of_a_burst_is_told_at_once_and_the_rest_together_after_the_pause()
    {
        using var watch = _hub.Watch("d");
        _hub.Notice(new LiveChange { DagRunId = 1 });
        await NextAsync(watch);

        for (var change = 0; change < 100; change++) _hub.Notice(new LiveChange { DagRunId = 2 + (change % 3) });
        await AfterAsync(watch);

        Assert.That(_loads.Select(runs => runs.Order()), Is.EqualTo(new[] { new long[] { 1 }, [2, 3, 4] }));
    }

    [Test]
    public async Task What_nobody_looks_at_is_not_read_and_what_somebody_looks_at_reaches_nobody_else()
    {
        _hub.Notice(new LiveChange { DagRunId = 1 });
        using var other = _hub.Watch("other");
        using (_hub.Watch("d")) { }
        using var watch = _hub.Watch("d");

        _hub.Notice(new LiveChange { DagRunId = 2 });
        await NextAsync(watch);

        Assert.That(_loads.Single(), Is.EqualTo(new long[] { 2 }));
        Assert.That(other.Messages.TryRead(out _), Is.False);
    }

    [Test]
    public void Who_is_too_slow_loads_everything_again_and_keeps_nobody_waiting()
    {
        using var slow = _hub.Watch("d");
        using var quick = _hub.Watch("d");
        var heard = 0;

        for (var change = 0; change <= GridWatch.Longest; change++)
        {
            _hub.Notice(new LiveChange { Everything = true });
            while (quick.Messages.TryRead(out _)) heard++;
        }

        Assert.That(heard, Is.EqualTo(GridWatch.Longest + 1));
        Assert.That(slow.Messages.TryRead(out var message), Is.True);
        Assert.That(message, Is.SameAs(GridEvents.Reload));
        Assert.That(slow.Messages.TryRead(out _), Is.False);
    }

    [Test]
    public async Task After_a_lost_connection_everybody_reads_again()
    {
        using var watch = _hub.Watch("d");

        _hub.Notice(new LiveChange { Everything = true });

        Assert.That(await NextAsync(watch), Is.SameAs(GridEvents.Reload));
        Assert.That(_loads, Is.Empty);
    }

    [Test]
    public async Task A_changed_dag_is_told_with_its_hash_so_that_a_saved_draft_costs_nobody_a_reload()
    {
        using var watch = _hub.Watch("d");

        _hub.Notice(new LiveChange { DagId = "other" });
        _hub.Notice(new LiveChange { DagId = "d" });

        Assert.That(Encoding.UTF8.GetString(await NextAsync(watch)), Is.EqualTo("event: dag\ndata: {\"dag_id\":\"d\",\"hash\":\"abc\",\"is_stale\":false}\n\n"));
    }

    [Test]
    public async Task A_dag_that_is_gone_is_read_again_by_who_looks_at_it()
    {
        using var watch = _hub.Watch("gone");

        _hub.Notice(new LiveChange { DagId = "gone" });

        Assert.That(await NextAsync(watch), Is.SameAs(GridEvents.Reload));
    }

    [Test]
    public async Task A_run_that_is_gone_is_told_to_who_may_show_it()
    {
        using var watch = _hub.Watch("d");

        _hub.Notice(new LiveChange { DagRunId = Unknown });

        Assert.That(Encoding.UTF8.GetString(await NextAsync(watch)), Is.EqualTo($"event: gone\ndata: {{\"gone\":[{Unknown}]}}\n\n"));
    }

    [TestCase(typeof(TimeoutException))]
    [TestCase(typeof(KeyNotFoundException))]
    public async Task When_reading_fails_everybody_reads_again_and_the_next_change_is_told(Type trouble)
    {
        using var watch = _hub.Watch("d");
        _trouble = (Exception)Activator.CreateInstance(trouble)!;
        _hub.Notice(new LiveChange { DagRunId = 1 });
        Assert.That(await NextAsync(watch), Is.SameAs(GridEvents.Reload));

        _trouble = null;
        _hub.Notice(new LiveChange { DagRunId = 2 });
        // The clock may have moved far by then.
        byte[] message;
        while ((message = await AfterAsync(watch)) == EventStream.Heartbeat)
        {
        }
        Assert.That(Encoding.UTF8.GetString(message), Does.Contain("run_2"));
    }

    [Test]
    public async Task A_quiet_connection_is_kept_alive()
    {
        using var watch = _hub.Watch("d");

        Assert.That(await AfterAsync(watch), Is.SameAs(EventStream.Heartbeat));
    }

    private Task<IReadOnlyList<GridRun>> RunsAsync(IReadOnlyCollection<long> runs, IReadOnlyCollection<string> dagIds, CancellationToken stop)
    {
        _loads.Enqueue([.. runs]);
        if (_trouble is not null) throw _trouble;
        return Task.FromResult<IReadOnlyList<GridRun>>([.. runs.Where(id => id != Unknown).Select(id => GridRuns.Of(id, "a:success")).Where(run => dagIds.Contains(run.DagId))]);
    }

    private static Task<GridHead?> DagAsync(string dagId, CancellationToken stop) => Task.FromResult(dagId == "d" ? GridRuns.Head : null);

    private static async Task<byte[]> NextAsync(GridWatch watch)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        return await watch.Messages.ReadAsync(patience.Token);
    }

    // The hub may not have begun its pause yet when the clock is moved, so the clock moves until something is heard.
    private async Task<byte[]> AfterAsync(GridWatch watch)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        byte[]? message;
        while (!watch.Messages.TryRead(out message))
        {
            patience.Token.ThrowIfCancellationRequested();
            _time.Advance(GridHub.Pause);
            await Task.Yield();
        }
        return message;
    }
}
