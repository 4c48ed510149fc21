using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Storage;

/// <summary>The list of all runs over a history longer than it looks at.</summary>
public class RunPageTests
{
    private const int More = 50;

    private Migrated _migrated = null!;

    [OneTimeSetUp]
    public async Task CreateAsync()
    {
        _migrated = await Migrated.CreateAsync();
        await _migrated.Server.ExecuteAsync($"""
            INSERT INTO pipelines.dag (dag_id, file_name, timetable_summary, owner, max_active_runs, is_paused) VALUES ('often', 'often.json', '', '', 16, true), ('seldom', 'seldom.json', '', '', 16, true);
            INSERT INTO pipelines.dag_version (dag_id, version_number, hash, file_text, created_at) SELECT dag_id, 1, repeat('0', 64), '', now() FROM pipelines.dag;
            INSERT INTO pipelines.dag_run (dag_id, run_id, run_type, state, run_after, triggered_by, dag_version_id, max_active_tasks, queued_at)
            SELECT v.dag_id, 'run' || n, 'manual', 'queued', now(), 'cli', v.id, 16, now() FROM pipelines.dag_version v
            CROSS JOIN LATERAL generate_series(1, CASE v.dag_id WHEN 'often' THEN {DagRunPageQueries.Newest + More} ELSE 1 END) n ORDER BY v.dag_id DESC, n;
            """);
    }

    [OneTimeTearDown]
    public async Task DropAsync() => await _migrated.DisposeAsync();

    [Test]
    public async Task Only_the_newest_runs_are_looked_at()
    {
        var all = await PageAsync(new DagRunFilter());
        Assert.That((all.Total, all.Runs[0].RunId), Is.EqualTo((DagRunPageQueries.Newest, $"run{DagRunPageQueries.Newest + More}")));
        Assert.That((await PageAsync(new DagRunFilter { Search = "SELDOM" })).Total, Is.Zero, "it is older than those that are looked at");
        Assert.That((await PageAsync(new DagRunFilter { DagIds = ["often"], Search = $"run{More}" })).Runs.Select(run => run.RunId), Has.None.EqualTo($"run{More}"));
    }

    [Test]
    public async Task Of_a_dag_that_is_named_the_newest_are_its_own()
    {
        Assert.That((await PageAsync(new DagRunFilter { DagIds = ["seldom", "seldom"] })).Runs.Select(run => run.DagId), Is.EqualTo(new[] { "seldom" }));
        Assert.That((await PageAsync(new DagRunFilter { DagIds = ["seldom", "often"] })).Total, Is.EqualTo(DagRunPageQueries.Newest + 1));
    }

    [Test]
    public async Task Pages_go_both_ways_and_none_is_beyond_the_last()
    {
        var oldest = await _migrated.Database.InTransactionAsync(tx => DagRunPageQueries.PageAsync(tx, new DagRunFilter(), 2, 1, oldestFirst: true));
        Assert.That(oldest.Runs.Select(run => run.RunId), Is.EqualTo(new[] { $"run{More + 2}", $"run{More + 3}" }));
        Assert.That((await PageAsync(new DagRunFilter(), long.MaxValue)).Runs, Is.Empty);
    }

    [Test]
    public async Task Runs_that_have_not_ended_are_found_however_old_they_are() =>
        Assert.That(await _migrated.Database.InTransactionAsync(tx => DagRunPageQueries.UnfinishedAsync(tx, "often")), Has.Count.EqualTo(DagRunPageQueries.Newest + More));

    private Task<DagRunPage> PageAsync(DagRunFilter filter, long offset = 0) =>
        _migrated.Database.InTransactionAsync(tx => DagRunPageQueries.PageAsync(tx, filter, 10, offset));
}
