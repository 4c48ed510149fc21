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

    /// <summary>What the verb <c>dags test</c> does with a run.</summary>
    internal static async Task<DagRunState> TestAsync(TestEngine engine, long runId, Action<string, string> print, CancellationToken interruption = default)
    {
        var run = (await engine.Database.InTransactionAsync(tx => DagRunQueries.FindAsync(tx, runId), CancellationToken.None))!;
        return await engine.Get<DagTest>().RunAsync(run, new Actor("tester", RunTriggeredBy.Test), (task, line) => print(task, line.Message), interruption);
    }
}
