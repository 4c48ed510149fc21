using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Operations;

/// <summary>A backfill under way: paused, resumed, cancelled, overtaken, of some tasks, started later.</summary>
public class BackfillControlTests
{
    private static readonly (string, JsonNode)[] Daily =
        [("schedule", "0 0 * * *"), ("timetable", "cron_data_interval"), ("endDate", "2025-11-30"), ("startDate", "2025-11-01")];

    private EngineBench _bench = null!;

    private static CancellationToken None => CancellationToken.None;

    [SetUp]
    public async Task CreateAsync()
    {
        _bench = await EngineBench.CreateAsync();
        await _bench.AddDagAsync("d", "a>b b>c", Daily);
    }

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task Ten_windows_are_paused_midway_resumed_and_cancelled_and_the_queued_ones_name_who_did_it()
    {
        var id = await BeginAsync(maxActiveRuns: 2);
        await EndRunningAsync(id, 2);
        await PauseAsync(id, true);
        await EndRunningAsync(id, 2);
        Assert.That(await CountsAsync(id), Is.EqualTo((6L, 0L, 4L, 0L)), "Paused: the running ones ended, none started.");
        Assert.That((await RunsAsync(id))[9].Reason, Is.EqualTo($"backfill {id} is paused: resume it to let its runs go on"));

        await PauseAsync(id, false);
        await _bench.TickAsync();
        Assert.That(await CountsAsync(id), Is.EqualTo((4L, 2L, 4L, 0L)));

        Assert.That(await _bench.Get<CancelBackfill>().ExecuteAsync(id, EngineBench.Actor, None), Is.EqualTo(4));
        Assert.That(await CountsAsync(id), Is.EqualTo((0L, 2L, 4L, 4L)), "Running ones finish.");
        Assert.That((await RunsAsync(id))[9].Reason, Does.Contain("cancelled by ada"));
        await EndRunningAsync(id, 2);
        Assert.That(await CountsAsync(id), Is.EqualTo((0L, 0L, 6L, 4L)));
        var backfill = (await _bench.Database.InTransactionAsync(tx => BackfillTable.FindAsync(tx, id)))!;
        Assert.That((backfill.CompletedAt, backfill.CancelledBy), Is.EqualTo(((DateTimeOffset?)_bench.Now, "ada")));
    }

    [Test]
    public async Task A_live_run_is_planned_before_runs_of_a_backfill_that_have_waited_longer()
    {
        var id = await BeginAsync(maxActiveRuns: 4);
        var live = await _bench.TriggerAsync("d");
        await _bench.TickAsync();
        await _bench.Database.InTransactionAsync(async tx =>
        {
            foreach (var run in (await RunsAsync(id)).Take(4)) await DagRunTable.SetWakeAsync(tx, run.Id, _bench.Now.AddHours(-1));
            await DagRunTable.SetWakeAsync(tx, live.Id, _bench.Now);
            Assert.That((await DagRunTable.LockDueAsync(tx, _bench.Now))?.RunId, Is.EqualTo(live.RunId));
        });
    }

    [Test]
    public async Task What_a_cancelled_backfill_left_runs_to_its_end_when_it_is_cleared([Values] bool paused)
    {
        var id = await BeginAsync(maxActiveRuns: 1, startAt: _bench.Now.AddDays(3));
        if (paused) await PauseAsync(id, true);
        await _bench.Get<CancelBackfill>().ExecuteAsync(id, EngineBench.Actor, None);
        var stranded = (await RunsAsync(id))[5];

        await _bench.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("d", stranded.RunId, ["a"]), EngineBench.Actor, None);
        await _bench.TickAsync();
        await RunAllAsync(stranded);

