using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Engine;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Execution.Transport;
using Pipelines.IntegrationTests.Execution;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.IntegrationTests.Cornered;

/// <summary>A worker that is told to stop: its running tasks may end, and what has not ended in time goes back to the queue.</summary>
public sealed class StopGraceTests
{
    [Test]
    public async Task A_task_that_ends_within_the_grace_has_succeeded_as_if_nothing_were()
    {
        await using var engine = await TestEngine.StartAsync();
        var (started, end) = (new TaskCompletionSource(), new TaskCompletionSource<Outcome>());
        engine.Probe.Does = (_, stop) =>
        {
            started.TrySetResult();
            return end.Task.WaitAsync(stop);
        };
        var run = await engine.StartRunAsync("sales", new TestTask("extract"), new TestTask("load"));
        await started.Task;

        var stopping = engine.StopWorkerAsync();
        await engine.UntilAsync(async () => (await LogAsync(engine, run)).Contains("is stopping; the task may go on for 00:00:20"), "the task's log tells of the stop");
        end.SetResult(new Outcome.Succeeded());
        await stopping;

        Assert.That((await engine.TaskAsync(run, "extract")).State, Is.EqualTo(TaskState.Success));
        var load = await engine.TaskAsync(run, "load");
        Assert.That((load.State, engine.JobState(load)), Is.EqualTo((TaskState.Queued, "Enqueued")), "The next task is for another worker.");
    }

    [Test]
    public async Task A_task_that_takes_longer_is_handed_back_and_another_worker_goes_on_with_the_same_try()
    {
        await using var engine = await TestEngine.StartAsync();
        var started = new TaskCompletionSource();
        engine.Probe.Does = (_, stop) => TaskJobTests.UntilStopped(started, stop);
        var run = await engine.StartRunAsync("sales", new TestTask("extract"));
        await started.Task;

        var stopping = engine.StopWorkerAsync();
        await engine.UntilAsync(async () => (await LogAsync(engine, run)).Contains("is stopping"), "the task's log tells of the stop");
        engine.Time.Advance(TimeSpan.FromSeconds(21));
        await stopping;
        var handedBack = await engine.TaskAsync(run, "extract");
        engine.Probe.Does = (_, _) => Task.FromResult<Outcome>(new Outcome.Succeeded());
        using var other = new Worker(engine.Get<TransportStorage>(), engine.Get<TaskRunner>(), engine.Get<WorkerEnd>(), engine.Get<WorkerOptions>() with { Name = "other" }, engine.Get<Pulse>(), NullLogger<Worker>.Instance);
        await other.StartAsync(default);
        var extract = await engine.UntilJobIsAsync(run, "extract", "Succeeded");

        Assert.That((handedBack.State, handedBack.TryNumber), Is.EqualTo((TaskState.Queued, 1)));
        Assert.That((extract.State, extract.TryNumber, extract.HangfireJobId), Is.EqualTo((TaskState.Success, 1, handedBack.HangfireJobId)));
        await other.StopAsync(default);
    }

    private static async Task<string> LogAsync(TestEngine engine, long run) =>
        string.Join('\n', await engine.LogAsync((await engine.AttemptsAsync(await engine.TaskAsync(run, "extract"))).Single()));
}
