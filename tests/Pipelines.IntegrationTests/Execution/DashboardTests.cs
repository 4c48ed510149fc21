using Hangfire;
using Hangfire.Dashboard;
using Pipelines.Engine.Execution;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>Hangfire's dashboard: its buttons do what ours do, and its pages tell the truth.</summary>
public sealed class DashboardTests
{
    [Test]
    public async Task Requeue_on_a_failed_job_clears_the_task_and_what_follows_and_the_same_job_runs_again()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = (context, _) => context.TryNumber == 1 && context.Key.TaskId == "extract" ? throw new TaskFailure("no") : Task.FromResult<Outcome>(new Outcome.Succeeded());
        var run = await engine.StartRunAsync("sales", new TestTask("extract"), new TestTask("load"));
        var failed = await engine.UntilJobIsAsync(run, "extract", "Failed");

        Assert.That(engine.DashboardClient().Requeue(failed.HangfireJobId), Is.True);
        Assert.That((await engine.TaskAsync(run, "extract")).State, Is.EqualTo(TaskState.None), "The run had ended; the scheduler starts it again.");
        Assert.That((await engine.TaskAsync(run, "load")).State, Is.EqualTo(TaskState.None));
        Assert.That(engine.JobState(failed), Is.EqualTo("Scheduled"));
        await engine.Database.InTransactionAsync(tx => DagRunTable.StartAsync(tx, run, engine.Time.GetUtcNow()));
        await engine.PlanAsync(run);

