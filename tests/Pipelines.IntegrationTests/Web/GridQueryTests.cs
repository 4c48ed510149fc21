using Pipelines.Engine.Operations;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Web;

/// <summary>What the grid reads, over three runs of one DAG and one of another.</summary>
public sealed class GridQueryTests
{
    private readonly List<DagRun> _runs = [];
    private readonly List<DagRun> _old = [];
    private EngineBench _bench = null!;
    private DagRun _other = null!;

    [OneTimeSetUp]
    public async Task CreateAsync()
    {
        _bench = await EngineBench.CreateAsync();
        await _bench.AddDagAsync("d", "a>load.b");
        await _bench.AddDagAsync("other", "x");
        for (var run = 0; run < 3; run++)
        {
            _runs.Add(await _bench.TriggerAsync("d"));
            _bench.Time.Advance(TimeSpan.FromMinutes(1));
        }
        _other = await _bench.TriggerAsync("other");
        await _bench.AddDagAsync("past", "a");
        foreach (var days in new[] { 0, 10, 20 })
            _old.Add((await _bench.Get<TriggerDagRun>().ExecuteAsync(new TriggerRequest("past") { RunId = $"of_{days}", RunAfter = _bench.Now.AddDays(-days) }, EngineBench.Actor, CancellationToken.None)).Run);
        var claim = (await _bench.ClaimAsync(_runs[0], "a"))!;
        _bench.Time.Advance(TimeSpan.FromSeconds(90));
        await _bench.ReportAsync(claim, TaskState.Success);
        await _bench.RunTaskAsync(_runs[0], "load.b", TaskState.Failed);
        await _bench.ClaimAsync(_runs[1], "a");
    }

    [OneTimeTearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task A_run_comes_with_its_tasks_in_the_order_of_the_dag()
    {
        var runs = await NewestAsync(new GridFilter(10));

        Assert.That(runs.Select(run => run.RunId), Is.EqualTo(_runs.Select(run => run.RunId)), "the newest last");
        Assert.That(runs[0].TaskIds, Is.EqualTo(new[] { "a", "load.b" }));
        Assert.That((runs[0].State, runs[0].States), Is.EqualTo(("failed", new[] { "success", "failed" })));
        Assert.That(runs[0].EndDate, Is.EqualTo(_bench.Now));
        Assert.That(runs[2].States, Is.EqualTo(new[] { "queued", "none" }));
    }

    [Test]
    public async Task A_length_is_in_tenths_of_a_second_or_says_since_when_a_task_runs()
    {
        var runs = await NewestAsync(new GridFilter(10));

        Assert.That(runs[0].Lengths, Is.EqualTo(new long[] { 900, 0 }));
        Assert.That(runs[1].Lengths, Is.EqualTo(new[] { -_bench.Now.ToUnixTimeSeconds(), 0 }));
        Assert.That(runs[2].Lengths, Is.EqualTo(new long[] { 0, 0 }));
    }

    [Test]
    public async Task The_filter_takes_the_newest_that_fit()
    {
        Assert.That(Ids(await NewestAsync(new GridFilter(2))), Is.EqualTo(new[] { _runs[1].Id, _runs[2].Id }));
        Assert.That(Ids(await NewestAsync(new GridFilter(2, Before: _runs[2].Id))), Is.EqualTo(new[] { _runs[0].Id, _runs[1].Id }));
        Assert.That(Ids(await NewestAsync(new GridFilter(10, State: DagRunState.Failed))), Is.EqualTo(new[] { _runs[0].Id }));
        Assert.That(await NewestAsync(new GridFilter(10, Type: DagRunType.Backfill)), Is.Empty);
    }

    [Test]
    public Task The_newest_are_those_of_the_latest_dates_whenever_they_were_made() => _bench.Database.InTransactionAsync(async tx =>
    {
        // A backfill makes runs of old days today.
        var old = _old.Select(run => run.Id).ToList();
        var page = await GridQueries.NewestAsync(tx, "past", new GridFilter(2));
        Assert.That(Ids(page), Is.EqualTo(new[] { old[1], old[0] }));
        Assert.That(Ids(await GridQueries.NewestAsync(tx, "past", new GridFilter(2, Before: page[0].Id))), Is.EqualTo(new[] { old[2] }));

        Assert.That((await DagRunQueries.NewestAsync(tx, "past", 2)).Select(run => run.Id), Is.EqualTo(new[] { old[0], old[1] }));
        Assert.That((await DagRunQueries.NewestAsync(tx, "past", 2, old[1])).Select(run => run.Id), Is.EqualTo(new[] { old[2] }));
        Assert.That((await DagRunQueries.NewestPerDagAsync(tx, 1)).Single(run => run.DagId == "past").Id, Is.EqualTo(old[0]));
    });

    [Test]
    public Task Only_changed_runs_of_dags_that_somebody_watches_are_read() => _bench.Database.InTransactionAsync(async tx =>
    {
        var changed = await GridQueries.OfIdsAsync(tx, [_runs[2].Id, _other.Id, long.MaxValue], ["d", "unknown"]);

        Assert.That(Ids(changed), Is.EqualTo(new[] { _runs[2].Id }));
        Assert.That((await GridQueries.FindAsync(tx, "other", _other.RunId))!.TaskIds, Is.EqualTo(new[] { "x" }));
        Assert.That(await GridQueries.FindAsync(tx, "d", "unknown"), Is.Null);
    });

    private Task<IReadOnlyList<GridRun>> NewestAsync(GridFilter filter) => _bench.Database.InTransactionAsync(tx => GridQueries.NewestAsync(tx, "d", filter));

    private static long[] Ids(IReadOnlyList<GridRun> runs) => [.. runs.Select(run => run.Id)];
}
