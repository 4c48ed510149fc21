using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Engine;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>airflow-semantics.md §14, through the engine.</summary>
public sealed class DeferralTests
{
    private static readonly Actor Person = new("ann", RunTriggeredBy.Ui);

    [Test]
    public async Task A_deferred_task_holds_no_worker_and_no_slot_and_goes_on_where_it_left_off()
    {
        await using var engine = await TestEngine.StartAsync(threads: 1);
        await engine.Database.InTransactionAsync(tx => PoolTable.PutAsync(tx, "narrow", 1, null));
        var began = engine.Time.GetUtcNow();
        engine.Probe.Does = async (context, cancellation) =>
        {
            if (context.Key.TaskId == "other") return new Outcome.Succeeded();
            context.Log(LogLevel.Info, context.Resumption is { } resumed ? $"goes on: {resumed.End}, {resumed.NextKwargs.ToJsonString()}" : "begins");
            if (context.Resumption is not null) return new Outcome.Succeeded(await context.XCom.PullAsync("wait", "job", cancellation));
            await context.XCom.PushAsync("job", JsonValue.Create("j-1"), cancellation);
            return new Outcome.Deferred(Trigger.At(context.Time.GetUtcNow().AddHours(1)), "the job runs") { NextKwargs = new JsonObject { ["job"] = "j-1" } };
        };
        var run = await engine.StartRunAsync("sales", new TestTask("wait", ("pool", "narrow")), new TestTask("other", ("pool", "narrow")) { After = [] }, new TestTask("load") { After = ["wait"], Type = "ProbeSensor" });
        var wait = await engine.UntilJobIsAsync(run, "wait", "Scheduled");
        Assert.That((wait.State, wait.TryNumber, wait.Reason), Is.EqualTo((TaskState.Deferred, 1, "deferred: the job runs")));
        await engine.UntilTaskIsAsync(run, "other", TaskState.Success);

        await TickAsync(engine, TimeSpan.FromMinutes(59));
        Assert.That((await engine.TaskAsync(run, "wait")).State, Is.EqualTo(TaskState.Deferred), "Nothing fires before its moment.");
        await TickAsync(engine, TimeSpan.FromMinutes(1));
        await engine.UntilTaskIsAsync(run, "load", TaskState.Success);

        wait = await engine.UntilJobIsAsync(run, "wait", "Succeeded");
        Assert.That((wait.TryNumber, wait.StartDate, wait.EndDate), Is.EqualTo((1, (DateTimeOffset?)began, (DateTimeOffset?)began.AddHours(1))));
        var attempt = (await engine.AttemptsAsync(wait)).Single();
        Assert.That((await engine.LogAsync(attempt)).Where(line => line is "begins" || line.StartsWith("goes on", StringComparison.Ordinal) || line.StartsWith("Marked", StringComparison.Ordinal)), Is.EqualTo(new[]
        {
            "begins", "Marked deferred: the job runs", "goes on: Fired, {\"job\":\"j-1\"}", "Marked success",
        }));
        Assert.That(await engine.Sql.ScalarAsync<string>($"SELECT value::text FROM pipelines.xcom WHERE task_instance_id = {wait.Id} AND key = 'return_value'"), Is.EqualTo("\"j-1\""));
        Assert.That(await TriggersAsync(engine), Is.Zero);
    }

    [TestCase(null, TaskState.Deferred)]
    [TestCase("true", TaskState.Deferred)]
    [TestCase("false", TaskState.UpForReschedule)]
    public async Task By_default_sensors_that_say_nothing_are_deferrable_where_the_installation_says_so(string? deferrable, TaskState state)
    {
        await using var engine = await TestEngine.StartAsync(defaultDeferrable: true);
        engine.Sensor.Sees = _ => Task.FromResult<Poke>(new Poke.NotYet("nothing there"));
        (string, string)[] inputs = [("mode", "reschedule"), .. deferrable is null ? Array.Empty<(string, string)>() : [("deferrable", deferrable)]];
        var run = await engine.StartRunAsync("sales", new TestTask("wait", inputs) { Type = "ProbeSensor" });
        await engine.UntilTaskIsAsync(run, "wait", state);
    }

