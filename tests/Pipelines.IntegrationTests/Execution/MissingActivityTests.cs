using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>A task whose activity its worker does not know waits, since a plugin may be on its way there, and uses up no try.</summary>
public sealed class MissingActivityTests
{
    private static readonly TestTask Notify = new("tell") { Type = "Acme.Notify" };

    [Test]
    public async Task It_waits_a_minute_at_a_time_and_runs_when_the_plugin_is_there()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        engine.Get<ActivityCatalog>().SetPlugins([new Told()]);
        var run = await engine.StartRunAsync("sales", Notify);
        engine.Get<ActivityCatalog>().SetPlugins([]);
        var began = engine.Time.GetUtcNow();
        await engine.StartWorkerAsync();

        var task = await engine.UntilTaskIsAsync(run, "tell", TaskState.UpForReschedule);
        Assert.That((task.RescheduleDate, task.TryNumber), Is.EqualTo(((DateTimeOffset?)began.AddMinutes(1), 1)));
        Assert.That(await engine.LogAsync((await engine.AttemptsAsync(task)).Single()), Has.Some.Contains("does not know the activity 'Acme.Notify', so the task waits. Put its plugin into the plugins folder of every host"));

        engine.Get<ActivityCatalog>().SetPlugins([new Told()]);
        engine.Time.Advance(TimeSpan.FromMinutes(1));
        await engine.PlanAsync(run);
        task = await engine.UntilTaskIsAsync(run, "tell", TaskState.Success);
        Assert.That(task.TryNumber, Is.EqualTo(1));
    }

    [Test]
    public async Task So_it_does_where_the_worker_cannot_even_read_the_dag()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        engine.Get<ActivityCatalog>().SetPlugins([new Told()]);
        var run = await engine.StartRunAsync("sales", Notify);
        var began = engine.Time.GetUtcNow();
        var catalog = new ActivityCatalog([engine.Probe]);
        var another = new TaskRunner(
            engine.Database, catalog, new DagVersions(catalog), engine.Get<RunPlanning>(), engine.Get<ITaskQueue>(), new WorkerOptions { Name = "another" }, engine.Time,
            NullLogger<TaskRunner>.Instance);

        await another.RunAsync((await engine.TaskAsync(run, "tell")).Id, CancellationToken.None, CancellationToken.None);

        var task = await engine.TaskAsync(run, "tell");
        Assert.That((task.State, task.RescheduleDate, task.TryNumber), Is.EqualTo((TaskState.UpForReschedule, (DateTimeOffset?)began.AddMinutes(1), 1)));
        Assert.That(await engine.LogAsync((await engine.AttemptsAsync(task)).Single()), Has.Some.Contains("The activity type 'Acme.Notify' is not known.").And.Some.Contains("no try is used up"));

        engine.Time.Advance(TimeSpan.FromMinutes(1));
        await engine.PlanAsync(run);
        await engine.StartWorkerAsync();
        await engine.UntilTaskIsAsync(run, "tell", TaskState.Success);
    }

    private sealed class Told : IActivity
    {
        public ActivityDescriptor Descriptor { get; } = new("Acme.Notify", "Notify", "Acme", "Tells somebody.", [], [], ["Done"]);

        public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation) => Task.FromResult<Outcome>(new Outcome.Succeeded());
    }
}
