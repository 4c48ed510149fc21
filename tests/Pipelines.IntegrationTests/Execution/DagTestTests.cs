using Pipelines.Engine.Execution;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage.Dags;

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
        var state = await engine.Get<DagTest>().RunAsync(run, (task, line) => printed.Add($"{task}: {line.Message}"), default);

        Assert.That(state, Is.EqualTo(DagRunState.Failed));
        Assert.That(printed.Where(line => line.Contains("hello", StringComparison.Ordinal)), Is.EqualTo(new[] { "extract: hello from extract", "load: hello from load" }));
        Assert.That(printed, Does.Contain("load: no room"));
        Assert.That(engine.JobState(await engine.TaskAsync(run, "extract")), Is.EqualTo("Succeeded"));
        Assert.That((await engine.TaskAsync(run, "report")).State, Is.EqualTo(TaskState.UpstreamFailed));
    }
}