    [Test]
    public async Task A_deferrable_sensor_is_looked_at_by_any_scheduler_and_nothing_of_its_wait_is_kept_in_a_process()
    {
        await using var engine = await TestEngine.StartAsync();
        Poke seen = new Poke.NotYet("nothing there");
        engine.Sensor.Sees = _ => Task.FromResult(seen);
        var run = await engine.StartRunAsync("sales", Waiting());
        var wait = await engine.UntilTaskIsAsync(run, "wait", TaskState.Deferred);
        await TickAsync(engine, TimeSpan.FromMinutes(5));
        Assert.That(await TriggersAsync(engine), Is.EqualTo(1));

        seen = new Poke.Done(JsonValue.Create("day.csv"));
        engine.Time.Advance(TimeSpan.FromMinutes(4));
        var another = new Triggerer(engine.Database, engine.Get<ActivityCatalog>(), engine.Get<DagVersions>(), engine.Get<RunPlanning>(), engine.Get<EngineSettings>(), engine.Time, NullLogger<Triggerer>.Instance);
        await another.TickAsync(engine.Get<ITaskQueue>(), CancellationToken.None);
        Assert.That((await engine.TaskAsync(run, "wait")).State, Is.EqualTo(TaskState.Deferred), "It looks each interval.");
        engine.Time.Advance(TimeSpan.FromMinutes(1));
        await another.TickAsync(engine.Get<ITaskQueue>(), CancellationToken.None);
        wait = await engine.UntilTaskIsAsync(run, "wait", TaskState.Success);
        Assert.That(await engine.Sql.ScalarAsync<string>("SELECT value::text FROM pipelines.xcom"), Is.EqualTo("\"day.csv\""));
        Assert.That((await engine.LogAsync((await engine.AttemptsAsync(wait)).Single())).Count(line => line == "Looks."), Is.EqualTo(3));
    }

    [Test]
    public async Task What_a_triggerer_that_died_had_taken_is_taken_again()
    {
        await using var engine = await TestEngine.StartAsync();
        Poke seen = new Poke.NotYet("nothing there");
        engine.Sensor.Sees = _ => Task.FromResult(seen);
        var run = await engine.StartRunAsync("sales", Waiting());
        await engine.UntilTaskIsAsync(run, "wait", TaskState.Deferred);
        engine.Time.Advance(TimeSpan.FromMinutes(5));
        var now = engine.Time.GetUtcNow();
        var taken = await engine.Database.InTransactionAsync(tx => TriggerTable.TakeAsync(tx, 10, now, now + TimeSpan.FromMinutes(1)));
        Assert.That(taken, Has.Count.EqualTo(1));

        seen = new Poke.Done();
        await TickAsync(engine, TimeSpan.FromSeconds(59));
        Assert.That((await engine.TaskAsync(run, "wait")).State, Is.EqualTo(TaskState.Deferred));
        await TickAsync(engine, TimeSpan.FromSeconds(1));
        await engine.UntilTaskIsAsync(run, "wait", TaskState.Success);
    }

