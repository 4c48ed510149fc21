using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Engine;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>The life of a Hangfire job, from queueing to its end.</summary>
public sealed class TaskJobTests
{
    [Test]
    public async Task A_run_of_two_tasks_succeeds_and_the_first_wakes_the_second_without_a_tick()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = (context, _) => Task.FromResult<Outcome>(new Outcome.Succeeded(JsonValue.Create($"from {context.Key.TaskId}")));

        var run = await engine.StartRunAsync("sales", new TestTask("extract"), new TestTask("load"));
        var load = await engine.UntilJobIsAsync(run, "load", "Succeeded");

        var extract = await engine.UntilJobIsAsync(run, "extract", "Succeeded");
        Assert.That(extract.State, Is.EqualTo(TaskState.Success));
        Assert.That(load.State, Is.EqualTo(TaskState.Success));
        Assert.That(engine.History(extract).Select(state => state.StateName), Is.EqualTo(new[] { "Enqueued", "Processing", "Succeeded" }));
        Assert.That(await engine.Sql.ScalarAsync<string>("SELECT string_agg(value::text, ',' ORDER BY task_instance_id) FROM pipelines.xcom"), Is.EqualTo("\"from extract\",\"from load\""));
    }

    [Test]
    public async Task A_task_that_fails_twice_and_then_succeeds_is_one_job_that_waits_on_the_Retries_page_in_between()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = (context, _) => context.TryNumber < 3 ? throw new InvalidOperationException($"no. {context.TryNumber}") : Task.FromResult<Outcome>(new Outcome.Succeeded());

        var run = await engine.StartRunAsync("sales", new TestTask("extract", ("retries", "2"), ("retryDelay", "00:05:00")));
        var first = await engine.UntilJobIsAsync(run, "extract", "Scheduled");
        Assert.That(first.State, Is.EqualTo(TaskState.UpForRetry));
        Assert.That(engine.RetriesPage(), Is.EqualTo(new[] { first.HangfireJobId }));
        Assert.That(engine.History(first)[^1].Reason, Is.EqualTo("Retry attempt 2 of 3: InvalidOperationException: no. 1"));

        await engine.PlanAsync(run);
        Assert.That(engine.JobState(first), Is.EqualTo("Scheduled"), "Nothing moves it before its time.");
        engine.Time.Advance(TimeSpan.FromMinutes(6));
        await engine.PlanAsync(run);
        var second = await engine.UntilJobIsAsync(run, "extract", "Scheduled");
        Assert.That(engine.History(second)[^1].Reason, Is.EqualTo("Retry attempt 3 of 3: InvalidOperationException: no. 2"));

        engine.Time.Advance(TimeSpan.FromMinutes(6));
        await engine.PlanAsync(run);
        var third = await engine.UntilJobIsAsync(run, "extract", "Succeeded");
        Assert.That(third.HangfireJobId, Is.EqualTo(first.HangfireJobId));
        Assert.That(engine.RetriesPage(), Is.Empty);
        Assert.That(await engine.Sql.ScalarAsync<long>("SELECT count(*) FROM hangfire.job"), Is.EqualTo(1));
        Assert.That((await engine.AttemptsAsync(third)).Select(attempt => attempt.State), Is.EqualTo(new[] { TaskState.Failed, TaskState.Failed, TaskState.Success }));
    }

    [Test]
    public async Task A_failure_that_another_attempt_cannot_help_fails_at_once_with_its_message()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = (_, _) => throw new TaskFailure("The bucket 'x' does not exist. Create it.", retryable: false);

        var run = await engine.StartRunAsync("sales", new TestTask("extract", ("retries", "2")), new TestTask("load"));
        var extract = await engine.UntilJobIsAsync(run, "extract", "Failed");

        Assert.That(extract.State, Is.EqualTo(TaskState.Failed));
        Assert.That(extract.Error, Is.EqualTo("The bucket 'x' does not exist. Create it."));
        Assert.That(engine.History(extract)[^1].Data["ExceptionMessage"], Is.EqualTo(extract.Error));
        Assert.That((await engine.TaskAsync(run, "load")).State, Is.EqualTo(TaskState.UpstreamFailed));
    }

    [Test]
    public async Task A_task_that_decides_not_to_run_is_skipped_with_its_reason()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = (_, _) => Task.FromResult<Outcome>(new Outcome.Skipped("no new rows"));

        var run = await engine.StartRunAsync("sales", new TestTask("extract"));
        var extract = await engine.UntilJobIsAsync(run, "extract", "Succeeded");

        Assert.That(extract.State, Is.EqualTo(TaskState.Skipped));
        Assert.That(engine.History(extract)[^1].Reason, Is.EqualTo("no new rows"));
    }

    [Test]
    public async Task A_task_of_a_queue_with_a_name_that_Hangfire_refuses_is_run_by_a_worker_of_that_queue()
    {
        await using var engine = await TestEngine.StartAsync(options: new WorkerOptions { Queues = ["Big.Data_1"] });

        var run = await engine.StartRunAsync("sales", new TestTask("extract", ("queue", "Big.Data_1")));

        Assert.That((await engine.UntilJobIsAsync(run, "extract", "Succeeded")).State, Is.EqualTo(TaskState.Success));
    }

    [Test]
    public async Task An_attempt_that_runs_into_its_execution_timeout_is_stopped_and_retried()
    {
        await using var engine = await TestEngine.StartAsync();
        var started = new TaskCompletionSource();
        engine.Probe.Does = (_, stop) => UntilStopped(started, stop);

        var run = await engine.StartRunAsync("sales", new TestTask("extract", ("retries", "1"), ("executionTimeout", "00:01:00")));
        await started.Task;
        engine.Time.Advance(TimeSpan.FromSeconds(61));
        var extract = await engine.UntilJobIsAsync(run, "extract", "Scheduled");

        Assert.That(extract.State, Is.EqualTo(TaskState.UpForRetry));
        Assert.That(extract.Error, Does.StartWith("Stopped after 00:01:00, the task's execution timeout."));
    }

    [Test]
    public async Task A_worker_that_stops_hands_its_task_back_without_using_up_a_try()
    {
        await using var engine = await TestEngine.StartAsync(options: new WorkerOptions { StopGrace = TimeSpan.Zero });
        var started = new TaskCompletionSource();
        engine.Probe.Does = (_, stop) => UntilStopped(started, stop);

        var run = await engine.StartRunAsync("sales", new TestTask("extract"));
        await started.Task;
        await engine.StopWorkerAsync();

        var extract = await engine.TaskAsync(run, "extract");
        Assert.That(extract.State, Is.EqualTo(TaskState.Queued));
        Assert.That(extract.TryNumber, Is.EqualTo(1));
        Assert.That(engine.JobState(extract), Is.EqualTo("Enqueued"));
        Assert.That((await engine.AttemptsAsync(extract)).Single().Error, Does.StartWith("Handed back: worker test-worker-"));
    }

    [Test]
    public async Task A_task_that_is_cleared_while_it_runs_is_stopped_and_runs_again_in_the_same_job()
    {
        await using var engine = await TestEngine.StartAsync();
        var started = new TaskCompletionSource();
        engine.Probe.Does = (context, stop) => context.Token == 1 ? UntilStopped(started, stop) : Task.FromResult<Outcome>(new Outcome.Succeeded());

        var run = await engine.StartRunAsync("sales", new TestTask("extract"));
        await started.Task;
        var first = await engine.TaskAsync(run, "extract");
        await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("sales", "manual__1", ["extract"]), new Actor("ann", RunTriggeredBy.Ui), default);
        Assert.That((await engine.TaskAsync(run, "extract")).State, Is.EqualTo(TaskState.Restarting));
        engine.Time.Advance(TimeSpan.FromSeconds(10));

        var second = await engine.UntilJobIsAsync(run, "extract", "Succeeded");
        Assert.That(second.State, Is.EqualTo(TaskState.Success));
        Assert.That(second.HangfireJobId, Is.EqualTo(first.HangfireJobId));
        Assert.That((await engine.AttemptsAsync(second)).Select(attempt => (attempt.TryNumber, attempt.State)), Is.EqualTo(new[] { (1, TaskState.Failed), (2, TaskState.Success) }));
    }

    [Test]
    public async Task What_an_activity_does_when_it_is_stopped_keeps_no_other_lease_from_being_renewed()
    {
        await using var engine = await TestEngine.StartAsync(options: new WorkerOptions { Lease = TimeSpan.FromDays(1) });
        using var release = new ManualResetEventSlim();
        var (one, two, stuck) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        engine.Probe.Does = (context, stop) =>
        {
            if (context.Key.DagId == "cleared") stop.Register(() =>
            {
                stuck.TrySetResult();
                release.Wait(CancellationToken.None);
                throw new InvalidOperationException("and then it throws");
            });
            return UntilStopped(context.Key.DagId == "cleared" ? one : two, stop);
        };
        await engine.StartRunAsync("cleared", new TestTask("extract"));
        var other = await engine.StartRunAsync("other", new TestTask("extract"));
        await Task.WhenAll(one.Task, two.Task);

        await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("cleared", "manual__1", ["extract"]), new Actor("ann", RunTriggeredBy.Ui), default);
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        await stuck.Task;
        var lease = $"SELECT lease_until::text FROM pipelines.task_instance WHERE dag_run_id = {other}";
        var before = await engine.Sql.ScalarAsync<string>(lease);
        for (var tries = 0; await engine.Sql.ScalarAsync<string>(lease) == before; tries++)
        {
            Assert.That(tries, Is.LessThan(20_000), "The other lease is renewed.");
            engine.Time.Advance(TimeSpan.FromMilliseconds(100));
        }
        release.Set();
    }

    [Test]
    public async Task A_failure_whose_message_no_database_can_hold_is_reported_all_the_same()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = (_, _) => throw new TaskFailure("bad \0 byte and half a \uD83D") { Facts = [new("Value", "\0")] };

        var extract = await engine.UntilJobIsAsync(await engine.StartRunAsync("sales", new TestTask("extract")), "extract", "Failed");

        Assert.That(extract.Error, Is.EqualTo("bad \uFFFD byte and half a \uFFFD"));
        Assert.That((await engine.AttemptsAsync(extract)).Single().Facts.Single().Value, Is.EqualTo("\uFFFD"));
    }

    [Test]
    public async Task A_result_that_the_database_refuses_fails_the_attempt_and_uses_a_try()
    {
        await using var engine = await TestEngine.StartAsync();
        var runs = 0;
        engine.Probe.Does = (_, _) =>
        {
            runs++;
            return Task.FromResult<Outcome>(new Outcome.Succeeded(JsonValue.Create(7)));
        };
        await engine.Sql.ExecuteAsync("ALTER TABLE pipelines.xcom ADD CHECK (value::text <> '7')");
        var run = await engine.StartRunAsync("sales", new TestTask("extract"));

        // The pauses between two reports.
        for (var tries = 0; (await engine.TaskAsync(run, "extract")).State != TaskState.Failed; tries++)
        {
            Assert.That(tries, Is.LessThan(20_000), "It ends.");
            engine.Time.Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.That((await engine.TaskAsync(run, "extract")).Error, Does.StartWith("The attempt ended, but how it ended cannot be stored: "));
        Assert.That(runs, Is.EqualTo(1));
    }

    [Test]
    public async Task A_very_long_reason_for_a_skip_is_cut_in_the_log()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = (_, _) => Task.FromResult<Outcome>(new Outcome.Skipped(new string('x', 70_000)));

        var extract = await engine.UntilJobIsAsync(await engine.StartRunAsync("sales", new TestTask("extract")), "extract", "Succeeded");

        Assert.That(extract.State, Is.EqualTo(TaskState.Skipped));
        Assert.That((await engine.LogAsync((await engine.AttemptsAsync(extract)).Single()))[^1], Has.Length.EqualTo(10_000).And.EndsWith("…"));
    }

    [Test]
    public async Task A_zombie_that_comes_back_after_its_lease_ran_out_changes_nothing_and_its_log_says_so()
    {
        await using var engine = await TestEngine.StartAsync(options: new WorkerOptions { RenewEvery = TimeSpan.FromDays(1) });
        var started = new TaskCompletionSource();
        var released = new TaskCompletionSource<Outcome>();
        engine.Probe.Does = async (context, _) =>
        {
            started.SetResult();
            var outcome = await released.Task;
            context.Log(LogLevel.Info, "I am still here");
            return outcome;
        };

        var run = await engine.StartRunAsync("sales", new TestTask("extract", ("retries", "1")));
        await started.Task;
        await engine.Sql.ExecuteAsync("UPDATE pipelines.task_instance SET lease_until = now() - interval '1 second'");
        var leases = new LeaseExpiry(engine.Database, engine.Get<DagVersions>(), engine.Get<RunPlanning>(), new EngineSettings { WorkflowsFolder = "", LeaseGrace = TimeSpan.Zero }, NullLogger<LeaseExpiry>.Instance);
        await (await leases.EndLostAsync(engine.Time.GetUtcNow(), default)).HandOverAsync(engine.Get<ITaskQueue>());
        var lost = await engine.TaskAsync(run, "extract");
        Assert.That(lost.State, Is.EqualTo(TaskState.UpForRetry));
        Assert.That(engine.JobState(lost), Is.EqualTo("Scheduled"));

        released.SetResult(new Outcome.Succeeded(JsonValue.Create(1)));
        var attempt = (await engine.AttemptsAsync(lost)).Single();
        await engine.UntilAsync(async () => (await engine.LogAsync(attempt)).Any(line => line.StartsWith("Later lines of this attempt are refused", StringComparison.Ordinal)), "the log says that lines are refused");
        await engine.StopWorkerAsync();

        Assert.That(await engine.TaskAsync(run, "extract"), Is.EqualTo(lost));
        Assert.That(engine.JobState(lost), Is.EqualTo("Scheduled"));
        Assert.That(await engine.LogAsync(attempt), Has.None.EqualTo("I am still here"));
        Assert.That(await engine.Sql.ScalarAsync<long>("SELECT count(*) FROM pipelines.xcom"), Is.Zero);
    }

    [Test]
    public async Task Tasks_survive_the_loss_of_Hangfires_tables()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        var run = await engine.StartRunAsync("sales", new TestTask("extract"));
        var before = await engine.TaskAsync(run, "extract");
        await engine.Sql.ExecuteAsync("TRUNCATE hangfire.job, hangfire.jobqueue, hangfire.state, hangfire.set CASCADE");

        await engine.Get<ITaskQueue>().EnqueueAsync([before.Id], default);
        await engine.Get<ITaskQueue>().EnqueueAsync([before.Id], default);
        Assert.That(await engine.Sql.ScalarAsync<long>("SELECT count(*) FROM hangfire.jobqueue"), Is.EqualTo(1), "Handing over twice queues once.");
        await engine.StartWorkerAsync();

        Assert.That((await engine.UntilJobIsAsync(run, "extract", "Succeeded")).HangfireJobId, Is.Not.EqualTo(before.HangfireJobId));
    }

    [Test]
    public async Task A_job_that_fell_out_of_its_queue_is_put_back_by_the_next_hand_over()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        var run = await engine.StartRunAsync("sales", new TestTask("extract"));
        await engine.Sql.ExecuteAsync("DELETE FROM hangfire.jobqueue");

        await engine.Get<ITaskQueue>().EnqueueAsync([(await engine.TaskAsync(run, "extract")).Id], default);
        await engine.StartWorkerAsync();

        Assert.That((await engine.UntilJobIsAsync(run, "extract", "Succeeded")).State, Is.EqualTo(TaskState.Success));
    }

    internal static async Task<Outcome> UntilStopped(TaskCompletionSource started, CancellationToken stop)
    {
        started.TrySetResult();
        await Task.Delay(Timeout.Infinite, stop);
        throw new InvalidOperationException("unreachable");
    }
}
