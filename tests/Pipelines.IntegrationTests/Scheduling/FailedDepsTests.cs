using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary><c>tasks failed-deps</c> (airflow-semantics.md §28) and the stored reason, which say the same.</summary>
public class FailedDepsTests
{
    private const string Paused = "the DAG is paused: unpause it to let its runs go on";

    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task Every_unmet_condition_is_said_and_stored()
    {
        await _bench.AddDagAsync("d", "a>b", taskId => taskId == "b" ? [("dependsOnPast", "true")] : [], ("schedule", "@daily"), ("startDate", "2026-01-09"), ("catchup", "true"));
        await _bench.TickAsync();
        var runs = (await _bench.RunsAsync("d")).OrderBy(run => run.LogicalDate).ToList();
        await _bench.Get<SetDagPaused>().ExecuteAsync("d", true, EngineBench.Actor, CancellationToken.None);
        await _bench.TickAsync();

        string[] expected = ["waits for a", $"depends_on_past: waits for 'b' of the run before, {runs[0].RunId}, where it has not started", Paused];
        Assert.That((await OfAsync(runs[1], "b")).Unmet, Is.EqualTo(expected));
        Assert.That((await _bench.TaskAsync(runs[1], "b")).Reason, Is.EqualTo(string.Join("; ", expected)));
    }

    [Test]
    public async Task A_retry_a_slot_and_a_worker_are_waited_for()
    {
        await _bench.Database.InTransactionAsync(tx => PoolTable.PutAsync(tx, "one", 1, null));
        await _bench.AddDagAsync("d", "a b c", taskId => taskId == "c" ? [("retries", "1")] : [("pool", "one")]);
        var run = await _bench.TriggerAsync("d");
        await _bench.ReportAsync((await _bench.ClaimAsync(run, "c"))!, UpForRetry, nextRetryAt: _bench.Now.AddMinutes(5));
        Assert.That((await OfAsync(run, "a")).Unmet, Is.EqualTo(new[] { "queued: waits for a worker of queue 'default'" }));
        Assert.That((await OfAsync(run, "b")).Unmet, Is.EqualTo(new[] { "waits for a slot of pool 'one' (1 of 1 taken)" }));
        Assert.That((await OfAsync(run, "c")).Unmet.Single(), Does.StartWith("waits for its retry at 2026-01-10 12:05:00 UTC"));

        _bench.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.That((await OfAsync(run, "c")).Unmet, Is.Empty, "the planner is asked anew");
    }

    [Test]
    public async Task A_queued_run_holds_its_tasks_and_what_holds_the_run_is_said()
    {
        await _bench.AddDagAsync("d", "a", ("maxActiveRuns", "1"));
        var first = await _bench.TriggerAsync("d");
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        var second = await _bench.TriggerAsync("d");
        Assert.That((await OfAsync(second, "a")).Unmet, Is.EqualTo(new[]
        {
            "waits for its run, which is queued: waits for another run to end: 1 of at most 1 are running (max_active_runs of the DAG)",
        }));
        await _bench.Get<SetDagPaused>().ExecuteAsync("d", true, EngineBench.Actor, CancellationToken.None);
        Assert.That((await OfAsync(second, "a")).Unmet, Is.EqualTo(new[] { "waits for its run, which is queued", Paused }));

        await _bench.ClaimAsync(first, "a");
        Assert.That((await OfAsync(first, "a")).Unmet, Is.EqualTo(new[] { "it is running" }));
    }

    [Test]
    public async Task What_has_ended_is_held_by_that()
    {
        await _bench.AddDagAsync("d", "a>b", _ => []);
        var run = await _bench.TriggerAsync("d");
        await _bench.RunTaskAsync(run, "a", Failed);
        Assert.That((await OfAsync(run, "a")).Unmet.Single(), Is.EqualTo("it has ended and is failed: clear it to run it again"));
        Assert.That((await OfAsync(run, "b")).Unmet.Single(), Does.StartWith("it has ended and is upstream_failed (a (failed)"));
    }

    [Test]
    public async Task What_is_not_there_is_said()
    {
        await _bench.AddDagAsync("d", "a");
        var run = await _bench.TriggerAsync("d");
        Assert.That(() => OfAsync(run with { RunId = "gone" }, "a"), Throws.TypeOf<OperationException>().With.Message.Contains("has no run 'gone'"));
        Assert.That(() => OfAsync(run, "gone"), Throws.TypeOf<OperationException>().With.Message.Contains("has no task 'gone'"));
    }

    [Test]
    public async Task Of_a_mapped_task_all_that_have_not_ended_are_asked_as_many_as_a_person_reads()
    {
        await _bench.Database.InTransactionAsync(tx => PoolTable.PutAsync(tx, "one", 1, null));
        await _bench.AddDagAsync("d", "load", _ => [("expandKwargs", $"[{string.Join(", ", Enumerable.Repeat("{}", 103))}]"), ("pool", "one")]);
        var run = await _bench.TriggerAsync("d");
        var all = await AllAsync(run, "load");
        Assert.That((all.Answers.Count, all.More, all.Answers[0].MapIndex, all.Answers[0].State), Is.EqualTo((100, 3, 0, Queued)));
        Assert.That(all.Answers.Skip(1).Select(each => (each.MapIndex, each.Unmet.Single())), Is.EqualTo(Enumerable.Range(1, 99).Select(index => (index, "waits for a slot of pool 'one' (1 of 1 taken)"))));
        await _bench.Get<MarkTaskInstance>().ExecuteAsync("d", run.RunId, new TaskChoice("load", 0), Success, EngineBench.Actor, CancellationToken.None);
        Assert.That((await AllAsync(run, "load")).Answers[0].MapIndex, Is.EqualTo(1), "what has ended is left out");
    }

    [Test]
    public async Task Of_a_mapped_task_one_is_asked_by_its_index()
    {
        await _bench.Database.InTransactionAsync(tx => PoolTable.PutAsync(tx, "one", 1, null));
        await _bench.AddDagAsync("d", "load", _ => [("expandKwargs", "[{}, {}]"), ("pool", "one")]);
        var run = await _bench.TriggerAsync("d");
        Assert.That((await OfAsync(run, "load")).State, Is.EqualTo(Queued));
        Assert.That((await OfAsync(run, new TaskChoice("load", 1))).Unmet, Is.EqualTo(new[] { "waits for a slot of pool 'one' (1 of 1 taken)" }));
        Assert.That(() => OfAsync(run, new TaskChoice("load", 2)), Throws.TypeOf<OperationException>().With.Message.Contains("has no task 'load[2]'"));
    }

    private async Task<FailedDepsAnswer> OfAsync(DagRun run, TaskChoice task) => (await AllAsync(run, task)).Answers[0];

    private Task<FailedDepsAnswers> AllAsync(DagRun run, TaskChoice task) => _bench.Get<FailedDeps>().OfAsync(run.DagId, run.RunId, task, CancellationToken.None);
}
