using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Runs;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.IntegrationTests.Scheduling;

public class RunLifeTests
{
    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task A_triggered_run_goes_task_by_task_to_success()
    {
        await _bench.AddDagAsync("d", "a>b a>c b>d c>d");
        var run = await _bench.TriggerAsync("d");

        Assert.That(_bench.Queue.Enqueued, Is.EqualTo(new[] { (await _bench.TaskAsync(run, "a")).Id }));
        Assert.That((await _bench.TaskAsync(run, "b")).Reason, Does.Contain("a"));
        await _bench.RunTaskAsync(run, "a");
        Assert.That(await _bench.StatesAsync(run), Is.EqualTo(new Dictionary<string, TaskState> { ["a"] = Success, ["b"] = Queued, ["c"] = Queued, ["d"] = None }));
        foreach (var task in new[] { "b", "c", "d" }) await _bench.RunTaskAsync(run, task);

        var ended = await _bench.RunAsync(run.Id);
        Assert.That((ended.State, ended.EndDate), Is.EqualTo((DagRunState.Success, (DateTimeOffset?)_bench.Now)));
    }

    [Test]
    public async Task A_Hangfire_that_does_not_answer_holds_up_no_tick()
    {
        await _bench.AddDagAsync("d", "a");
        await _bench.AddDagAsync("e", "a");
        var answer = new TaskCompletionSource();
        _bench.Queue.Answers = answer.Task;
        var scheduler = _bench.Get<Scheduler>();

        foreach (var dag in new[] { "d", "e" })
        {
            await _bench.Get<TriggerDagRun>().ExecuteAsync(new TriggerRequest(dag), EngineBench.Actor, CancellationToken.None);
            await scheduler.TickAsync(_bench.Now, CancellationToken.None);
        }

        var told = scheduler.ToldAsync();
        Assert.That(told.IsCompleted, Is.False);
        answer.SetResult();
        await told;
        Assert.That(_bench.Queue.Enqueued, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Of_two_claims_at_once_one_wins()
    {
        await _bench.AddDagAsync("d", "a");
        var run = await _bench.TriggerAsync("d");

        var claims = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => _bench.ClaimAsync(run, "a", $"host:{i}"))));

