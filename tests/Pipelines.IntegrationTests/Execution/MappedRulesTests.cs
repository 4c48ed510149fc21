using System.Text.Json.Nodes;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>Mapped tasks with what other sections know: outlets (§17), reschedule and deferral (§13, §14), setups (§9), through the real engine.</summary>
public sealed class MappedRulesTests
{
    [Test]
    public async Task Each_instance_updates_the_outlets_under_its_map_index()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = (context, _) => Task.FromResult<Outcome>(context.Key.MapIndex == 1 ? new Outcome.Skipped("nothing came") : new Outcome.Succeeded());
        var run = await engine.StartRunAsync("sales", new TestTask("load", ("expand", """{"text": ["a", "b", "c"]}"""), ("outlets", """["orders"]""")), new TestTask("end", ("triggerRule", "all_done")));
        await engine.UntilTaskIsAsync(run, "end", TaskState.Success);
        Assert.That(
            await engine.Sql.ScalarAsync<string[]>("SELECT array_agg(source_task_id || ' ' || source_map_index ORDER BY source_map_index) FROM pipelines.asset_event"),
            Is.EqualTo(new[] { "load 0", "load 2" }));
    }

    [TestCase("mode", "reschedule", TaskState.UpForReschedule)]
    [TestCase("deferrable", "true", TaskState.Deferred)]
    public async Task A_sensor_that_waits_goes_on_with_its_index_its_try_and_its_value(string name, string value, TaskState waiting)
    {
        await using var engine = await TestEngine.StartAsync();
        var there = false;
        engine.Sensor.Sees = context => Task.FromResult<Poke>(there || context.Key.MapIndex == 0 ? new Poke.Done(JsonValue.Create($"{context.Key.MapIndex} {context.Inputs.Required("timeout")}")) : new Poke.NotYet("nothing there"));
        var run = await engine.StartRunAsync("sales",
            new TestTask("wait", ("expand", """{"timeout": ["01:00:00", "02:00:00", "03:00:00"]}"""), (name, value), ("pokeInterval", "00:05:00")) { Type = "ProbeSensor" },
            new TestTask("report", ("text", "{{ ti.xcom_pull('wait') | join(' ') }}")));
        await engine.UntilAsync(async () => (await WaitsAsync(engine, run)).Select(task => task.State).SequenceEqual([TaskState.Success, waiting, waiting]), "two wait");
        Assert.That((await engine.TaskAsync(run, "report")).Reason, Is.EqualTo("waits for wait[1], wait[2]"));

        there = true;
        engine.Time.Advance(TimeSpan.FromMinutes(5));
        await engine.PlanAsync(run);
        await engine.Get<Triggerer>().TickAsync(engine.Get<Pipelines.Engine.Execution.ITaskQueue>(), CancellationToken.None);
        var report = await engine.UntilTaskIsAsync(run, "report", TaskState.Success);
        Assert.That((await engine.AttemptsAsync(report)).Single().RenderedInputs, Does.Contain("0 01:00:00 1 02:00:00 2 03:00:00"));
        Assert.That((await WaitsAsync(engine, run)).Select(task => (task.MapIndex, task.TryNumber)), Is.EqualTo(new[] { (0, 1), (1, 1), (2, 1) }));
    }

    [Test]
    public async Task A_mapped_setup_prepares_for_each_and_the_teardown_comes_after_all_of_the_work()
    {
        await using var engine = await TestEngine.StartAsync();
        var seen = new List<string>();
        engine.Probe.Does = (context, _) =>
        {
            lock (seen) seen.Add(TaskInstance.NameOf(context.Key.TaskId, context.Key.MapIndex));
            return context.Key is { TaskId: "load", MapIndex: 0 } ? throw new TaskFailure("no", retryable: false) : Task.FromResult<Outcome>(new Outcome.Succeeded());
        };
        var run = await engine.StartRunAsync("sales",
            new TestTask("prepare", ("expand", """{"text": ["a", "b"]}"""), ("isSetup", "true")), new TestTask("load", ("expand", """{"text": ["a", "b"]}""")),
            new TestTask("tidy", ("expand", """{"text": ["a", "b"]}"""), ("isTeardown", "true")) { After = ["load", "prepare"] });
        await engine.UntilAsync(async () => await engine.Sql.ScalarAsync<string>($"SELECT state FROM pipelines.dag_run WHERE id = {run}") == "failed", "the run has ended");
        Assert.That(seen.Chunk(2).Select(pair => string.Join(' ', pair.Order())), Is.EqualTo(new[] { "prepare[0] prepare[1]", "load[0] load[1]", "tidy[0] tidy[1]" }));
    }

    private static async Task<IReadOnlyList<TaskInstance>> WaitsAsync(TestEngine engine, long run) =>
        await engine.Database.InTransactionAsync(tx => TaskInstanceTable.OfTaskAsync(tx, run, "wait"));
}
