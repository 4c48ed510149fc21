using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Model.Runs;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.IntegrationTests.Operations;

/// <summary>What a clear or a mark does to setups and teardowns.</summary>
public sealed class SetupClearTests
{
    private EngineBench _bench = null!;

    private static CancellationToken None => CancellationToken.None;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [TestCase(false, "create drop work")]
    [TestCase(true, "work")]
    public async Task A_clear_of_work_clears_its_setup_and_the_teardown_too(bool onlyFailed, string tasks)
    {
        await _bench.AddDagAsync("e", "create>work work>drop create>drop other", Roles);
        var run = await _bench.TriggerAsync("e");
        await _bench.RunTaskAsync(run, "create");
        await _bench.RunTaskAsync(run, "work", Failed);
        await _bench.RunTaskAsync(run, "drop");
        await _bench.RunTaskAsync(run, "other");
        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Failed));
        var clear = _bench.Get<ClearTaskInstances>();
        var request = new ClearRequest("e", run.RunId, ["work"]) { Downstream = false, OnlyFailed = onlyFailed };

        var preview = await clear.PreviewAsync(request, None);

        Assert.That(preview.Select(task => task.TaskId).Order(), Is.EqualTo(tasks.Split(' ')), "as in Airflow only_failed leaves a setup that succeeded");
        Assert.That(await clear.ExecuteAsync(request, EngineBench.Actor, None), Is.EqualTo(preview));
    }

    [Test]
    public async Task Marking_a_task_clears_the_failed_setups_and_teardowns_of_what_failed_after_it()
    {
        await _bench.AddDagAsync("e", "a>work create>work work>drop create>drop", Roles);
        var run = await _bench.TriggerAsync("e");
        await _bench.RunTaskAsync(run, "create", Failed);
        await _bench.RunTaskAsync(run, "a", Failed);

        var preview = await _bench.Get<MarkTaskInstance>().PreviewAsync("e", run.RunId, "a", Success, None);

        Assert.That(preview.Select(task => (task.TaskId, task.State)).Skip(1), Is.EquivalentTo(new[] { ("create", Failed), ("work", UpstreamFailed), ("drop", UpstreamFailed) }));
    }

    [TestCase(DagRunState.Failed, Failed)]
    [TestCase(DagRunState.Success, Success)]
    public async Task A_run_that_is_marked_ends_when_its_teardown_has_done_its_work(DagRunState to, TaskState marked)
    {
        var run = await WorkingAsync();
        var mark = _bench.Get<MarkDagRun>();
        Assert.That((await mark.PreviewAsync("e", run.RunId, None)).Select(task => task.TaskId), Is.EqualTo(new[] { "work" }));

        await mark.ExecuteAsync("e", run.RunId, to, EngineBench.Actor, None);

        Assert.That((await _bench.StatesAsync(run)).Select(task => (task.Key, task.Value)), Is.EquivalentTo(new[] { ("create", Success), ("work", marked), ("drop", Queued) }));
        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Running));
        await _bench.RunTaskAsync(run, "drop");
        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(to));
    }

    [Test]
    public async Task A_run_that_is_marked_while_only_its_teardown_is_left_ends_with_it()
    {
        var run = await WorkingAsync();
        await _bench.Get<MarkTaskInstance>().ExecuteAsync("e", run.RunId, "work", Success, EngineBench.Actor, None);

        await _bench.Get<MarkDagRun>().ExecuteAsync("e", run.RunId, DagRunState.Failed, EngineBench.Actor, None);

        Assert.That((await _bench.StatesAsync(run))["drop"], Is.EqualTo(Failed));
        Assert.That((await _bench.RunAsync(run.Id)).Reason, Is.EqualTo("marked failed by ada"));
    }

    [Test]
    public async Task A_run_of_a_test_ends_at_once_as_nobody_would_run_its_teardown()
    {
        var run = await WorkingAsync();
        await _bench.Server.ScalarAsync<long>($"UPDATE pipelines.dag_run SET triggered_by = 'test' WHERE id = {run.Id} RETURNING id");

        await _bench.Get<MarkDagRun>().ExecuteAsync("e", run.RunId, DagRunState.Failed, EngineBench.Actor, None);

        Assert.That((await _bench.StatesAsync(run))["drop"], Is.EqualTo(Failed));
        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Failed));
    }

    /// <summary>A run whose setup is done and whose work runs.</summary>
    private async Task<DagRun> WorkingAsync()
    {
        await _bench.AddDagAsync("e", "create>work work>drop create>drop", Roles);
        var run = await _bench.TriggerAsync("e");
        await _bench.RunTaskAsync(run, "create");
        await _bench.ClaimAsync(run, "work");
        return run;
    }

    /// <summary>The roles of tasks named create and drop.</summary>
    private static (string Name, JsonNode Value)[] Roles(string task) => task switch
    {
        "create" => [("isSetup", "true")],
        "drop" => [("isTeardown", "true")],
        _ => [],
    };
}
