using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>airflow-semantics.md §13: the state up_for_reschedule, through the engine. How a sensor decides is in the unit tests' SensorTests.</summary>
public sealed class SensorTests
{
    private static readonly Poke NotYet = new Poke.NotYet("nothing there");
    private static readonly Actor Person = new("ann", RunTriggeredBy.Ui);

    [Test]
    public async Task A_sensor_gives_its_slot_back_between_two_pokes_and_goes_on_with_its_try_and_its_log()
    {
        await using var engine = await TestEngine.StartAsync(threads: 1);
        await engine.Database.InTransactionAsync(tx => PoolTable.PutAsync(tx, "narrow", 1, null));
        var pokes = 0;
        engine.Sensor.Sees = _ => Task.FromResult(++pokes < 3 ? NotYet : new Poke.Done(JsonValue.Create(pokes)));
        var (pool, began) = (("pool", "narrow"), engine.Time.GetUtcNow());

        var run = await engine.StartRunAsync("sales", Waiting(pool), new TestTask("other", pool) { After = [] }, new TestTask("load") { After = ["wait"] });
        var wait = await engine.UntilJobIsAsync(run, "wait", "Scheduled");
        Assert.That((wait.State, wait.TryNumber, wait.RescheduleDate, wait.Reason), Is.EqualTo(
            (TaskState.UpForReschedule, 1, (DateTimeOffset?)began.AddMinutes(5), "waits for its next poke at 2026-01-02 00:05:00 UTC")));
        Assert.That(engine.History(wait)[^1].Reason, Is.EqualTo(wait.Reason));
        Assert.That((await engine.AttemptsAsync(wait)).Select(attempt => (attempt.State, attempt.EndDate)), Is.EqualTo(new[] { (TaskState.UpForReschedule, (DateTimeOffset?)null) }));
        await engine.UntilTaskIsAsync(run, "other", TaskState.Success);

        await PokeAfterAsync(engine, run, TimeSpan.FromMinutes(5), pokesBefore: () => pokes < 2);
        wait = await engine.UntilTaskIsAsync(run, "wait", TaskState.UpForReschedule);
        Assert.That((wait.RescheduleDate, wait.Token), Is.EqualTo(((DateTimeOffset?)began.AddMinutes(10), 2L)));
        await PokeAfterAsync(engine, run, TimeSpan.FromMinutes(5), pokesBefore: () => pokes < 3);
        await engine.UntilTaskIsAsync(run, "load", TaskState.Success);

        wait = await engine.UntilJobIsAsync(run, "wait", "Succeeded");
        Assert.That((wait.State, wait.TryNumber, wait.StartDate, wait.EndDate), Is.EqualTo((TaskState.Success, 1, (DateTimeOffset?)began, (DateTimeOffset?)began.AddMinutes(10))));
        var attempt = (await engine.AttemptsAsync(wait)).Single();
        Assert.That((attempt.State, attempt.StartDate, attempt.EndDate, attempt.Token), Is.EqualTo((TaskState.Success, began, (DateTimeOffset?)began.AddMinutes(10), 3L)));
        Assert.That((await engine.LogAsync(attempt)).Where(line => line is "Looks." or "Not yet: nothing there" || line.StartsWith("Marked ", StringComparison.Ordinal)), Is.EqualTo(new[]
        {
            "Looks.", "Not yet: nothing there", "Marked up_for_reschedule: waits for its next poke at 2026-01-02 00:05:00 UTC",
            "Looks.", "Not yet: nothing there", "Marked up_for_reschedule: waits for its next poke at 2026-01-02 00:10:00 UTC",
            "Looks.", "Marked success",
        }));
        Assert.That(await engine.Sql.ScalarAsync<string>("SELECT value::text FROM pipelines.xcom"), Is.EqualTo("3"));
    }

