using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Operations;

public class BackfillTests
{
    private static readonly (string, JsonNode)[] Daily = [("schedule", "0 0 * * *"), ("timetable", "cron_data_interval")];

    private EngineBench _bench = null!;

    private static CancellationToken None => CancellationToken.None;

    [SetUp]
    public async Task CreateAsync()
    {
        _bench = await EngineBench.CreateAsync();
        _bench.Write("d", DagJson.Of("d", "a", [.. Daily, ("isPausedUponCreation", "false"), ("endDate", "2025-12-31"), ("startDate", "2025-12-01")]));
        await _bench.SyncAsync();
    }

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task It_makes_a_run_per_day_and_runs_as_many_at_a_time_as_it_may()
    {
        var created = await CreateAsync(Days(1, 4), maxActiveRuns: 2);
        await _bench.TickAsync();

        var runs = await RunsAsync(created.Id);
        Assert.That(runs.Select(run => run.RunId), Is.EqualTo(Enumerable.Range(1, 4).Select(day => $"backfill__2026-01-0{day}T00:00:00+00:00")));
        Assert.That(runs.Select(run => run.State), Is.EqualTo(new[] { DagRunState.Running, DagRunState.Running, DagRunState.Queued, DagRunState.Queued }));
        Assert.That(runs[2].Reason, Does.Contain("2 of at most 2"));
    }

    [Test]
    public async Task It_is_completed_when_all_its_runs_have_finished_and_another_may_follow()
    {
        var created = await CreateAsync(Days(1, 2));
        await _bench.TickAsync();
        var refused = await Assert.ThrowsAsync<OperationException>(() => CreateAsync(Days(5, 6)));
        Assert.That(refused!.Kind, Is.EqualTo(RefusalKind.Conflict));

        foreach (var run in await RunsAsync(created.Id)) await _bench.RunTaskAsync(run, "a");
        await _bench.TickAsync();

        var backfill = (await _bench.Database.InTransactionAsync(tx => BackfillTable.FindAsync(tx, created.Id)))!;
        Assert.That(backfill.CompletedAt, Is.EqualTo(_bench.Now));
        Assert.That((await CreateAsync(Days(5, 6))).Id, Is.Not.EqualTo(created.Id));
    }

    [Test]
    public async Task Backwards_starts_with_the_newest_day()
    {
        var created = await CreateAsync(Days(1, 3) with { RunBackwards = true }, maxActiveRuns: 1);
        await _bench.TickAsync();

        Assert.That((await RunsAsync(created.Id)).Single(run => run.State == DagRunState.Running).LogicalDate!.Value.Day, Is.EqualTo(3));
    }

    [Test]
    public async Task Failed_runs_are_cleared_and_run_again_under_their_id_when_asked()
    {
        var first = await CreateAsync(Days(1, 2));
        await _bench.TickAsync();
        var runs = await RunsAsync(first.Id);
        await _bench.RunTaskAsync(runs[0], "a");
        await _bench.RunTaskAsync(runs[1], "a", TaskState.Failed);
        await _bench.TickAsync();

        var second = await CreateAsync(Days(1, 2) with { Reprocess = ReprocessBehavior.Failed });
        await _bench.TickAsync();

        var again = (await RunsAsync(second.Id)).Single();
        Assert.That((again.Id, again.State), Is.EqualTo((runs[1].Id, DagRunState.Running)));
        Assert.That((await _bench.TaskAsync(again, "a")).TryNumber, Is.EqualTo(2));
    }

    [Test]
    public async Task A_preview_changes_nothing()
    {
        var plan = await _bench.Get<CreateBackfill>().PreviewAsync(new BackfillRequest("d", Days(1, 3)), None);

        Assert.That(plan.Windows, Has.Count.EqualTo(3));
        Assert.That(await _bench.RunsAsync("d"), Is.Empty);
    }

    [Test]
    public async Task A_live_run_starts_although_a_backfill_is_full()
    {
        await CreateAsync(Days(1, 4), maxActiveRuns: 1);
        await _bench.TickAsync();

        var live = await _bench.TriggerAsync("d");

        Assert.That((await _bench.RunAsync(live.Id)).State, Is.EqualTo(DagRunState.Running));
    }

    private static BackfillRange Days(int from, int to) =>
        new(new DateTimeOffset(2026, 1, from, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 1, to, 0, 0, 0, TimeSpan.Zero));

    private Task<CreatedBackfill> CreateAsync(BackfillRange range, int maxActiveRuns = 10) =>
        _bench.Get<CreateBackfill>().ExecuteAsync(new BackfillRequest("d", range) { MaxActiveRuns = maxActiveRuns }, EngineBench.Actor, None);

    private Task<IReadOnlyList<DagRun>> RunsAsync(long backfillId) => _bench.Database.InTransactionAsync(tx => DagRunQueries.OfBackfillAsync(tx, backfillId));
}
