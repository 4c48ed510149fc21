using Pipelines.Activities;
using Pipelines.TestKit.Faults;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>What the ledger beside the target remembers keeps a load from being done twice, and no other load from being done.</summary>
public sealed class LoadLedgerTests
{
    private const string OldLedger =
        """
        CREATE TABLE {0}._pipelines_loads (
          dag_id VARCHAR(250) NOT NULL, run_id VARCHAR(250) NOT NULL, task_id VARCHAR(250) NOT NULL, map_index INTEGER NOT NULL,
          token BIGINT NOT NULL, manifest VARCHAR(2048) NOT NULL, "rows" BIGINT NOT NULL, loaded_at TIMESTAMPTZ NOT NULL)
        """;

    private DataPath _path = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _path = await DataPath.StartAsync();
        await _path.Source.ExecuteAsync("CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders SELECT generate_series(1, 30)");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _path.DisposeAsync();

    [Test]
    public async Task One_extract_is_loaded_into_each_table_that_asks_for_it()
    {
        var extract = await _path.ExtractAsync(("table", "orders"));

        await _path.Loader(extract, "load_a").SucceedAsync(new CopyToRedshift(), DataPath.Inputs(("table", "two.a")));
        await _path.Loader(extract, "load_b").SucceedAsync(new CopyToRedshift(), DataPath.Inputs(("table", "two.b")));
        await _path.Loader(extract, "load_b").SucceedAsync(new CopyToRedshift(), DataPath.Inputs(("table", "TWO.B")));

        Assert.That((await _path.TargetCountAsync("two.a"), await _path.TargetCountAsync("two.b")), Is.EqualTo((30L, 30L)));
        Assert.That(await _path.TargetRowsAsync("SELECT task_id, target_table FROM two._pipelines_loads ORDER BY 1"), Is.EqualTo(new[] { "load_a|a", "load_b|b" }));
    }

    [Test]
    public async Task A_ledger_of_an_older_version_goes_on_and_what_it_holds_counts_for_any_table()
    {
        var (known, fresh) = (await _path.ExtractAsync(("table", "orders")), await _path.ExtractAsync(("table", "orders")));
        await _path.RunInTargetAsync("CREATE SCHEMA old");
        await _path.RunInTargetAsync(OldLedger.Replace("{0}", "old"));
        await _path.RunInTargetAsync($"INSERT INTO old._pipelines_loads VALUES ('shop', 'run', 'load', -1, 1, '{known["manifest"]}', 30, getdate())");

        await _path.Loader(known, "again").SucceedAsync(new CopyToRedshift(), DataPath.Inputs(("table", "old.a")));
        await _path.Loader(fresh, "fresh").SucceedAsync(new CopyToRedshift(), DataPath.Inputs(("table", "old.a")));

        Assert.That(await _path.TargetCountAsync("old.a"), Is.EqualTo(30));
        Assert.That(await _path.TargetRowsAsync("SELECT task_id, target_table FROM old._pipelines_loads ORDER BY 1"), Is.EqualTo(new[] { "fresh|a", "load|∅" }));
    }

    [Test]
    public async Task What_replaces_is_loaded_again_and_proven_whatever_the_ledger_says()
    {
        var loader = _path.Loader(await _path.ExtractAsync(("query", "SELECT id, timestamptz '2026-05-01 12:00+00' AS at FROM orders"), ("intervalColumn", "at")), "replaced");
        foreach (var mode in new[] { "replace", "replace_interval" })
        {
            var inputs = DataPath.Inputs(("table", $"again.{mode}"), ("mode", mode));
            await loader.SucceedAsync(new CopyToRedshift(), inputs);
            await _path.RunInTargetAsync($"DELETE FROM again.{mode}");

            var again = await loader.SucceedAsync(new CopyToRedshift(), inputs);

            Assert.That((again["loaded"]!.GetValue<long>(), again["already_loaded"]!.GetValue<bool>()), Is.EqualTo((30L, false)));
            Assert.That(await _path.TargetCountAsync($"again.{mode}"), Is.EqualTo(30));
        }
    }

    [Test]
    public async Task What_was_appended_is_not_appended_again_and_the_result_says_that_nothing_was_counted()
    {
        var loader = _path.Loader(await _path.ExtractAsync(("table", "orders")), "appended");
        var inputs = DataPath.Inputs(("table", "again.appended"));
        var first = await loader.SucceedAsync(new CopyToRedshift(), inputs);

        var again = await loader.SucceedAsync(new CopyToRedshift(), inputs);

        Assert.That((first["already_loaded"]!.GetValue<bool>(), again["already_loaded"]!.GetValue<bool>()), Is.EqualTo((false, true)));
        Assert.That(loader.Log, Does.Contain("nothing was counted in the table this time"));
        Assert.That(await _path.TargetCountAsync("again.appended"), Is.EqualTo(30));
    }

    [TestCase(TrapPoint.Request, Description = "the COMMIT never arrived: the row of the earlier attempt is no proof of this one")]
    [TestCase(TrapPoint.Answer, Description = "the COMMIT took effect")]
    public async Task A_commit_that_nobody_heard_of_is_known_by_the_row_of_its_own_attempt(TrapPoint point)
    {
        await using var proxy = new PostgresProxy(_path.TargetConnection.Port!.Value);
        var loader = _path.Loader(await _path.ExtractAsync(("table", "orders")), "unheard");
        var inputs = DataPath.Inputs(("table", $"again.unheard_{point}"), ("mode", "replace"));
        await loader.SucceedAsync(new CopyToRedshift(), inputs);
        await _path.RunInTargetAsync($"DELETE FROM again.unheard_{point}");
        loader.Add(_path.TargetConnection with { Port = proxy.Port });
        using var trap = proxy.Set(statement => statement.Commits("_pipelines_loads"), point);

        var load = loader.RunAsync(new CopyToRedshift(), inputs);
        await trap.Sprung.WaitAsync(TimeSpan.FromSeconds(30));
        trap.Cut();

        if (point == TrapPoint.Answer) await load;
        else Assert.That((await DataPath.FailAsync(() => load)).Retryable, Is.True);
        Assert.That(await _path.TargetCountAsync($"again.unheard_{point}"), Is.EqualTo(point == TrapPoint.Answer ? 30 : 0));
    }
}
