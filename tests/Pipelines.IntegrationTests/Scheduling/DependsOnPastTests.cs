using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>airflow-semantics.md §5.2 and §18: tasks that wait for the run before theirs, through scheduler and database.</summary>
public class DependsOnPastTests
{
    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task A_task_starts_with_the_end_of_it_in_the_run_before_and_not_earlier()
    {
        var (first, second) = await TwoRunsAsync("load>show", ("load", "dependsOnPast"));
        Assert.That(await _bench.StatesAsync(first), Is.EqualTo(States(Queued, None)));
        Assert.That(await _bench.StatesAsync(second), Is.EqualTo(States(None, None)));
        Assert.That((await _bench.TaskAsync(second, "load")).Reason, Is.EqualTo($"depends_on_past: waits for 'load' of the run before, {first.RunId}, where it has not ended"));
        Assert.That((await _bench.RunAsync(second.Id)).State, Is.EqualTo(DagRunState.Running), "no deadlock");

        await _bench.RunTaskAsync(first, "load");
        await _bench.TickAsync();
        Assert.That(await _bench.StatesAsync(first), Is.EqualTo(States(Success, Queued)));
        Assert.That(await _bench.StatesAsync(second), Is.EqualTo(States(Queued, None)));
        Assert.That(await ChangesAsync(), Is.Zero);
    }

    [Test]
    public async Task After_a_failure_it_waits_for_a_person_and_says_so()
    {
        var (first, second) = await TwoRunsAsync("load", ("load", "dependsOnPast"));
        await _bench.RunTaskAsync(first, "load", Failed);
        await _bench.TickAsync();
        Assert.That((await _bench.RunAsync(first.Id)).State, Is.EqualTo(DagRunState.Failed));
        Assert.That((await _bench.TaskAsync(second, "load")).Reason, Does.EndWith("where it is failed: clear it there, or mark it success"));

        await _bench.Get<MarkTaskInstance>().ExecuteAsync("d", first.RunId, "load", Success, EngineBench.Actor, CancellationToken.None);
        await _bench.TickAsync();
        Assert.That((await _bench.TaskAsync(second, "load")).State, Is.EqualTo(Queued));
    }

    [Test]
    public async Task With_wait_for_downstream_it_waits_for_what_follows_too()
    {
        var (first, second) = await TwoRunsAsync("load>show", ("load", "waitForDownstream"));
        await _bench.RunTaskAsync(first, "load");
        await _bench.TickAsync();
        Assert.That((await _bench.TaskAsync(second, "load")).Reason, Does.StartWith("wait_for_downstream: waits for 'show'"));

        await _bench.RunTaskAsync(first, "show");
        await _bench.TickAsync();
        Assert.That((await _bench.TaskAsync(second, "load")).State, Is.EqualTo(Queued));
    }

    [Test]
    public async Task Whoever_holds_a_run_holds_up_no_report_of_another_and_the_run_is_woken_after_him()
    {
        var (first, second) = await TwoRunsAsync("load", ("load", "dependsOnPast"));
        await using (var held = await _bench.Database.BeginAsync())
        {
            await DagRunTable.LockAsync(held, second.Id);
            await _bench.RunTaskAsync(first, "load");
            await _bench.TickAsync();
            Assert.That((await _bench.TaskAsync(second, "load")).State, Is.EqualTo(None));
        }
        await _bench.TickAsync();
        Assert.That((await _bench.TaskAsync(second, "load")).State, Is.EqualTo(Queued));
    }

    [TestCase(false, None)]
    [TestCase(true, Queued)]
    public async Task A_run_made_by_hand_is_the_run_before_only_without_catchup(bool catchup, TaskState expected)
    {
        var (first, second) = await TwoRunsAsync("load", ("load", "dependsOnPast"), catchup);
        var between = await TriggerAsync(first.LogicalDate!.Value.AddHours(1));
        await _bench.RunTaskAsync(first, "load");
        await _bench.TickAsync();
        Assert.That((await _bench.TaskAsync(between, "load")).State, Is.EqualTo(Queued));
        Assert.That((await _bench.TaskAsync(second, "load")).State, Is.EqualTo(expected));
    }