    [Test]
    public async Task A_long_log_of_a_poke_follows_that_of_the_poke_before()
    {
        await using var engine = await TestEngine.StartAsync();
        var pokes = 0;
        engine.Sensor.Sees = context =>
        {
            pokes++;
            for (var line = 0; line < 30; line++) context.Log(LogLevel.Info, $"{pokes}/{line} {new string('x', 9000)}");
            return Task.FromResult(pokes < 2 ? NotYet : new Poke.Done());
        };
        var run = await engine.StartRunAsync("sales", Waiting());
        await engine.UntilTaskIsAsync(run, "wait", TaskState.UpForReschedule);
        await PokeAfterAsync(engine, run, TimeSpan.FromMinutes(5), () => pokes < 2);
        var wait = await engine.UntilTaskIsAsync(run, "wait", TaskState.Success);
        Assert.That(
            (await engine.LogAsync((await engine.AttemptsAsync(wait)).Single())).Where(line => line.Contains("xxx", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]),
            Is.EqualTo(Enumerable.Range(1, 2).SelectMany(poke => Enumerable.Range(0, 30).Select(line => $"{poke}/{line}"))));
    }

    [Test]
    public async Task Its_timeout_counts_from_the_first_poke_over_retries_and_anew_after_a_clear()
    {
        await using var engine = await TestEngine.StartAsync();
        var pokes = 0;
        engine.Sensor.Sees = _ => ++pokes == 2 ? throw new InvalidOperationException("connection reset") : Task.FromResult(NotYet);
        var run = await engine.StartRunAsync("sales", Waiting(("timeout", "00:09:00"), ("retries", "3"), ("retryDelay", "00:05:00")));
        await engine.UntilTaskIsAsync(run, "wait", TaskState.UpForReschedule);
        await PokeAfterAsync(engine, run, TimeSpan.FromMinutes(5), () => pokes < 2);
        var wait = await engine.UntilTaskIsAsync(run, "wait", TaskState.UpForRetry);
        Assert.That(wait.Error, Is.EqualTo("InvalidOperationException: connection reset"));

        await PokeAfterAsync(engine, run, TimeSpan.FromMinutes(5), () => pokes < 3);
        wait = await engine.UntilTaskIsAsync(run, "wait", TaskState.Failed);
        Assert.That((wait.TryNumber, wait.Error), Is.EqualTo((2, "The sensor has looked for 00:10:00 since 2026-01-02 00:00:00 UTC, longer than its timeout of 00:09:00: nothing there. "
            + "Find out why it does not come, or raise 'timeout', then clear the task.")));
        Assert.That((await engine.AttemptsAsync(wait)).Select(attempt => (attempt.TryNumber, attempt.State)), Is.EqualTo(new[] { (1, TaskState.Failed), (2, TaskState.Failed) }));

        await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("sales", "manual__1", ["wait"]), Person, CancellationToken.None);
        await StartAgainAsync(engine, run);
        wait = await engine.UntilTaskIsAsync(run, "wait", TaskState.UpForReschedule);
        Assert.That((wait.TryNumber, wait.FirstReschedule), Is.EqualTo((3, (DateTimeOffset?)engine.Time.GetUtcNow())));
    }

    [Test]
    public async Task A_person_who_does_not_want_to_wait_has_it_poke_now()
    {
        await using var engine = await TestEngine.StartAsync();
        var pokes = 0;
        engine.Sensor.Sees = _ => Task.FromResult(++pokes < 2 ? NotYet : new Poke.Done());
        var run = await engine.StartRunAsync("sales", Waiting());
        await engine.UntilTaskIsAsync(run, "wait", TaskState.UpForReschedule);
        await engine.Get<RetryNow>().ExecuteAsync("sales", "manual__1", "wait", Person, CancellationToken.None);
        Assert.That((await engine.UntilTaskIsAsync(run, "wait", TaskState.Success)).TryNumber, Is.EqualTo(1));
    }

    [Test]
    public async Task What_ends_the_wait_from_outside_ends_the_attempt_too([Values] WaitEnd ends)
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Sensor.Sees = _ => Task.FromResult(NotYet);
        var run = await engine.StartRunAsync("sales", new TestTask("before"), Waiting() with { After = ["before"] });
        var wait = await engine.UntilTaskIsAsync(run, "wait", TaskState.UpForReschedule);
        switch (ends)
        {
            case WaitEnd.Cleared:
                // With the task before it, so that it does not poke at once.
                engine.Probe.Does = (_, _) => throw new TaskFailure("no", retryable: false);
                await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("sales", "manual__1", ["before", "wait"]), Person, CancellationToken.None);
                break;
            case WaitEnd.Marked:
                await engine.Get<MarkTaskInstance>().ExecuteAsync("sales", "manual__1", "wait", TaskState.Success, Person, CancellationToken.None);
                break;
            case WaitEnd.RunMarked:
                await engine.Get<MarkDagRun>().ExecuteAsync("sales", "manual__1", DagRunState.Failed, Person, CancellationToken.None);
                break;
            case WaitEnd.UpstreamFailed:
                engine.Probe.Does = (_, _) => throw new TaskFailure("no", retryable: false);
                await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("sales", "manual__1", ["before"]), Person, CancellationToken.None);
                await engine.UntilTaskIsAsync(run, "wait", TaskState.UpstreamFailed);
                break;
        }

        var attempt = (await engine.AttemptsAsync(wait)).Single();
        Assert.That(attempt.EndDate, Is.Not.Null);
        Assert.That(attempt.State, Is.EqualTo(ends == WaitEnd.Marked ? TaskState.Success : TaskState.Failed));
        Assert.That((await engine.TaskAsync(run, "wait")).RescheduleDate, Is.Null);
    }

    [Test]
    public async Task Cleared_while_it_pokes_it_begins_a_new_attempt()
    {
        await using var engine = await TestEngine.StartAsync();
        var (poking, mayEnd, pokes) = (new TaskCompletionSource(), new TaskCompletionSource(), 0);
        engine.Sensor.Sees = async _ =>
        {
            if (++pokes > 1) return new Poke.Done();
            poking.SetResult();
            await mayEnd.Task;
            return NotYet;
        };
        var run = await engine.StartRunAsync("sales", Waiting());
        await poking.Task;
        await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("sales", "manual__1", ["wait"]), Person, CancellationToken.None);
        mayEnd.SetResult();
        var wait = await engine.UntilTaskIsAsync(run, "wait", TaskState.Success);
        Assert.That((wait.TryNumber, wait.FirstReschedule), Is.EqualTo((2, (DateTimeOffset?)null)));
        Assert.That((await engine.AttemptsAsync(wait)).Select(attempt => attempt.State), Is.EqualTo(new[] { TaskState.Failed, TaskState.Success }));
    }

    [Test]
    public async Task A_sensor_with_softFail_that_runs_into_its_execution_timeout_is_skipped()
    {
        await using var engine = await TestEngine.StartAsync();
        var poking = new TaskCompletionSource();
        engine.Sensor.Sees = _ =>
        {
            poking.TrySetResult();
            return Task.FromResult(NotYet);
        };
        var run = await engine.StartRunAsync("sales", new TestTask("wait", ("softFail", "true"), ("executionTimeout", "00:00:30"), ("retries", "1")) { Type = "ProbeSensor" });
        await poking.Task;
        engine.Time.Advance(TimeSpan.FromSeconds(31));
        var wait = await engine.UntilTaskIsAsync(run, "wait", TaskState.Skipped);
        Assert.That(wait.Reason, Is.EqualTo("Skipped instead of failed since 'softFail' is set: it ran into its execution timeout"));
    }

    [Test]
    public async Task ExternalTaskSensor_sees_the_tasks_of_another_DAGs_run()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = (_, _) => throw new TaskFailure("no", retryable: false);
        var other = await engine.StartRunAsync("upstream", new TestTask("extract"), new TestTask("load"));
        await engine.UntilTaskIsAsync(other, "load", TaskState.UpstreamFailed);
        await engine.Sql.ExecuteAsync($"UPDATE pipelines.dag_run SET logical_date = '2026-01-01', interval_start = '2026-01-01', interval_end = '2026-01-02' WHERE id = {other}");

        var run = await engine.StartRunAsync("sales", new TestTask(
            "wait", ("externalDagId", "upstream"), ("externalTaskIds", """["load"]"""), ("executionDates", "2026-01-01"), ("failedStates", """["upstream_failed"]"""))
        { Type = "ExternalTaskSensor" });
        var wait = await engine.UntilTaskIsAsync(run, "wait", TaskState.Failed);
        Assert.That(wait.Error, Does.StartWith("task 'load' of run 'manual__1' of DAG 'upstream' is upstream_failed"));
    }

    [Test]
    public async Task ExternalTaskSensor_sees_a_task_group_of_the_version_that_the_other_run_uses()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = (context, _) => context.Key.TaskId == "orders" ? throw new TaskFailure("no", retryable: false) : Task.FromResult<Outcome>(new Outcome.Succeeded());
        var other = await engine.StartFileAsync("upstream", """
            { "definitionId": "upstream", "root": { "id": "f", "type": "Elsa.Flowchart", "connections": [], "activities": [
              { "id": "d", "type": "Pipelines.Dag" }, { "id": "t", "name": "other", "type": "Probe" },
              { "id": "g", "name": "load", "type": "Elsa.Flowchart", "prefixGroupId": false, "connections": [], "activities": [
                { "id": "o", "name": "orders", "type": "Probe" }, { "id": "i", "name": "items", "type": "Probe" } ] } ] } }
            """);
        await engine.UntilTaskIsAsync(other, "orders", TaskState.Failed);
        await engine.UntilTaskIsAsync(other, "items", TaskState.Success);
        await engine.Sql.ExecuteAsync($"UPDATE pipelines.dag_run SET logical_date = '2026-01-01', interval_start = '2026-01-01', interval_end = '2026-01-02' WHERE id = {other}");

        var run = await engine.StartRunAsync("sales", Wait("all", """["success", "failed"]"""), Wait("none", """["success"]""", ("failedStates", """["failed"]""")));
        await engine.UntilTaskIsAsync(run, "all", TaskState.Success);
        Assert.That((await engine.UntilTaskIsAsync(run, "none", TaskState.Failed)).Error, Does.StartWith("task 'orders' of run 'manual__1' of DAG 'upstream' is failed"));

        static TestTask Wait(string name, string allowed, params (string, string)[] more) => new(
            name, [("externalDagId", "upstream"), ("externalTaskGroupId", "load"), ("executionDates", "2026-01-01"), ("allowedStates", allowed), .. more])
        { Type = "ExternalTaskSensor", After = [] };
    }

    public enum WaitEnd
    {
        Cleared,
        Marked,
        RunMarked,
        UpstreamFailed,
    }

    private static TestTask Waiting(params (string Name, string Value)[] inputs) =>
        new("wait", [("mode", "reschedule"), ("pokeInterval", "00:05:00"), .. inputs]) { Type = "ProbeSensor", After = [] };

    private static async Task PokeAfterAsync(TestEngine engine, long run, TimeSpan time, Func<bool> pokesBefore)
    {
        await engine.PlanAsync(run);
        Assert.That(pokesBefore(), "Nothing pokes before its time.");
        engine.Time.Advance(time);
        await engine.PlanAsync(run);
        await engine.UntilAsync(() => Task.FromResult(!pokesBefore()), "it has poked");
    }

    /// <summary>What the scheduler does to a run that was queued again.</summary>
    private static async Task StartAgainAsync(TestEngine engine, long run)
    {
        await engine.Database.InTransactionAsync(tx => DagRunTable.StartAsync(tx, run, engine.Time.GetUtcNow()));
        await engine.PlanAsync(run);
    }
}