        await engine.UntilJobIsAsync(run, "load", "Succeeded");
        Assert.That((await engine.UntilJobIsAsync(run, "extract", "Succeeded")).HangfireJobId, Is.EqualTo(failed.HangfireJobId));
    }

    [Test]
    public async Task Enqueue_on_the_Retries_page_starts_the_next_attempt_now()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = (context, _) => context.TryNumber == 1 ? throw new TaskFailure("no") : Task.FromResult<Outcome>(new Outcome.Succeeded());
        var run = await engine.StartRunAsync("sales", new TestTask("extract", ("retries", "1")));
        var waiting = await engine.UntilJobIsAsync(run, "extract", "Scheduled");

        Assert.That(engine.DashboardClient().Requeue(waiting.HangfireJobId, "Scheduled"), Is.True);

        Assert.That((await engine.UntilJobIsAsync(run, "extract", "Succeeded")).TryNumber, Is.EqualTo(2));
    }

    [Test]
    public async Task Delete_on_a_waiting_job_marks_the_task_failed_and_the_run_goes_on()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = (_, _) => throw new TaskFailure("no");
        var run = await engine.StartRunAsync("sales", new TestTask("extract", ("retries", "1")), new TestTask("load"));
        var waiting = await engine.UntilJobIsAsync(run, "extract", "Scheduled");

        Assert.That(engine.DashboardClient().Delete(waiting.HangfireJobId), Is.True);

        var extract = await engine.TaskAsync(run, "extract");
        Assert.That(extract.State, Is.EqualTo(TaskState.Failed));
        Assert.That(engine.JobState(extract), Is.EqualTo("Failed"));
        Assert.That(engine.History(extract)[^1].Reason, Is.EqualTo("marked failed by Hangfire dashboard"));
        Assert.That(engine.RetriesPage(), Is.Empty);
        Assert.That((await engine.TaskAsync(run, "load")).State, Is.EqualTo(TaskState.UpstreamFailed));
    }

    [Test]
    public async Task Delete_on_a_running_job_stops_the_activity_at_once()
    {
        await using var engine = await TestEngine.StartAsync();
        var started = new TaskCompletionSource();
        var stopped = new TaskCompletionSource();
        engine.Probe.Does = async (_, stop) =>
        {
            started.SetResult();
            await using var registration = stop.Register(stopped.SetResult);
            return await TaskJobTests.UntilStopped(started, stop);
        };
        var run = await engine.StartRunAsync("sales", new TestTask("extract"));
        await started.Task;

        Assert.That(engine.DashboardClient().Delete((await engine.TaskAsync(run, "extract")).HangfireJobId), Is.True);
        await stopped.Task;
        await engine.StopWorkerAsync();

        var extract = await engine.TaskAsync(run, "extract");
        Assert.That(extract.State, Is.EqualTo(TaskState.Failed));
        Assert.That(engine.JobState(extract), Is.EqualTo("Failed"));
    }

    [Test]
    public async Task Requeue_does_not_help_a_task_past_the_planner()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        var run = await engine.StartRunAsync("sales", new TestTask("extract"));
        var queued = await engine.TaskAsync(run, "extract");
        await engine.Database.InTransactionAsync(tx => InterventionTable.ClearAsync(tx, new Dictionary<long, int> { [queued.Id] = 0 }, engine.Time.GetUtcNow()));
        await engine.Get<ITaskQueue>().RecordAsync([queued.Id], default);
        Assert.That(engine.JobState(queued), Is.EqualTo("Scheduled"));

        Assert.That(engine.DashboardClient().Requeue(queued.HangfireJobId), Is.False);

        Assert.That(engine.JobState(queued), Is.EqualTo("Scheduled"));
    }

    // Who clears a task tells Hangfire that it waits; meanwhile the scheduler may have queued it and told that.
    [Test]
    public async Task Two_who_tell_Hangfire_at_once_leave_it_with_what_is_stored()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        var run = await engine.StartRunAsync("sales", new TestTask("extract"));
        var task = await engine.TaskAsync(run, "extract");
        var queue = engine.Get<ITaskQueue>();
        for (var turn = 0; turn < 30; turn++)
        {
            await engine.Sql.ExecuteAsync($"UPDATE pipelines.task_instance SET state = 'failed', error = 'no', start_date = now(), end_date = now(), queued_at = NULL, handed_at = NULL WHERE id = {task.Id}");
            await queue.RecordAsync([task.Id], default);
            Assert.That(engine.JobState(task), Is.EqualTo("Failed"));

            await engine.Database.InTransactionAsync(tx => InterventionTable.ClearAsync(tx, new Dictionary<long, int> { [task.Id] = 0 }, engine.Time.GetUtcNow()));
            var clearing = Task.Run(() => queue.RecordAsync([task.Id], default));
            await Task.Run(async () =>
            {
                await engine.Sql.ExecuteAsync($"UPDATE pipelines.task_instance SET state = 'queued', queued_at = now(), handed_at = now(), start_date = NULL, end_date = NULL WHERE id = {task.Id}");
                await queue.EnqueueAsync([task.Id], default);
            });
            await clearing;

            Assert.That(engine.JobState(task), Is.EqualTo("Enqueued"), $"in turn {turn}");
        }
    }

    [Test]
    public async Task Jobs_are_shown_under_their_tasks_name_and_carry_only_the_id()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        var run = await engine.StartRunAsync("sales", new TestTask("extract"));
        var task = await engine.TaskAsync(run, "extract");

        using var connection = engine.Get<JobStorage>().GetConnection();
        var job = connection.GetJobData(task.HangfireJobId).Job;
        var name = (JobDisplayNameAttribute)job.Method.GetCustomAttributes(typeof(JobDisplayNameAttribute), false).Single();

        Assert.That(name.Format(new Dashboard(engine.Get<JobStorage>()), job), Is.EqualTo("sales.extract [manual__1]"));
        Assert.That(job.Args[0], Is.EqualTo(task.Id));
        Assert.That(await engine.Sql.ScalarAsync<string>("SELECT arguments::text FROM hangfire.job"), Is.EqualTo($"[\"{task.Id}\", null]"));
    }

    private sealed class Dashboard(JobStorage storage) : DashboardContext(storage, new DashboardOptions());
}
