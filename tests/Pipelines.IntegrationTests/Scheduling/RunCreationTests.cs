using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;

namespace Pipelines.IntegrationTests.Scheduling;

public class RunCreationTests
{
    private static readonly (string, JsonNode)[] Daily = [("schedule", "0 0 * * *"), ("timetable", "cron_data_interval"), ("startDate", "2026-01-01")];

    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task Schedulers_side_by_side_create_one_run_per_interval()
    {
        await _bench.AddDagAsync("d", "a", [.. Daily, ("catchup", "true")]);
        await using var second = _bench.NewHost();
        await using var third = _bench.NewHost();
        Scheduler[] schedulers = [_bench.Get<Scheduler>(), second.GetRequiredService<Scheduler>(), third.GetRequiredService<Scheduler>()];

        await Task.WhenAll(schedulers.Select(scheduler => Task.Run(() => scheduler.TickAsync(_bench.Now, CancellationToken.None))));
        await _bench.TickAsync();

        var runs = await _bench.RunsAsync("d");
        Assert.That(runs.Select(run => run.RunId).Order(), Is.EqualTo(Enumerable.Range(1, 9).Select(day => $"scheduled__2026-01-0{day}T00:00:00+00:00")));
        Assert.That(runs.Select(run => run.Interval!.Value.Length).Distinct(), Is.EqualTo(new[] { TimeSpan.FromDays(1) }));
        Assert.That(await _bench.Server.ScalarAsync<long>("SELECT count(*) FROM pipelines.task_instance"), Is.EqualTo(9));
    }

    [Test]
    public async Task Without_catchup_only_the_latest_interval_is_run_even_after_a_long_pause()
    {
        await _bench.AddDagAsync("d", "a", Daily);
        await _bench.TickAsync();
        var pause = _bench.Get<SetDagPaused>();
        await pause.ExecuteAsync("d", true, EngineBench.Actor, CancellationToken.None);
        _bench.Time.Advance(TimeSpan.FromDays(5));
        await _bench.TickAsync();
        await pause.ExecuteAsync("d", false, EngineBench.Actor, CancellationToken.None);
        await _bench.TickAsync();
        await _bench.TickAsync();

        Assert.That((await _bench.RunsAsync("d")).Select(run => run.RunId), Is.EqualTo(new[] { "scheduled__2026-01-14T00:00:00+00:00", "scheduled__2026-01-09T00:00:00+00:00" }));
    }

    [Test]
    public async Task Max_active_runs_holds_back_new_runs_until_one_has_finished()
    {
        await _bench.AddDagAsync("d", "a", [.. Daily, ("catchup", "true"), ("maxActiveRuns", "2")]);
        await _bench.TickAsync();
        await _bench.TickAsync();
        var runs = await _bench.RunsAsync("d");
        Assert.That(runs, Has.Count.EqualTo(2));

        await _bench.RunTaskAsync(runs[0], "a");
        await _bench.TickAsync();

        Assert.That(await _bench.RunsAsync("d"), Has.Count.EqualTo(3));
    }