    [Test]
    public async Task The_first_run_of_a_backfill_waits_for_none_and_the_next_for_it()
    {
        await AddAsync("load", ("load", "dependsOnPast"), catchup: false, ("schedule", "@daily"), ("startDate", "2026-01-01"));
        var failed = await TriggerAsync(new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero));
        await _bench.TickAsync();
        await _bench.RunTaskAsync(failed, "load", Failed);
        var range = new BackfillRange(new(2026, 1, 3, 0, 0, 0, TimeSpan.Zero), new(2026, 1, 4, 0, 0, 0, TimeSpan.Zero));
        Assert.That(async () => await _bench.Get<CreateBackfill>().ExecuteAsync(new BackfillRequest("d", range), EngineBench.Actor, CancellationToken.None),
            Throws.TypeOf<OperationException>().With.Message.Contains("depends on its past"));

        await _bench.Get<CreateBackfill>().ExecuteAsync(new BackfillRequest("d", range with { Reprocess = ReprocessBehavior.Failed }), EngineBench.Actor, CancellationToken.None);
        await _bench.TickAsync();
        var runs = (await _bench.RunsAsync("d")).Where(run => run.RunType == DagRunType.Backfill).OrderBy(run => run.LogicalDate).ToList();
        Assert.That((await _bench.TaskAsync(runs[0], "load")).State, Is.EqualTo(Queued));
        Assert.That((await _bench.TaskAsync(runs[1], "load")).Reason, Does.Contain(runs[0].RunId));
    }

    [Test]
    public async Task A_task_that_is_new_does_not_wait_and_one_that_ran_further_back_does()
    {
        var (first, second) = await TwoRunsAsync("load", ("load", "dependsOnPast"), catchup: false);
        await _bench.Server.ExecuteAsync($"DELETE FROM pipelines.task_instance WHERE dag_run_id = {first.Id}");
        await PlanAsync(second);
        Assert.That((await _bench.TaskAsync(second, "load")).State, Is.EqualTo(Queued));

        var third = await TriggerAsync(second.LogicalDate!.Value.AddHours(1));
        var fourth = await TriggerAsync(second.LogicalDate!.Value.AddHours(2));
        await _bench.Server.ExecuteAsync($"DELETE FROM pipelines.task_instance WHERE dag_run_id = {third.Id}");
        await _bench.TickAsync();
        Assert.That((await _bench.TaskAsync(fourth, "load")).Reason, Does.Contain("has no task 'load'"));
    }

    private async Task<(DagRun First, DagRun Second)> TwoRunsAsync(string edges, (string TaskId, string Setting) setting, bool catchup = true)
    {
        await AddAsync(edges, setting, catchup, ("schedule", "@daily"), ("startDate", "2026-01-09"), ("timetable", "cron_trigger"));
        if (!catchup) await TriggerAsync(new(2026, 1, 9, 0, 0, 0, TimeSpan.Zero));
        await _bench.TickAsync();
        var runs = (await _bench.RunsAsync("d")).OrderBy(run => run.LogicalDate).ToList();
        Assert.That(runs, Has.Count.EqualTo(2));
        return (runs[0], runs[1]);
    }

    private Task AddAsync(string edges, (string TaskId, string Setting) setting, bool catchup, params (string Name, JsonNode Value)[] settings) =>
        _bench.AddDagAsync("d", edges, taskId => taskId == setting.TaskId ? [(setting.Setting, "true")] : [], [.. settings, ("catchup", catchup ? "true" : "false")]);

    private async Task<DagRun> TriggerAsync(DateTimeOffset logicalDate)
    {
        var request = new TriggerRequest("d") { LogicalDate = logicalDate, RunId = $"by_hand_{logicalDate:yyyyMMddHH}" };
        return (await _bench.Get<TriggerDagRun>().ExecuteAsync(request, EngineBench.Actor, CancellationToken.None)).Run;
    }

    private async Task PlanAsync(DagRun run) =>
        await _bench.Database.InTransactionAsync(tx => _bench.Get<RunPlanning>().PlanAsync(tx, run.Id, _bench.Now));

    private Task<long> ChangesAsync() => _bench.Server.ScalarAsync<long>("SELECT count(*) FROM pipelines.past_change");

    private static Dictionary<string, TaskState> States(TaskState load, TaskState show) => new() { ["load"] = load, ["show"] = show };
}
