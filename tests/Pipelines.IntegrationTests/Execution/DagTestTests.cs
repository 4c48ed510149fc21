using Pipelines.Engine.Execution;
using Pipelines.Engine.Operations;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Execution;

public sealed class DagTestTests
{
    [Test]
    public async Task A_paused_DAG_is_run_through_in_order_with_its_logs_and_without_any_worker()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        engine.Probe.Does = (context, _) =>
        {
            context.Log(LogLevel.Info, $"hello from {context.Key.TaskId}");
            return context.Key.TaskId == "load" ? throw new TaskFailure("no room") : Task.FromResult<Outcome>(new Outcome.Succeeded());
        };
        var run = await engine.StartRunAsync("sales", new TestTask("extract"), new TestTask("load"), new TestTask("report"));
        await engine.Database.InTransactionAsync(tx => DagTable.SetPausedAsync(tx, "sales", true));

        var printed = new List<string>();
        var state = await TestAsync(engine, run, (task, message) => printed.Add($"{task}: {message}"));

        Assert.That(state, Is.EqualTo(DagRunState.Failed));
        Assert.That(printed.Where(line => line.Contains("hello", StringComparison.Ordinal)), Is.EqualTo(new[] { "extract: hello from extract", "load: hello from load" }));
        Assert.That(printed, Does.Contain("load: no room"));
        Assert.That(engine.JobState(await engine.TaskAsync(run, "extract")), Is.EqualTo("Succeeded"));
        Assert.That((await engine.TaskAsync(run, "report")).State, Is.EqualTo(TaskState.UpstreamFailed));
    }

    [Test]
    public async Task An_interruption_stops_the_task_and_fails_the_run()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        using var interruption = new CancellationTokenSource();
        var wasStopped = false;
        engine.Probe.Does = async (_, stop) =>
        {
            await using var stopped = stop.Register(() => wasStopped = true);
            await interruption.CancelAsync();
            await Task.Delay(Timeout.Infinite, stop);
            throw new InvalidOperationException("not reached");
        };
        var run = await engine.StartRunAsync("sales", new TestTask("extract", ("retries", "3")), new TestTask("load"));

        var state = await TestAsync(engine, run, (_, _) => { }, interruption.Token);

        Assert.That((state, wasStopped), Is.EqualTo((DagRunState.Failed, true)));
        Assert.That((await engine.TaskAsync(run, "extract")).State, Is.EqualTo(TaskState.Failed));
        Assert.That((await engine.TaskAsync(run, "load")).State, Is.EqualTo(TaskState.Failed));
    }

    [Test]
    public async Task An_interruption_before_a_retry_fails_the_run()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        using var interruption = new CancellationTokenSource();
        engine.Probe.Does = (_, _) => throw new TaskFailure("no room");
        var run = await engine.StartRunAsync("sales", new TestTask("extract", ("retries", "3")));

        var state = await TestAsync(engine, run, (_, message) =>
        {
            if (message == "no room") interruption.Cancel();
        }, interruption.Token);

        Assert.That((state, (await engine.TaskAsync(run, "extract")).State), Is.EqualTo((DagRunState.Failed, TaskState.Failed)));
    }

    [Test]
    public async Task With_fail_fast_a_failure_stops_the_other_tasks_but_no_teardown([Values] bool paused)
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        engine.DagSettings["failFast"] = "true";
        engine.Probe.Does = (context, _) => context.Key.TaskId == "first" ? throw new TaskFailure("no room") : Task.FromResult<Outcome>(new Outcome.Succeeded());
        var run = await engine.StartRunAsync("sales",
            new TestTask("make", ("isSetup", "true")),
            new TestTask("first") { After = ["make"] }, new TestTask("second") { After = ["make"] }, new TestTask("third") { After = ["second"] },
            new TestTask("drop", ("isTeardown", "true")) { After = ["make", "first", "third"] });
        if (paused) await engine.Database.InTransactionAsync(tx => DagTable.SetPausedAsync(tx, "sales", true));

        var state = await TestAsync(engine, run, (_, _) => { });

        Assert.That(state, Is.EqualTo(DagRunState.Failed));
        Assert.That(await StatesAsync(engine, run), Is.EqualTo("drop success, first failed, make success, second skipped, third skipped"));
    }

    [Test]
    public async Task An_interruption_runs_the_teardowns_of_what_was_prepared()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        using var interruption = new CancellationTokenSource();
        var torn = false;
        engine.Probe.Does = async (context, stop) =>
        {
            if (context.Key.TaskId == "work")
            {
                await interruption.CancelAsync();
                await Task.Delay(Timeout.Infinite, stop);
            }

            torn |= context.Key.TaskId == "drop" && !stop.IsCancellationRequested;
            return new Outcome.Succeeded();
        };
        var run = await engine.StartRunAsync("sales", Prepared);

        var state = await TestAsync(engine, run, (_, _) => { }, interruption.Token);

        Assert.That((state, torn), Is.EqualTo((DagRunState.Failed, true)));
        Assert.That(await StatesAsync(engine, run), Is.EqualTo("drop success, later failed, make success, work failed"));
    }

    [Test]
    public async Task What_was_not_prepared_is_not_torn_down_after_an_interruption()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        using var interruption = new CancellationTokenSource();
        engine.Probe.Does = async (_, stop) =>
        {
            await interruption.CancelAsync();
            await Task.Delay(Timeout.Infinite, stop);
            return new Outcome.Succeeded();
        };
        var run = await engine.StartRunAsync("sales", Prepared);

        Assert.That(await TestAsync(engine, run, (_, _) => { }, interruption.Token), Is.EqualTo(DagRunState.Failed));
        Assert.That(await StatesAsync(engine, run), Is.EqualTo("drop upstream_failed, later failed, make failed, work failed"));
    }

    private static TestTask[] Prepared =>
    [
        new("make", ("isSetup", "true")), new("work"), new("later"), new("drop", ("isTeardown", "true")) { After = ["make", "later"] },
    ];

    private static async Task<string> StatesAsync(TestEngine engine, long run) => string.Join(", ",
        (await engine.Database.InTransactionAsync(tx => TaskInstanceTable.OfRunAsync(tx, run))).OrderBy(task => task.TaskId, StringComparer.Ordinal).Select(task => $"{task.TaskId} {StateNames.ToName(task.State)}"));

    /// <summary>What the verb <c>dags test</c> does with a run.</summary>
    internal static async Task<DagRunState> TestAsync(TestEngine engine, long runId, Action<string, string> print, CancellationToken interruption = default)
    {
        var run = (await engine.Database.InTransactionAsync(tx => DagRunQueries.FindAsync(tx, runId), CancellationToken.None))!;
        return await engine.Get<DagTest>().RunAsync(run, new Actor("tester", RunTriggeredBy.Test), (task, line) => print(task, line.Message), interruption);
    }
}