    [TestCase("false", TaskState.Failed, "The sensor has waited longer than its timeout of 00:30:00.")]
    [TestCase("true", TaskState.Skipped, "Skipped instead of failed since 'softFail' is set: it has waited longer than its timeout of 00:30:00")]
    public async Task A_wait_that_takes_too_long_resumes_into_a_timeout_which_is_not_retried(string softFail, TaskState state, string words)
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Sensor.Sees = _ => Task.FromResult<Poke>(new Poke.NotYet("nothing there"));
        var run = await engine.StartRunAsync("sales", Waiting(("timeout", "00:30:00"), ("pokeInterval", "02:00:00"), ("softFail", softFail), ("retries", "2")));
        await engine.UntilTaskIsAsync(run, "wait", TaskState.Deferred);
        await TickAsync(engine, TimeSpan.FromMinutes(30));
        var wait = await engine.UntilTaskIsAsync(run, "wait", state);
        Assert.That(wait.Error, Does.StartWith(words));
    }

    [Test]
    public async Task A_trigger_that_fails_resumes_into_the_failure_and_the_next_try_begins_anew()
    {
        await using var engine = await TestEngine.StartAsync();
        var pokes = 0;
        engine.Sensor.Sees = _ => ++pokes switch
        {
            1 => Task.FromResult<Poke>(new Poke.NotYet("nothing there")),
            2 => throw new InvalidOperationException("connection reset"),
            _ => Task.FromResult<Poke>(new Poke.Done()),
        };
        var run = await engine.StartRunAsync("sales", Waiting(("retries", "1"), ("retryDelay", "60")));
        await engine.UntilTaskIsAsync(run, "wait", TaskState.Deferred);
        await TickAsync(engine, TimeSpan.FromMinutes(5));
        var wait = await engine.UntilTaskIsAsync(run, "wait", TaskState.UpForRetry);
        Assert.That(wait.Error, Is.EqualTo("InvalidOperationException: connection reset"));
        Assert.That(await TriggersAsync(engine), Is.Zero);
        engine.Time.Advance(TimeSpan.FromMinutes(1));
        await engine.PlanAsync(run);
        Assert.That((await engine.UntilTaskIsAsync(run, "wait", TaskState.Success)).TryNumber, Is.EqualTo(2));
    }

    [Test]
    public async Task A_worker_that_stops_hands_a_resumed_task_back_and_the_next_one_resumes_it_again()
    {
        await using var engine = await TestEngine.StartAsync(options: new WorkerOptions { StopGrace = TimeSpan.Zero });
        var (resumed, starts) = (new TaskCompletionSource(), 0);
        engine.Probe.Does = async (context, stop) =>
        {
            if (context.Resumption is null)
            {
                starts++;
                return new Outcome.Deferred(Trigger.At(context.Time.GetUtcNow()), "the job runs");
            }

            if (resumed.TrySetResult()) await Task.Delay(Timeout.Infinite, stop);
            return new Outcome.Succeeded();
        };
        var run = await engine.StartRunAsync("sales", new TestTask("wait"));
        await engine.UntilTaskIsAsync(run, "wait", TaskState.Deferred);
        await TickAsync(engine, TimeSpan.Zero);
        await resumed.Task;
        await engine.StopWorkerAsync();
        await engine.PlanAsync(run);
        var another = new TaskRunner(
            engine.Database, engine.Get<ActivityCatalog>(), engine.Get<DagVersions>(), engine.Get<RunPlanning>(), engine.Get<ITaskQueue>(), new WorkerOptions { Name = "another" }, engine.Time,
            NullLogger<TaskRunner>.Instance);
        await another.RunAsync((await engine.TaskAsync(run, "wait")).Id, CancellationToken.None, CancellationToken.None);
        Assert.That((await engine.TaskAsync(run, "wait")).State, Is.EqualTo(TaskState.Success));
        Assert.That(starts, Is.EqualTo(1), "What it had started is not started again.");
    }

    [Test]
    public async Task Who_clears_or_marks_a_deferred_task_ends_its_wait([Values] bool clears)
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Sensor.Sees = _ => Task.FromResult<Poke>(new Poke.NotYet("nothing there"));
        var run = await engine.StartRunAsync("sales", Waiting());
        await engine.UntilTaskIsAsync(run, "wait", TaskState.Deferred);
        engine.Sensor.Sees = _ => Task.FromResult<Poke>(new Poke.Done());
        if (clears) await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("sales", "manual__1", ["wait"]), Person, CancellationToken.None);
        else await engine.Get<MarkTaskInstance>().ExecuteAsync("sales", "manual__1", "wait", TaskState.Success, Person, CancellationToken.None);
        var wait = await engine.UntilTaskIsAsync(run, "wait", TaskState.Success);
        Assert.That((await TriggersAsync(engine), wait.TryNumber), Is.EqualTo((0L, clears ? 2 : 1)));
        Assert.That((await engine.AttemptsAsync(wait)).Select(attempt => attempt.EndDate), Has.All.Not.Null);
    }

    private static TestTask Waiting(params (string Name, string Value)[] inputs) =>
        new("wait", [("deferrable", "true"), .. inputs, .. inputs.Any(input => input.Name == "pokeInterval") ? [] : new[] { ("pokeInterval", "00:05:00") }]) { Type = "ProbeSensor" };

    private static async Task TickAsync(TestEngine engine, TimeSpan time)
    {
        engine.Time.Advance(time);
        await engine.Get<Triggerer>().TickAsync(engine.Get<ITaskQueue>(), CancellationToken.None);
    }

    private static Task<long> TriggersAsync(TestEngine engine) => engine.Sql.ScalarAsync<long>("SELECT count(*) FROM pipelines.trigger");
}
