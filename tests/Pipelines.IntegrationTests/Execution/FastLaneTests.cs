using Hangfire;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Execution.Transport;
using Pipelines.Engine.Operations;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>A worker that has ended a task takes the next one itself; Hangfire's record of it is written behind.</summary>
public sealed class FastLaneTests
{
    private static readonly Outcome Done = new Outcome.Succeeded();

    [Test]
    public async Task A_child_starts_before_Hangfire_hears_of_it_and_its_job_is_what_Hangfire_would_have_made()
    {
        await using var engine = await TestEngine.StartAsync();
        var run = await engine.StartRunAsync("sales", new TestTask("first"), new TestTask("second"), new TestTask("third"));
        var third = await engine.UntilJobIsAsync(run, "third", "Succeeded");
        var first = await engine.UntilJobIsAsync(run, "first", "Succeeded");
        await engine.UntilJobIsAsync(run, "second", "Succeeded");

        Assert.That(await engine.Sql.ScalarAsync<long>("SELECT count(*) FROM hangfire.jobqueue WHERE fetchedat IS NULL"), Is.Zero);
        Assert.That(engine.History(third).Select(state => state.StateName), Does.Not.Contain("Enqueued"));
        Assert.That(engine.History(third)[^1].Data.Keys, Is.EquivalentTo(new[] { "SucceededAt", "PerformanceDuration", "Latency" }));
        const string shape = "SELECT statename || (invocationdata - 'Arguments')::text || (stateid = (SELECT max(id) FROM hangfire.state s WHERE s.jobid = j.id))::text || (expireat > now() + interval '9 years')::text FROM hangfire.job j WHERE id = ";
        Assert.That(await engine.Sql.ScalarAsync<string>(shape + third.HangfireJobId), Is.EqualTo(await engine.Sql.ScalarAsync<string>(shape + first.HangfireJobId)));
        Assert.That(await engine.Sql.ScalarAsync<string>("SELECT arguments::text FROM hangfire.job WHERE id = " + third.HangfireJobId), Is.EqualTo($"[\"{third.Id}\", null]"));
        Assert.That(engine.Get<JobStorage>().GetMonitoringApi().GetStatistics().Succeeded, Is.EqualTo(3));
        Assert.That((await engine.AttemptsAsync(third)).Single().HangfireJobId, Is.EqualTo(third.HangfireJobId));
    }

