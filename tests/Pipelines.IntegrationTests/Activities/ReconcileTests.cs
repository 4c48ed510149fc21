using System.Text.Json.Nodes;
using Pipelines.Activities;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Activities;

public sealed class ReconcileTests
{
    private DataPath _path = null!;
    private ActivityEnvironment _task = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _path = await DataPath.StartAsync();
        await _path.Source.ExecuteAsync(
            """
            CREATE TABLE orders AS SELECT i AS id, (1.5 * i)::numeric(10,1) AS total, timestamp '2026-05-01' + i * interval '1 hour' AS at FROM generate_series(0, 47) AS i;
            CREATE TABLE customers AS SELECT i AS id FROM generate_series(1, 10) AS i
            """);
        _task = _path.Task("reconcile");
        _task.Returned("load_orders", await LoadAsync("orders", "replace_interval", ("intervalColumn", "at")));
        _task.Returned("load_customers", await LoadAsync("customers", "replace"));
        _task.Returned("something_else", new JsonObject { ["rows"] = 1 });
        _task.Returned("nothing", null);
    }

    [TearDown]
    public async Task StopAsync() => await _path.DisposeAsync();

    private async Task<JsonObject> LoadAsync(string table, string mode, params (string Name, string Value)[] inputs) =>
        await _path.LoadAsync(await _path.ExtractAsync([("table", table), .. inputs]), ("table", $"dw.{table}"), ("mode", mode));

    [Test]
    public async Task Equal_sides_pass_with_a_table_in_the_log()
    {
        var checks = """[{"name": "revenue", "sql": "SELECT sum(total) FROM dw.orders", "expect": "SELECT sum(total) FROM orders WHERE at < '2026-05-02'"}, {"name": "nulls", "sql": "SELECT count(*) FROM dw.orders WHERE id IS NULL", "value": 0}]""";

        var result = await _task.SucceedAsync(new Reconcile(), DataPath.Inputs(("checks", checks)));

        Assert.That(result["rows"]!.GetValue<long>(), Is.EqualTo(34));
        Assert.That(result["tables"]!.ToJsonString(), Is.EqualTo("""[{"table":"dw.orders","source":24,"target":24},{"table":"dw.customers","source":10,"target":10}]"""));
        Assert.That(_task.Log, Does.Match("dw.orders +24 +24").And.Match("revenue +414.0 +414"));
    }

    [Test]
    public async Task Every_difference_is_named()
    {
        await _path.RunInTargetAsync("DELETE FROM dw.orders WHERE id = 3");
        await _path.Source.ExecuteAsync("INSERT INTO customers VALUES (11)");

        var failure = await DataPath.FailAsync(() => _task.RunAsync(new Reconcile(), DataPath.Inputs(("checks", """[{"name": "always", "sql": "SELECT 1", "value": 2}]"""))));

        Assert.That(failure.Message, Does.Contain("3 of 3 comparisons differ").And.Contain("dw.orders: source 24, target 23").And.Contain("dw.customers: source 11, target 10").And.Contain("always: source 2, target 1"));
    }

    [Test]
    public async Task A_named_task_that_loaded_nothing_is_refused() =>
        Assert.That((await DataPath.FailAsync(() => _task.RunAsync(new Reconcile(), DataPath.Inputs(("loads", """["something_else"]"""))))).Message, Does.Contain("'something_else' returned no load"));
}
