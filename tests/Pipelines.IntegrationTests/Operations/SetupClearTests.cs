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

    /// <summary>The roles of tasks named create and drop.</summary>
    private static (string Name, JsonNode Value)[] Roles(string task) => task switch
    {
        "create" => [("isSetup", "true")],
        "drop" => [("isTeardown", "true")],
        _ => [],
    };
}