        Assert.That((await _bench.RunAsync(stranded.Id)).State, Is.EqualTo(DagRunState.Success));
    }

    [Test]
    public async Task What_was_cleared_after_a_backfill_was_paused_and_completed_runs_too()
    {
        var id = await BeginAsync(maxActiveRuns: 10);
        await _bench.TickAsync();
        await PauseAsync(id, true);
        await EndRunningAsync(id, 10);
        var run = (await RunsAsync(id))[0];

        await _bench.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("d", run.RunId, []), EngineBench.Actor, None);
        await _bench.TickAsync();

        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Running));
    }

    [Test]
    public async Task What_is_over_can_neither_be_paused_nor_cancelled_and_another_backfill_may_follow()
    {
        var id = await BeginAsync();
        await _bench.Get<CancelBackfill>().ExecuteAsync(id, EngineBench.Actor, None);

        var refused = await RefusedAsync(() => _bench.Get<CancelBackfill>().ExecuteAsync(id, EngineBench.Actor, None));
        Assert.That(refused, Does.Contain("was cancelled by ada"));
        await RefusedAsync(() => PauseAsync(id, true));
        await RefusedAsync(() => PauseAsync(99, true));
        Assert.That(await BeginAsync(reprocess: ReprocessBehavior.Failed), Is.GreaterThan(id));
        var events = await _bench.Database.InTransactionAsync(tx => EventLogTable.PageAsync(tx, new EventFilter { Event = "cancel_backfill" }, 10));
        Assert.That(events.Select(entry => (entry.Owner, entry.DagId, entry.Extra)), Is.EqualTo(new[] { ("ada", "d", $"{id}: 10 queued runs failed") }));
    }

    [Test]
    public async Task A_live_task_gets_a_slot_before_those_of_a_backfill_whatever_their_priority()
    {
        await _bench.AddDagAsync("live", "a");
        await _bench.Server.ExecuteAsync("UPDATE pipelines.pool SET slots = 1");
        var id = await BeginAsync(maxActiveRuns: 10);
        await _bench.TickAsync();
        var backfilled = await RunsAsync(id);
        Assert.That((await _bench.TaskAsync(backfilled[0], "a")).State, Is.EqualTo(TaskState.Queued));
        Assert.That((await _bench.TaskAsync(backfilled[1], "a")).State, Is.EqualTo(TaskState.Scheduled));
        await _bench.Server.ExecuteAsync("UPDATE pipelines.task_instance SET priority_weight = 99");
        var live = await _bench.TriggerAsync("live");
        Assert.That((await _bench.TaskAsync(live, "a")).State, Is.EqualTo(TaskState.Scheduled));

        await _bench.RunTaskAsync(backfilled[0], "a");

        Assert.That((await _bench.TaskAsync(live, "a")).State, Is.EqualTo(TaskState.Queued));
        Assert.That((await _bench.TaskAsync(backfilled[1], "a")).State, Is.EqualTo(TaskState.Scheduled));
    }

    [Test]
    public async Task A_subset_gets_task_instances_for_its_tasks_only_and_waits_for_no_others()
    {
        var id = await BeginAsync(tasks: ["a", "c"]);
        await _bench.TickAsync();
        var run = (await RunsAsync(id))[0];
        Assert.That(await _bench.StatesAsync(run), Is.EqualTo(new Dictionary<string, TaskState> { ["a"] = TaskState.Queued, ["c"] = TaskState.None }), "c is after a, though not directly.");

        await _bench.RunTaskAsync(run, "a");
        await _bench.RunTaskAsync(run, "c");

        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Success));
        var unknown = await RefusedAsync(() => BeginAsync(tasks: ["nope"]));
        Assert.That(unknown, Does.Contain("has no task nope").And.Contain("a, b, c"));
    }

    [Test]
    public async Task A_subset_of_a_failed_run_does_not_stop_at_what_failed_outside_it()
    {
        var first = await BeginAsync();
        await _bench.TickAsync();
        var run = (await RunsAsync(first))[0];
        await _bench.RunTaskAsync(run, "a", TaskState.Failed);
        await _bench.Get<CancelBackfill>().ExecuteAsync(first, EngineBench.Actor, None);

        await BeginAsync(reprocess: ReprocessBehavior.Failed, tasks: ["b", "c"]);
        await _bench.TickAsync();
        await _bench.RunTaskAsync(run, "b");
        await _bench.RunTaskAsync(run, "c");

        Assert.That(await _bench.StatesAsync(run), Is.EqualTo(new Dictionary<string, TaskState> { ["a"] = TaskState.Failed, ["b"] = TaskState.Success, ["c"] = TaskState.Success }));
        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Success));
    }

    [Test]
    public async Task It_starts_at_its_moment_and_not_before()
    {
        var id = await BeginAsync(startAt: _bench.Now.AddHours(8));
        await _bench.TickAsync();
        Assert.That(await CountsAsync(id), Is.EqualTo((10L, 0L, 0L, 0L)));
        Assert.That((await RunsAsync(id))[0].Reason, Is.EqualTo($"backfill {id} starts at 2026-01-10 20:00:00 UTC"));

        _bench.Time.Advance(TimeSpan.FromHours(8));
        await _bench.TickAsync();

        Assert.That(await CountsAsync(id), Is.EqualTo((0L, 10L, 0L, 0L)));
    }

    [Test]
    public async Task Its_windows_and_the_days_tell_the_state_of_its_runs()
    {
        var id = await BeginAsync(maxActiveRuns: 1);
        await EndRunningAsync(id, 1);

        var windows = await _bench.Database.InTransactionAsync(tx => BackfillQueries.WindowsAsync(tx, id, 3));
        Assert.That(windows.Select(window => (window.SortOrdinal, window.State)), Is.EqualTo(new[] { (1, "success"), (2, "running"), (3, "queued") }));
        var days = await _bench.Database.InTransactionAsync(tx => BackfillQueries.DaysAsync(tx, "d", Day(1), Day(4)));
        Assert.That(days.Select(day => (day.Day.Day, day.Success, day.Running, day.Queued)), Is.EqualTo(new[] { (1, 1L, 0L, 0L), (2, 0L, 1L, 0L), (3, 0L, 0L, 1L) }));
        Assert.That(await _bench.Database.InTransactionAsync(tx => BackfillQueries.PageAsync(tx, null, 5, unfinishedOnly: true)), Has.Count.EqualTo(1));
        Assert.That(await _bench.Database.InTransactionAsync(tx => BackfillQueries.PageAsync(tx, "other", 5)), Is.Empty);
    }

    [Test]
    public async Task A_forecast_goes_by_what_runs_that_succeeded_took_and_moved()
    {
        await BeginAsync(maxActiveRuns: 1);
        await _bench.TickAsync();
        var run = (await _bench.RunsAsync("d")).Single(run => run.State == DagRunState.Running);
        foreach (var (task, rows) in new[] { ("a", 40L), ("b", 0L), ("c", 0L) })
        {
            var claim = (await _bench.ClaimAsync(run, task))!;
            await _bench.Database.InTransactionAsync(tx => TaskAttemptTable.SetProgressAsync(tx, claim.TaskInstance.Id, claim.TaskInstance.Token, new TaskProgress(rows, 1, 1)));
            _bench.Time.Advance(TimeSpan.FromSeconds(10));
            await _bench.ReportAsync(claim, TaskState.Success);
        }

        await _bench.Database.InTransactionAsync(async tx =>
        {
            Assert.That(await BackfillQueries.TypicalAsync(tx, "d", [], 10), Is.EqualTo(new TypicalRun(1, 30, 40)));
            Assert.That(await BackfillQueries.TypicalAsync(tx, "d", ["b", "c"], 10), Is.EqualTo(new TypicalRun(1, 20, 0)));
            Assert.That((await BackfillQueries.TypicalAsync(tx, "other", [], 10)).Runs, Is.Zero);
        });
    }

    private static DateTimeOffset Day(int day) => new DateTimeOffset(2025, 12, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day - 1);

    private async Task<long> BeginAsync(
        int maxActiveRuns = 10, ReprocessBehavior reprocess = ReprocessBehavior.None, string[]? tasks = null, DateTimeOffset? startAt = null)
    {
        var request = new BackfillRequest("d", new BackfillRange(Day(1), Day(10), reprocess)) { MaxActiveRuns = maxActiveRuns, TaskIds = tasks ?? [], StartAt = startAt };
        return (await _bench.Get<CreateBackfill>().ExecuteAsync(request, EngineBench.Actor, None)).Id;
    }

    private static async Task<string> RefusedAsync(Func<Task> operation) => (await Assert.ThrowsAsync<OperationException>(() => operation()))!.Message;

    private Task<bool> PauseAsync(long id, bool isPaused) => _bench.Get<SetBackfillPaused>().ExecuteAsync(id, isPaused, EngineBench.Actor, None);

    private Task<IReadOnlyList<DagRun>> RunsAsync(long id) => _bench.Database.InTransactionAsync(tx => DagRunQueries.OfBackfillAsync(tx, id));

    private async Task RunAllAsync(DagRun run)
    {
        foreach (var task in new[] { "a", "b", "c" }) await _bench.RunTaskAsync(run, task);
    }

    /// <summary>Starts what may start, ends what runs, and starts what may start then.</summary>
    private async Task EndRunningAsync(long id, int runs)
    {
        await _bench.TickAsync();
        var running = (await RunsAsync(id)).Where(run => run.State == DagRunState.Running).ToList();
        Assert.That(running, Has.Count.EqualTo(runs));
        foreach (var run in running) await RunAllAsync(run);
        await _bench.TickAsync();
    }

    private async Task<(long Queued, long Running, long Success, long Failed)> CountsAsync(long id)
    {
        var progress = (await _bench.Database.InTransactionAsync(tx => BackfillQueries.FindAsync(tx, id)))!;
        return (progress.Queued, progress.Running, progress.Success, progress.Failed);
    }
}
