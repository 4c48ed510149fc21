using System.Text.Json.Nodes;
using Npgsql;
using Pipelines.Activities;

namespace Pipelines.IntegrationTests.Activities;

public sealed class SqlQueryTests
{
    private DataPath _path = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _path = await DataPath.StartAsync();
        await _path.Source.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, name text)");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _path.DisposeAsync();

    private Task<JsonObject> RunAsync(string sql, params (string Name, string Value)[] more) =>
        _path.Task("sql").SucceedAsync(new SqlQuery(), DataPath.Inputs([("connectionId", "postgres_default"), ("sql", sql), .. more]));

    [Test]
    public async Task Statements_run_in_order_and_the_last_result_comes_back()
    {
        var result = await RunAsync("INSERT INTO t VALUES (1, 'a;b'), (2, NULL); UPDATE t SET name = 'x' WHERE id = 2; SELECT id, name, id * 1.50 AS price, id > 1 AS big, 'NaN'::float8 AS nan FROM t ORDER BY id; DELETE FROM t");

        Assert.That((result["statements"]!.GetValue<int>(), result["rows_affected"]!.GetValue<long>()), Is.EqualTo((4, 5L)));
        Assert.That(result["rows"]!.ToJsonString(), Is.EqualTo("""[{"id":1,"name":"a;b","price":1.50,"big":false,"nan":"NaN"},{"id":2,"name":"x","price":3.00,"big":true,"nan":"NaN"}]"""));
    }

    [Test]
    public async Task A_large_result_is_counted_but_cut()
    {
        var result = await RunAsync("SELECT generate_series(1, 1000) AS i");

        Assert.That((result["row_count"]!.GetValue<long>(), result["rows"]!.AsArray().Count), Is.EqualTo((1000L, 100)));
    }

    [Test]
    public async Task Parameters_never_become_sql()
    {
        var result = await RunAsync("SELECT $1::text AS a, $2::int + 1 AS b; SELECT $1::text AS a", ("parameters", """["'; DROP TABLE t; --", 41]"""));

        Assert.That(result["rows"]![0]!["a"]!.GetValue<string>(), Is.EqualTo("'; DROP TABLE t; --"));
    }

    [Test]
    public async Task A_failing_statement_names_itself_its_line_and_leaves_nothing()
    {
        var failure = await DataPath.FailAsync(() => RunAsync("INSERT INTO t VALUES (10, 'kept?');\n\nSELECT id,\n  nmae\nFROM t"));

        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.StartWith("Statement 2 of 2 failed at line 4.").And.Contain("nmae").And.Contain("42703"));
        Assert.That(await _path.SourceRowsAsync("SELECT count(*) FROM t WHERE id = 10"), Is.EqualTo(new[] { "0" }));
    }

    [Test]
    public async Task Two_runs_that_create_the_same_table_at_once_both_succeed()
    {
        await using var first = await _path.Source.OpenAsync();
        await using var transaction = await first.BeginTransactionAsync();
        await using (var create = new NpgsqlCommand("CREATE TABLE race (id int)", first, transaction)) await create.ExecuteNonQueryAsync();

        var second = RunAsync("CREATE TABLE IF NOT EXISTS race (id int); INSERT INTO race VALUES (2)");
        // It looked, found nothing, and now waits in the catalog for the first one's end.
        await UntilAsync("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'CREATE TABLE IF NOT EXISTS race%'");
        await transaction.CommitAsync();

        Assert.That((await second)["rows_affected"]!.GetValue<long>(), Is.EqualTo(1));
        Assert.That(await _path.SourceRowsAsync("SELECT id FROM race"), Is.EqualTo(new[] { "2" }));
    }

    [Test]
    public async Task A_table_that_exists_is_an_error_where_nobody_asked_to_skip_it()
    {
        var failure = await DataPath.FailAsync(() => RunAsync("CREATE TABLE t (id int)"));

        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.Contain("42P07"));
    }

    private async Task UntilAsync(string count)
    {
        while ((await _path.SourceRowsAsync(count)).Single() == "0") await Task.Yield();
    }

    [Test]
    public async Task Vacuum_needs_autocommit_and_is_told_so()
    {
        var failure = await DataPath.FailAsync(() => RunAsync("VACUUM t"));
        Assert.That(failure.Message, Does.Contain("Set input 'autocommit' to true."));

        await RunAsync("VACUUM t", ("autocommit", "true"));
    }

    [Test]
    public async Task Transaction_control_inside_the_transaction_is_refused() =>
        Assert.That((await DataPath.FailAsync(() => RunAsync("SELECT 1; COMMIT"))).Message, Does.Contain("Statement 2 (line 1) is COMMIT"));

    [Test]
    public async Task Redshift_runs_scripts_too()
    {
        var result = await _path.Task("sql").SucceedAsync(new SqlQuery(), DataPath.Inputs(
            ("sql", "CREATE TABLE dim (id INT IDENTITY(1,1), name VARCHAR(20)) DISTSTYLE ALL; INSERT INTO dim (name) VALUES ('a'), ('b'); SELECT count(*) AS n FROM dim")));

        Assert.That(result["rows"]![0]!["n"]!.GetValue<long>(), Is.EqualTo(2));
    }
}
