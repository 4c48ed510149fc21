using Pipelines.Engine.Operations;
using Pipelines.Model.Runs;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>A task's own start_date and end_date (airflow-semantics.md §3): which runs have it.</summary>
public class TaskDatesTests
{
    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync()
    {
        _bench = await EngineBench.CreateAsync();
        await _bench.AddDagAsync("d", "always>late late>last early>last",
            taskId => taskId switch { "late" => [("startDate", "2026-01-09")], "early" => [("endDate", "2026-01-09T00:00:00Z")], _ => [] },
            ("schedule", "@daily"), ("startDate", "2026-01-08"), ("catchup", "true"));
    }

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task A_run_has_the_tasks_whose_dates_include_its_logical_date()
    {
        await _bench.TickAsync();
        var runs = (await _bench.RunsAsync("d")).OrderBy(run => run.LogicalDate).ToList();
        var tasks = new List<string>();
        foreach (var run in runs) tasks.Add($"{run.LogicalDate:dd}: {string.Join(' ', (await _bench.StatesAsync(run)).Keys.Order())}");
        Assert.That(tasks, Is.EqualTo(new[] { "08: always early last", "09: always early last late", "10: always last late" }));
        await _bench.RunTaskAsync(runs[2], "always");
        Assert.That((await _bench.TaskAsync(runs[2], "late")).State, Is.EqualTo(TaskState.Queued));
    }

    [TestCase(null, "always early last late", TestName = "A run without logical date has all tasks")]
    [TestCase("2026-01-07T00:00:00Z", "always early last", TestName = "A run by hand goes by its logical date")]
    public async Task By_hand(string? logicalDate, string tasks)
    {
        var request = new TriggerRequest("d") { LogicalDate = logicalDate is null ? null : DateTimeOffset.Parse(logicalDate, null) };
        var run = (await _bench.Get<TriggerDagRun>().ExecuteAsync(request, EngineBench.Actor, CancellationToken.None)).Run;
        Assert.That(string.Join(' ', (await _bench.StatesAsync(run)).Keys.Order()), Is.EqualTo(tasks));
    }

    [TestCase("2026-01-07T00:00:00Z", "Its logical date is before the DAG's start date 2026-01-08T00:00:00Z; all its tasks run.", TestName = "A run by hand before the DAG's start date says so")]
    [TestCase("2026-01-09T00:00:00Z", null, TestName = "A run by hand within the DAG's dates says nothing")]
    public async Task Outside(string logicalDate, string? notice)
    {
        var made = await _bench.Get<TriggerDagRun>().ExecuteAsync(new TriggerRequest("d") { LogicalDate = DateTimeOffset.Parse(logicalDate, null) }, EngineBench.Actor, CancellationToken.None);
        Assert.That(made.Notice, Is.EqualTo(notice));
    }

    [Test]
    public async Task A_run_of_a_backfill_has_all_tasks()
    {
        var range = new BackfillRange(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await _bench.Get<CreateBackfill>().ExecuteAsync(new BackfillRequest("d", range), EngineBench.Actor, CancellationToken.None);
        Assert.That((await _bench.StatesAsync((await _bench.RunsAsync("d")).Single(run => run.RunType == DagRunType.Backfill))).Keys, Has.Count.EqualTo(4));
    }
}
