using Pipelines.Engine.Operations;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.IntegrationTests.Operations;

public class OperationTests
{
    private EngineBench _bench = null!;

    private static CancellationToken None => CancellationToken.None;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task A_trigger_of_a_paused_dag_says_that_the_run_waits()
    {
        _bench.Write("d", DagJson.Of("d", "a"));
        await _bench.SyncAsync();

        var triggered = await _bench.Get<TriggerDagRun>().ExecuteAsync(new TriggerRequest("d"), EngineBench.Actor, None);
        await _bench.TickAsync();

        Assert.That(triggered.Notice, Does.Contain("paused").And.Contain("dags unpause d"));
        Assert.That((await _bench.RunAsync(triggered.Run.Id)).State, Is.EqualTo(DagRunState.Queued));
        var entry = (await _bench.Database.InTransactionAsync(tx => EventLogTable.NewestAsync(tx, 1))).Single();
        Assert.That((entry.Name, entry.Owner, entry.DagId, entry.RunId), Is.EqualTo(("trigger_dag_run", "ada", "d", triggered.Run.RunId)));
    }

    [Test]
    public async Task A_trigger_is_refused_for_an_unknown_dag_a_taken_run_id_and_a_reserved_one()
    {
        await _bench.AddDagAsync("d", "a");
        var trigger = _bench.Get<TriggerDagRun>();
        await trigger.ExecuteAsync(new TriggerRequest("d") { RunId = "mine" }, EngineBench.Actor, None);

        Assert.That(await KindAsync(() => trigger.ExecuteAsync(new TriggerRequest("nope"), EngineBench.Actor, None)), Is.EqualTo(RefusalKind.NotFound));
        Assert.That(await KindAsync(() => trigger.ExecuteAsync(new TriggerRequest("d") { RunId = "mine" }, EngineBench.Actor, None)), Is.EqualTo(RefusalKind.Conflict));
        Assert.That(await KindAsync(() => trigger.ExecuteAsync(new TriggerRequest("d") { RunId = "scheduled__x" }, EngineBench.Actor, None)), Is.EqualTo(RefusalKind.Invalid));
    }

    [Test]
    public async Task The_previous_success_is_that_of_the_newest_earlier_date()
    {
        await _bench.AddDagAsync("d", "a");
        for (var day = 1; day <= 4; day++)
        {
            var made = await _bench.Get<TriggerDagRun>().ExecuteAsync(new TriggerRequest("d") { RunId = $"of_{day}", LogicalDate = Day(day) }, EngineBench.Actor, None);
            if (day == 3) continue;
            await _bench.TickAsync();
            await _bench.RunTaskAsync(made.Run, "a");
            await _bench.TickAsync();
        }

        Assert.That((await _bench.Database.InTransactionAsync(tx => DagRunQueries.SuccessBeforeAsync(tx, "d", Day(4))))!.RunId, Is.EqualTo("of_2"));
        Assert.That(await _bench.Database.InTransactionAsync(tx => DagRunQueries.SuccessBeforeAsync(tx, "d", Day(1))), Is.Null);

        static DateTimeOffset Day(int day) => new(2026, 1, day, 0, 0, 0, TimeSpan.Zero);
    }

    [Test]
    public async Task A_trigger_for_a_date_at_the_end_of_the_calendar_is_refused_in_words()
    {
        _bench.Write("d", DagJson.Of("d", "a", ("schedule", "@daily"), ("timetable", "cron_data_interval"), ("startDate", "2026-01-01")));
        await _bench.SyncAsync();
        var last = new TriggerRequest("d") { LogicalDate = new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero) };

        var refused = await Assert.ThrowsAsync<OperationException>(() => _bench.Get<TriggerDagRun>().ExecuteAsync(last, EngineBench.Actor, None));