    [Test]
    public async Task An_event_that_passed_between_two_ticks_or_while_no_scheduler_ran_has_its_run()
    {
        await _bench.AddDagAsync("d", "a", ("schedule", "2026-01-10T12:00:05Z; 2026-01-10T13:00:00Z; 2026-01-10T13:30:00Z"), ("timetable", "events"));
        await _bench.TickAsync();
        Assert.That(await _bench.RunsAsync("d"), Is.Empty);

        _bench.Time.Advance(TimeSpan.FromSeconds(6));
        await _bench.TickAsync();
        Assert.That((await _bench.RunsAsync("d")).Select(run => run.RunId), Is.EqualTo(new[] { "scheduled__2026-01-10T12:00:05+00:00" }));

        _bench.Time.Advance(TimeSpan.FromHours(2));
        await _bench.TickAsync();
        await _bench.TickAsync();
        Assert.That((await _bench.RunsAsync("d")).Select(run => run.RunId).First(), Is.EqualTo("scheduled__2026-01-10T13:00:00+00:00"), "the one it was waiting for; those behind it are past");
        Assert.That(await _bench.RunsAsync("d"), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Continuous_runs_follow_each_other_one_at_a_time()
    {
        await _bench.AddDagAsync("d", "a", ("schedule", "@continuous"), ("maxActiveRuns", "1"));
        await _bench.TickAsync();
        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        await _bench.TickAsync();
        var first = (await _bench.RunsAsync("d")).Single();

        await _bench.RunTaskAsync(first, "a");
        await _bench.TickAsync();
        await _bench.TickAsync();

        var runs = await _bench.RunsAsync("d");
        Assert.That(runs, Has.Count.EqualTo(2));
        Assert.That(runs[0].Interval, Is.EqualTo((Pipelines.Model.Timetables.DataInterval?)new(first.Interval!.Value.End.AddMicroseconds(1), _bench.Now)));
    }

    [Test]
    public async Task A_delta_ticks_from_the_end_of_the_last_run()
    {
        await _bench.AddDagAsync("d", "a", ("schedule", "06:00:00"), ("startDate", "2026-01-10T01:00:00Z"), ("catchup", "true"));
        await _bench.TickAsync();
        Assert.That((await _bench.RunsAsync("d")).Select(run => run.LogicalDate!.Value.Hour), Is.EqualTo(new[] { 7, 1 }));

        _bench.Time.Advance(TimeSpan.FromHours(1));
        await _bench.TickAsync();
        Assert.That((await _bench.RunsAsync("d")).Select(run => run.LogicalDate!.Value.Hour), Is.EqualTo(new[] { 13, 7, 1 }));
    }

    [Test]
    public async Task A_manual_run_that_has_the_logical_date_takes_the_timetables_turn()
    {
        await _bench.AddDagAsync("d", "a", Daily);
        await _bench.Get<TriggerDagRun>().ExecuteAsync(
            new TriggerRequest("d") { LogicalDate = new DateTimeOffset(2026, 1, 9, 0, 0, 0, TimeSpan.Zero) }, EngineBench.Actor, CancellationToken.None);
        await _bench.TickAsync();
        await _bench.TickAsync();
        Assert.That((await _bench.RunsAsync("d")).Single().RunType, Is.EqualTo(DagRunType.Manual));

        _bench.Time.Advance(TimeSpan.FromDays(1));
        await _bench.TickAsync();

        Assert.That((await _bench.RunsAsync("d"))[0].RunId, Is.EqualTo("scheduled__2026-01-10T00:00:00+00:00"));
    }

    [Test, CancelAfter(30_000)]
    public async Task Catching_up_goes_past_dates_that_manual_runs_have(CancellationToken cancellation)
    {
        await _bench.AddDagAsync("d", "a", [.. Daily, ("catchup", "true")]);
        foreach (var day in new[] { 1, 2, 5 })
        {
            _bench.Time.Advance(TimeSpan.FromSeconds(1));
            await _bench.Get<TriggerDagRun>().ExecuteAsync(
                new TriggerRequest("d") { LogicalDate = new DateTimeOffset(2026, 1, day, 0, 0, 0, TimeSpan.Zero) }, EngineBench.Actor, cancellation);
        }

        await _bench.Get<Scheduler>().TickAsync(_bench.Now, cancellation);

        var scheduled = (await _bench.RunsAsync("d")).Where(run => run.RunType == DagRunType.Scheduled).Select(run => run.LogicalDate!.Value.Day);
        Assert.That(scheduled.Order(), Is.EqualTo(new[] { 3, 4, 6, 7, 8, 9 }));
    }

    [Test]
    public async Task A_paused_or_stale_dag_gets_no_runs()
    {
        _bench.Write("paused", DagJson.Of("paused", "a", Daily));
        await _bench.AddDagAsync("stale", "a", Daily);
        File.Delete(Path.Combine(_bench.Folder, "stale.json"));
        await _bench.SyncAsync();
        await _bench.TickAsync();

        Assert.That(await _bench.RunsAsync("paused"), Is.Empty);
        Assert.That(await _bench.RunsAsync("stale"), Is.Empty);
    }

    [Test]
    public async Task A_run_made_by_another_process_starts_without_waiting_for_the_next_tick()
    {
        await _bench.AddDagAsync("d", "a");
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var listening = new TaskCompletionSource();
        var heard = ListenAsync(listening, stop.Token);
        await listening.Task;

        await _bench.Get<TriggerDagRun>().ExecuteAsync(new TriggerRequest("d"), EngineBench.Actor, CancellationToken.None);

        Assert.That(await heard, Is.EqualTo("d"));
    }

    private async Task<string> ListenAsync(TaskCompletionSource listening, CancellationToken cancellation)
    {
        await foreach (var message in Pipelines.Storage.Notifications.ListenAsync(
            _bench.Database, [Pipelines.Storage.Topic.SchedulerWork], TimeSpan.FromSeconds(1), TimeProvider.System, cancellation))
        {
            if (message.Topic is not null) return message.Payload;
            listening.SetResult();
        }
        return "";
    }
}
