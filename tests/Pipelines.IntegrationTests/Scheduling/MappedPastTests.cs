using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>Tasks that depend on their past in a DAG with mapped ones (airflow-semantics.md §5.2, §11), in the database.</summary>
public class MappedPastTests
{
    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task A_mapped_task_waits_for_all_of_its_instances_in_the_run_before()
    {
        var (first, second) = await TwoRunsAsync("load", _ => [("expandKwargs", "[{}, {}]"), ("dependsOnPast", "true")]);
        await EndAsync(first, "load", 1, Success);
        await _bench.TickAsync();
        Assert.That(await LoadsAsync(second), Is.EqualTo(new[] { (0, None), (1, None) }));
        Assert.That((await OfTaskAsync(second, "load"))[1].Reason, Is.EqualTo($"depends_on_past: waits for 'load' of the run before, {first.RunId}, where it has not ended"));

        await EndAsync(first, "load", 0, Success);
        await _bench.TickAsync();
        Assert.That(await LoadsAsync(second), Is.EqualTo(new[] { (0, Queued), (1, Queued) }));
    }

    [Test]
    public async Task What_ends_in_the_moment_in_which_another_task_is_expanded_is_told_to_the_run_after()
    {
        var (first, second) = await TwoRunsAsync("list>load list>other", taskId => taskId switch
        {
            "load" => [("expandKwargs", "list.output")],
            "other" => [("triggerRule", "all_failed"), ("dependsOnPast", "true")],
            _ => [],
        });
        await EndAsync(second, "list", -1, Failed);
        Assert.That((await OfTaskAsync(second, "other"))[0].Reason, Does.StartWith("depends_on_past: waits for 'other' of the run before"));

        await EndAsync(first, "list", -1, Success, returned: "[{}, {}]");
        Assert.That(await LoadsAsync(first), Is.EqualTo(new[] { (0, Queued), (1, Queued) }));
        Assert.That((await OfTaskAsync(first, "other"))[0].State, Is.EqualTo(Skipped));
        await _bench.TickAsync();
        Assert.That((await OfTaskAsync(second, "other"))[0].State, Is.EqualTo(Queued));
    }

    private async Task<(DagRun First, DagRun Second)> TwoRunsAsync(string edges, Func<string, (string Name, JsonNode Value)[]> inputs)
    {
        await _bench.AddDagAsync("d", edges, inputs, ("schedule", "@daily"), ("startDate", "2026-01-09"), ("timetable", "cron_trigger"), ("catchup", "true"));
        await _bench.TickAsync();
        var runs = (await _bench.RunsAsync("d")).OrderBy(run => run.LogicalDate).ToList();
        Assert.That(runs, Has.Count.EqualTo(2));
        return (runs[0], runs[1]);
    }

    private Task<IReadOnlyList<TaskInstance>> OfTaskAsync(DagRun run, string taskId, int? mapIndex = null) =>
        _bench.Database.InTransactionAsync(tx => TaskInstanceTable.OfTaskAsync(tx, run.Id, taskId, mapIndex));

    private async Task<IEnumerable<(int MapIndex, TaskState State)>> LoadsAsync(DagRun run) => (await OfTaskAsync(run, "load")).Select(load => (load.MapIndex, load.State));

    private async Task EndAsync(DagRun run, string taskId, int mapIndex, TaskState to, string? returned = null)
    {
        var task = (await OfTaskAsync(run, taskId, mapIndex)).Single();
        var claim = await _bench.Database.InTransactionAsync(tx => LeaseTable.ClaimAsync(tx, task.Id, "host:1", EngineBench.Lease, _bench.Now));
        if (returned is not null)
            await _bench.Database.InTransactionAsync(tx => XComTable.PushAsync(tx, task.Id, claim!.TaskInstance.Token, IXCom.ReturnValue, JsonNode.Parse(returned)!, _bench.Now));
        await _bench.ReportAsync(claim!, to);
    }
}