        Assert.That(claims.Count(claim => claim is not null), Is.EqualTo(1));
        Assert.That(claims.Single(claim => claim is not null)!.TaskInstance.Token, Is.EqualTo(1));
    }

    [Test]
    public async Task A_failure_is_retried_when_its_time_has_come_and_not_before()
    {
        await _bench.AddDagAsync("d", "a");
        var run = await _bench.TriggerAsync("d");
        await _bench.ReportAsync((await _bench.ClaimAsync(run, "a"))!, UpForRetry, nextRetryAt: _bench.Now.AddMinutes(5));

        _bench.Time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        await _bench.TickAsync();
        Assert.That((await _bench.TaskAsync(run, "a")).State, Is.EqualTo(UpForRetry));

        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        await _bench.TickAsync();
        var task = await _bench.TaskAsync(run, "a");
        Assert.That((task.State, task.TryNumber), Is.EqualTo((Queued, 2)));
    }

    [Test]
    public async Task A_lost_worker_costs_an_attempt_and_its_late_words_are_refused()
    {
        await _bench.AddDagAsync("d", "a");
        var run = await _bench.TriggerAsync("d");
        var zombie = (await _bench.ClaimAsync(run, "a", "host:7"))!;

        await _bench.ExpireLeasesAsync();
        await _bench.TickAsync();
        var lost = await _bench.TaskAsync(run, "a");
        Assert.That((lost.State, lost.NextRetryAt), Is.EqualTo((UpForRetry, (DateTimeOffset?)_bench.Now.AddMinutes(5))));
        Assert.That(lost.Error, Does.Contain("host:7").And.Contain("lease"));
        Assert.That(_bench.Queue.Recorded, Does.Contain(lost.Id));

        _bench.Time.Advance(TimeSpan.FromMinutes(5));
        await _bench.TickAsync();
        var second = (await _bench.ClaimAsync(run, "a", "host:8"))!;
        Assert.That(second.TaskInstance.Token, Is.EqualTo(2));
        await _bench.Database.InTransactionAsync(async tx =>
        {
            var (id, token) = (zombie.TaskInstance.Id, zombie.TaskInstance.Token);
            Assert.That((await LeaseTable.RenewAsync(tx, [new Hold(id, token)], TimeSpan.FromHours(1))).Gone, Is.EqualTo(new[] { new Hold(id, token) }));
            Assert.That(await XComTable.PushAsync(tx, id, token, "k", JsonValue.Create(1), _bench.Now), Is.False);
            Assert.That(await LogTable.AppendAsync(tx, zombie.AttemptId, 9, ["x"]), Is.False);
            Assert.That(await LogTable.AppendAsync(tx, second.AttemptId, 0, [LogTable.Encode(new LogLine(_bench.Now, Model.Activities.LogLevel.Info, "hello \0 ü"))]), Is.True);
        });
        Assert.That(await _bench.ReportAsync(zombie, Success), Is.False);
        Assert.That(await _bench.ReportAsync(second, Success), Is.True);
        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Success));
        var (first, latest) = await _bench.Database.InTransactionAsync(async tx =>
            (await LogTable.ReadAsync(tx, zombie.AttemptId), await LogTable.ReadAsync(tx, second.AttemptId)));
        Assert.That(first.Lines.Single().Message, Is.EqualTo(lost.Error));
        Assert.That(latest.Lines.Single().Message, Is.EqualTo("hello \0 ü"));
    }

    [Test]
    public async Task A_worker_lost_on_the_last_attempt_fails_the_run()
    {
        await _bench.AddDagAsync("d", "a>b");
        var run = await _bench.TriggerAsync("d");
        for (var attempt = 0; attempt < 2; attempt++)
        {
            Assert.That(await _bench.ClaimAsync(run, "a"), Is.Not.Null);
            await _bench.ExpireLeasesAsync();
            await _bench.TickAsync();
            _bench.Time.Advance(TimeSpan.FromMinutes(5));
            await _bench.TickAsync();
        }

        Assert.That(await _bench.StatesAsync(run), Is.EqualTo(new Dictionary<string, TaskState> { ["a"] = Failed, ["b"] = UpstreamFailed }));
        Assert.That((await _bench.RunAsync(run.Id)).Reason, Is.EqualTo(RunOutcome.TaskFailure));
    }

    [Test]
    public async Task A_task_that_hangfire_lost_is_handed_over_again()
    {
        await _bench.AddDagAsync("d", "a");
        var run = await _bench.TriggerAsync("d");
        _bench.Queue.Enqueued.Clear();

        _bench.Time.Advance(TimeSpan.FromSeconds(9));
        await _bench.TickAsync();
        Assert.That(_bench.Queue.Enqueued, Is.Empty);
        _bench.Time.Advance(TimeSpan.FromSeconds(2));
        await _bench.TickAsync();
        await _bench.TickAsync();

        Assert.That(_bench.Queue.Enqueued, Is.EqualTo(new[] { (await _bench.TaskAsync(run, "a")).Id }));
    }

    [Test]
    public async Task Leaves_that_end_at_once_finish_their_run_exactly_once()
    {
        await _bench.AddDagAsync("d", "a b c d e f");
        var run = await _bench.TriggerAsync("d");
        var claims = new List<Claim>();
        foreach (var task in "abcdef") claims.Add((await _bench.ClaimAsync(run, task.ToString()))!);

        await Task.WhenAll(claims.Select(claim => Task.Run(() => _bench.ReportAsync(claim, Success))));

        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Success));
        var again = await _bench.Database.InTransactionAsync(tx => DagRunTable.FinishAsync(tx, run.Id, DagRunState.Failed, null, _bench.Now));
        Assert.That(again, Is.False);
    }

    [Test]
    public async Task No_more_tasks_of_a_run_are_queued_than_max_active_tasks()
    {
        await _bench.AddDagAsync("d", "a b c d", ("maxActiveTasks", "2"));
        var run = await _bench.TriggerAsync("d");
        Assert.That((await _bench.StatesAsync(run)).Values.Count(state => state == Queued), Is.EqualTo(2));
        Assert.That((await _bench.TaskAsync(run, "c")).Reason, Does.Contain("max_active_tasks"));

        await _bench.RunTaskAsync(run, "a");

        Assert.That((await _bench.StatesAsync(run)).Values.Order(), Is.EqualTo(new[] { Scheduled, Queued, Queued, Success }));
    }

    [Test]
    public async Task Pool_slots_hold_over_all_runs_when_many_are_planned_at_once()
    {
        await _bench.Server.ExecuteAsync("UPDATE pipelines.pool SET slots = 5");
        await _bench.AddDagAsync("d", "a b c d");
        foreach (var _ in Enumerable.Range(0, 6)) await _bench.Get<TriggerDagRun>().ExecuteAsync(new TriggerRequest("d"), EngineBench.Actor, CancellationToken.None);

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(_bench.TickAsync)));

        Assert.That(await _bench.Server.ScalarAsync<long>("SELECT count(*) FROM pipelines.task_instance WHERE state = 'queued'"), Is.EqualTo(5));
    }

    [Test]
    public async Task A_paused_dag_finishes_what_runs_and_starts_nothing_until_it_is_unpaused()
    {
        await _bench.AddDagAsync("d", "a>b");
        var run = await _bench.TriggerAsync("d");
        var claim = (await _bench.ClaimAsync(run, "a"))!;
        var pause = _bench.Get<SetDagPaused>();
        await pause.ExecuteAsync("d", true, EngineBench.Actor, CancellationToken.None);
        await _bench.ReportAsync(claim, Success);
        await _bench.TickAsync();
        Assert.That((await _bench.TaskAsync(run, "b")).State, Is.EqualTo(None));
        Assert.That((await _bench.TaskAsync(run, "b")).Reason, Does.Contain("paused"));

        await pause.ExecuteAsync("d", false, EngineBench.Actor, CancellationToken.None);
        await _bench.TickAsync();

        Assert.That((await _bench.TaskAsync(run, "b")).State, Is.EqualTo(Queued));
    }

    [Test]
    public async Task A_run_of_dags_test_is_neither_planned_nor_queued_by_a_scheduler()
    {
        await _bench.AddDagAsync("d", "a");
        var tester = EngineBench.Actor with { By = RunTriggeredBy.Test };
        var run = (await _bench.Get<TriggerDagRun>().ExecuteAsync(new TriggerRequest("d"), tester, CancellationToken.None)).Run;
        await _bench.Database.InTransactionAsync(tx => DagRunTable.StartAsync(tx, run.Id, _bench.Now));
        await _bench.TickAsync();
        Assert.That((await _bench.TaskAsync(run, "a")).State, Is.EqualTo(None));

        await _bench.Server.ExecuteAsync("UPDATE pipelines.task_instance SET state = 'scheduled', try_number = 1");
        await _bench.TickAsync();
        Assert.That((await _bench.TaskAsync(run, "a")).State, Is.EqualTo(Scheduled));

        var id = (await _bench.TaskAsync(run, "a")).Id;
        await _bench.Database.InTransactionAsync(tx => SlotTable.QueueAsync(tx, [id], _bench.Now));
        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        await _bench.TickAsync();
        Assert.That(_bench.Queue.Enqueued, Is.Empty);
    }

    [Test]
    public async Task A_run_over_its_timeout_stops_its_workers()
    {
        await _bench.AddDagAsync("d", "a>b", ("dagRunTimeout", "01:00:00"));
        var run = await _bench.TriggerAsync("d");
        var claim = (await _bench.ClaimAsync(run, "a"))!;

        _bench.Time.Advance(TimeSpan.FromHours(1));
        await _bench.TickAsync();

        Assert.That((await _bench.RunAsync(run.Id)).Reason, Is.EqualTo(RunOutcome.TimedOut));
        Assert.That(await _bench.ReportAsync(claim, Success), Is.False);
        var attempts = await _bench.Database.InTransactionAsync(tx => TaskAttemptTable.OfTaskInstanceAsync(tx, claim.TaskInstance.Id));
        Assert.That(attempts.Single().Error, Does.Contain("dagrun_timeout"));
    }
}