    [Test]
    public async Task A_long_task_shows_as_processing_and_is_stopped_when_it_is_cleared()
    {
        await using var engine = await TestEngine.StartAsync();
        var started = new TaskCompletionSource();
        engine.Probe.Does = (context, stop) => context.Key.TaskId == "first" || context.Token > 1 ? Task.FromResult(Done) : TaskJobTests.UntilStopped(started, stop);
        var run = await engine.StartRunAsync("sales", new TestTask("first"), new TestTask("second"));
        await started.Task;
        await engine.UntilJobIsAsync(run, "first", "Succeeded");
        await engine.UntilJobIsAsync(run, "second", "Processing");

        await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("sales", "manual__1", ["second"]), new Actor("ann", RunTriggeredBy.Ui), default);
        engine.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.That((await engine.UntilJobIsAsync(run, "second", "Succeeded")).TryNumber, Is.EqualTo(2));
    }

    [Test]
    public async Task A_failed_child_that_waits_for_its_retry_is_on_the_Retries_page()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = (context, _) => context.Key.TaskId == "second" ? throw new TaskFailure("no") : Task.FromResult(Done);
        var run = await engine.StartRunAsync("sales", new TestTask("first"), new TestTask("second", ("retries", "1"), ("retryDelay", "00:05:00")));

        var second = await engine.UntilJobIsAsync(run, "second", "Scheduled");

        Assert.That(engine.RetriesPage(), Is.EqualTo(new[] { second.HangfireJobId }));
        Assert.That(engine.History(second)[^1].Reason, Is.EqualTo("Retry attempt 2 of 2: no"));
    }

    [Test]
    public async Task A_child_of_a_queue_that_the_worker_does_not_serve_is_left_to_another()
    {
        await using var engine = await TestEngine.StartAsync();
        var run = await engine.StartRunAsync("sales", new TestTask("first"), new TestTask("second", ("queue", "elsewhere")));

        await engine.UntilJobIsAsync(run, "first", "Succeeded");
        await engine.UntilJobIsAsync(run, "second", "Enqueued");

        Assert.That((await engine.TaskAsync(run, "second")).Token, Is.Zero);
    }

    [Test]
    public async Task A_pool_of_one_slot_is_never_exceeded_and_a_worker_runs_no_more_tasks_than_it_has_threads()
    {
        await using var engine = await TestEngine.StartAsync();
        await engine.Sql.ExecuteAsync("INSERT INTO pipelines.pool (name, slots) VALUES ('narrow', 1)");
        int inPool = 0, mostInPool = 0, running = 0, most = 0;
        engine.Probe.Does = async (context, _) =>
        {
            var isNarrow = context.Key.DagId.StartsWith("narrow", StringComparison.Ordinal);
            Raise(ref most, Interlocked.Increment(ref running));
            if (isNarrow) Raise(ref mostInPool, Interlocked.Increment(ref inPool));
            await Task.Yield();
            if (isNarrow) Interlocked.Decrement(ref inPool);
            Interlocked.Decrement(ref running);
            return Done;
        };

        List<long> runs = [];
        foreach (var dag in new[] { "narrow_1", "narrow_2", "wide_1", "wide_2", "wide_3" })
            runs.Add(await engine.StartRunAsync(dag, [.. Enumerable.Range(0, 8).Select(number => new TestTask($"t{number}", ("pool", dag.StartsWith('n') ? "narrow" : "default_pool")))]));
        foreach (var run in runs) await engine.UntilTaskIsAsync(run, "t7", TaskState.Success);

        Assert.That(mostInPool, Is.EqualTo(1));
        Assert.That(most, Is.InRange(1, 2), "The worker has two threads.");
    }

    [Test]
    public async Task Who_waits_longest_of_the_highest_priority_is_taken_first_wherever_it_was_queued()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        var order = new System.Collections.Concurrent.ConcurrentQueue<string>();
        engine.Probe.Does = (context, _) =>
        {
            order.Enqueue($"{context.Key.DagId}.{context.Key.TaskId}");
            return Task.FromResult(Done);
        };
        var low = await engine.StartRunAsync("low", new TestTask("a", ("priorityWeight", "1")), new TestTask("b", ("priorityWeight", "1")));
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        var high = await engine.StartRunAsync("high", new TestTask("a", ("priorityWeight", "5")), new TestTask("b", ("priorityWeight", "5")));
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        var first = await engine.StartRunAsync("first", new TestTask("only"));
        var only = (await engine.TaskAsync(first, "only")).Id;
        // One thread, that begins with the task that was queued last.
        await engine.Sql.ExecuteAsync($"DELETE FROM hangfire.jobqueue WHERE jobid <> (SELECT hangfire_job_id::bigint FROM pipelines.task_instance WHERE id = {only})");

        await engine.StartWorkerAsync();
        await engine.UntilTaskIsAsync(low, "b", TaskState.Success);

        Assert.That(order, Is.EqualTo(new[] { "first.only", "high.a", "high.b", "low.a", "low.b" }));
        Assert.That((await engine.TaskAsync(high, "b")).State, Is.EqualTo(TaskState.Success));
    }

    [Test]
    public async Task A_thread_whose_task_was_taken_by_another_takes_one_in_exchange()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        var run = await engine.StartRunAsync("sales", new TestTask("taken"));
        var other = await engine.StartRunAsync("stock", new TestTask("waits"));
        await engine.Sql.ExecuteAsync($"DELETE FROM hangfire.jobqueue WHERE jobid = (SELECT hangfire_job_id::bigint FROM pipelines.task_instance WHERE dag_run_id = {other})");
        await engine.Sql.ExecuteAsync($"UPDATE pipelines.task_instance SET state = 'success', handed_at = NULL, end_date = now() WHERE dag_run_id = {run}");

        await engine.StartWorkerAsync();

        await engine.UntilTaskIsAsync(other, "waits", TaskState.Success);
    }

    [Test]
    public async Task A_record_that_a_dead_worker_did_not_write_is_written_by_the_tick()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        var run = await engine.StartRunAsync("sales", new TestTask("extract"));
        var extract = await EndUnrecordedAsync(engine, run, "extract");
        var before = engine.Time.GetUtcNow().AddMinutes(1);

        var missing = await engine.Database.InTransactionAsync(tx => HangfireJobTable.UnrecordedAsync(tx, 100, before, after: 0));
        await engine.Get<ITaskQueue>().RecordAsync(missing, default);

        Assert.That(missing, Is.EqualTo(new[] { extract.Id }));
        Assert.That(engine.JobState(await engine.TaskAsync(run, "extract")), Is.EqualTo("Succeeded"));
        Assert.That(await engine.Database.InTransactionAsync(tx => HangfireJobTable.UnrecordedAsync(tx, 100, before, after: 0)), Is.Empty);
    }

    [Test]
    public async Task A_record_that_the_database_refuses_is_said_and_set_aside_and_the_others_are_written()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        List<long> runs = [];
        foreach (var dagId in new[] { "first", "poison", "last" }) runs.Add(await engine.StartRunAsync(dagId, new TestTask("extract")));
        List<TaskInstance> tasks = [];
        foreach (var run in runs) tasks.Add(await EndUnrecordedAsync(engine, run, "extract"));
        await engine.Sql.ExecuteAsync($"ALTER TABLE hangfire.job ADD CONSTRAINT poison CHECK (arguments ->> 0 <> '{tasks[1].Id}') NOT VALID");

        foreach (var task in tasks) engine.Get<LateRecords>().Write(task.Id);

        await engine.UntilJobIsAsync(runs[0], "extract", "Succeeded");
        await engine.UntilJobIsAsync(runs[2], "extract", "Succeeded");
        Assert.That(await engine.Log.NextAsync(), Does.Contain("poison.extract").And.Contain("poison\"").And.Contain("tick"));
        await TickAsync(engine);
        await engine.Sql.ExecuteAsync("ALTER TABLE hangfire.job DROP CONSTRAINT poison");
        await TickAsync(engine);
        Assert.That(engine.JobState(await engine.TaskAsync(runs[1], "extract")), Is.EqualTo("Succeeded"));
        Assert.That(engine.Log.Rest(), Is.Empty, "said once");
    }

    /// <summary>What the tick does about records that are missing.</summary>
    private static async Task TickAsync(TestEngine engine)
    {
        var missing = await engine.Database.InTransactionAsync(tx => HangfireJobTable.UnrecordedAsync(tx, 100, engine.Time.GetUtcNow().AddMinutes(1), after: 0));
        await engine.Get<ITaskQueue>().RecordAsync(missing, default);
    }

    /// <summary>As a fast lane leaves it whose worker did not come to its record.</summary>
    private static async Task<TaskInstance> EndUnrecordedAsync(TestEngine engine, long run, string taskId)
    {
        var task = await engine.TaskAsync(run, taskId);
        await engine.Sql.ExecuteAsync(
            $"""
            UPDATE pipelines.task_instance SET hangfire_job_id = NULL, token = 1, state = 'success', handed_at = NULL, start_date = now(), end_date = '{engine.Time.GetUtcNow():O}' WHERE id = {task.Id}
            """);
        return task;
    }

    internal static void Raise(ref int most, int value)
    {
        for (var known = most; known < value && Interlocked.CompareExchange(ref most, value, known) != known; known = most)
        {
        }
    }
}