        Assert.That((refused!.Kind, refused.Message), Is.EqualTo((RefusalKind.Invalid, refused.Message)));
        Assert.That(refused.Message, Does.Contain("9999-12-31"));
    }

    [Test]
    public async Task A_cleared_task_runs_again_with_what_follows_it_and_keeps_its_history()
    {
        await _bench.AddDagAsync("d", "a>b b>c");
        var run = await _bench.TriggerAsync("d");
        foreach (var task in new[] { "a", "b", "c" }) await _bench.RunTaskAsync(run, task);

        var cleared = await _bench.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("d", run.RunId, ["b"]), EngineBench.Actor, None);
        Assert.That(cleared.Select(task => task.TaskId), Is.EqualTo(new[] { "b", "c" }));
        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Queued));
        await _bench.TickAsync();

        var again = await _bench.TaskAsync(run, "b");
        Assert.That((again.State, again.TryNumber, again.MaxTries), Is.EqualTo((Queued, 2, 2)));
        await _bench.RunTaskAsync(run, "b");
        await _bench.RunTaskAsync(run, "c");
        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Success));
        var attempts = await _bench.Database.InTransactionAsync(tx => TaskAttemptTable.OfTaskInstanceAsync(tx, again.Id));
        Assert.That(attempts.Select(attempt => (attempt.TryNumber, attempt.State)), Is.EqualTo(new[] { (1, Success), (2, Success) }));
    }

    [Test]
    public async Task A_task_cleared_while_it_runs_is_restarted_when_its_attempt_has_ended()
    {
        await _bench.AddDagAsync("d", "a");
        var run = await _bench.TriggerAsync("d");
        var claim = (await _bench.ClaimAsync(run, "a"))!;
        await _bench.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("d", run.RunId, []), EngineBench.Actor, None);
        Assert.That((await _bench.TaskAsync(run, "a")).State, Is.EqualTo(Restarting));
        Assert.That((await _bench.Database.InTransactionAsync(tx => LeaseTable.RenewAsync(tx, [new Hold(claim.TaskInstance.Id, 1)], EngineBench.Lease))).Renewed, Is.Empty);

        Assert.That(await _bench.ReportAsync(claim, Success), Is.False);
        Assert.That(await _bench.ReportAsync(claim, UpForRetry, from: Restarting, nextRetryAt: _bench.Now), Is.True);

        var task = await _bench.TaskAsync(run, "a");
        Assert.That((task.State, task.TryNumber), Is.EqualTo((Queued, 2)));
    }

    [Test]
    public async Task A_failed_task_marked_success_lets_its_run_go_on()
    {
        await _bench.AddDagAsync("d", "a>b");
        var run = await _bench.TriggerAsync("d");
        await _bench.RunTaskAsync(run, "a", Failed);
        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Failed));

        await _bench.Get<MarkTaskInstance>().ExecuteAsync("d", run.RunId, "a", Success, EngineBench.Actor, None);
        await _bench.TickAsync();

        Assert.That(await _bench.StatesAsync(run), Is.EqualTo(new Dictionary<string, TaskState> { ["a"] = Success, ["b"] = Queued }));
        Assert.That(await KindAsync(() => _bench.Get<MarkTaskInstance>().ExecuteAsync("d", run.RunId, "a", Success, EngineBench.Actor, None)), Is.EqualTo(RefusalKind.Conflict));
    }

    [Test]
    public async Task A_running_task_marked_failed_refuses_its_workers_report()
    {
        await _bench.AddDagAsync("d", "a");
        var run = await _bench.TriggerAsync("d");
        var claim = (await _bench.ClaimAsync(run, "a"))!;

        await _bench.Get<MarkTaskInstance>().ExecuteAsync("d", run.RunId, "a", Failed, EngineBench.Actor, None);

        Assert.That(await _bench.ReportAsync(claim, Success), Is.False);
        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Failed));
        var attempt = (await _bench.Database.InTransactionAsync(tx => TaskAttemptTable.OfTaskInstanceAsync(tx, claim.TaskInstance.Id))).Single();
        Assert.That((attempt.State, attempt.Error), Is.EqualTo((Failed, "marked failed by ada")));
    }

    [Test]
    public async Task Retry_now_does_not_wait_for_the_delay()
    {
        await _bench.AddDagAsync("d", "a");
        var run = await _bench.TriggerAsync("d");
        var retry = _bench.Get<RetryNow>();
        Assert.That(await KindAsync(() => retry.ExecuteAsync("d", run.RunId, "a", EngineBench.Actor, None)), Is.EqualTo(RefusalKind.Conflict));
        await _bench.ReportAsync((await _bench.ClaimAsync(run, "a"))!, UpForRetry, nextRetryAt: _bench.Now.AddHours(1));
        _bench.Queue.Enqueued.Clear();

        Assert.That(await retry.PreviewAsync("d", run.RunId, "a", None), Is.EqualTo(new[] { new AffectedTask("d", run.RunId, "a", UpForRetry) }));
        await retry.ExecuteAsync("d", run.RunId, "a", EngineBench.Actor, None);

        Assert.That(_bench.Queue.Enqueued, Is.EqualTo(new[] { (await _bench.TaskAsync(run, "a")).Id }));
    }

    [Test]
    public async Task A_note_is_kept_changed_and_taken_away_and_one_too_long_is_refused()
    {
        await _bench.AddDagAsync("d", "a");
        var run = await _bench.TriggerAsync("d");
        var set = _bench.Get<SetRunNote>();

        await set.ExecuteAsync("d", run.RunId, " seen <b> ", EngineBench.Actor, None);
        Assert.That((await _bench.RunAsync(run.Id)).Note, Is.EqualTo("seen <b>"));
        Assert.That(await KindAsync(() => set.ExecuteAsync("d", run.RunId, new string('x', SetRunNote.MaxLength + 1), EngineBench.Actor, None)), Is.EqualTo(RefusalKind.Invalid));
        await set.ExecuteAsync("d", run.RunId, "", EngineBench.Actor, None);

        Assert.That((await _bench.RunAsync(run.Id)).Note, Is.Null);
    }

    [Test]
    public async Task The_first_admin_is_made_once_and_its_password_fits()
    {
        var users = _bench.Get<CreateUser>();
        var made = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => users.EnsureFirstAsync(null, None))));
        var password = made.Single(text => text is not null);

        Assert.That(await users.EnsureFirstAsync("other", None), Is.Null);
        var admin = await _bench.Database.InTransactionAsync(tx => UserTable.FindAsync(tx, CreateUser.FirstName));
        Assert.That(PasswordHash.Fits(password!, admin!.PasswordHash), Is.True);
        Assert.That(PasswordHash.Fits("other", admin.PasswordHash), Is.False);
        Assert.That(await KindAsync(() => users.ExecuteAsync("admin", "x", "viewer", false, EngineBench.Actor, None)), Is.EqualTo(RefusalKind.Conflict));
    }

    private static async Task<RefusalKind> KindAsync(Func<Task> operation) => (await Assert.ThrowsAsync<OperationException>(() => operation()))!.Kind;
}
