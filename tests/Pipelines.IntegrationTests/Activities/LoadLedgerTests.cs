using Pipelines.Activities;

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
}
