using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Assets;
using Pipelines.Model.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>The success of a task updates its outlets (airflow-semantics.md §17), in the transaction that ends it.</summary>
public class OutletTests
{
    private TestEngine _engine = null!;

    [SetUp]
    public async Task StartAsync() => _engine = await TestEngine.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _engine.DisposeAsync();

    private async Task<(TaskInstance Task, List<string> Events)> RunAsync(TaskState end, Outcome outcome)
    {
        _engine.Probe.Does = (_, _) => Task.FromResult(outcome);
        var run = await _engine.StartRunAsync("p", new TestTask("load", ("outlets", """["orders", {"name": "leads", "uri": "s3://lake/leads"}, {"alias": "daily"}]""")));
        var task = await _engine.UntilTaskIsAsync(run, "load", end);
        var events = await _engine.Sql.ScalarAsync<string[]>("SELECT coalesce(array_agg(a.uri || ' ' || e.extra || ' ' || e.source_dag_id || '.' || e.source_task_id ORDER BY e.id), '{}') FROM pipelines.asset_event e JOIN pipelines.asset a ON a.id = e.asset_id");
        return (task, [.. events]);
    }

    [Test]
    public async Task Each_outlet_gets_an_event_with_what_the_task_says_of_it()
    {
        var (_, events) = await RunAsync(TaskState.Success, new Outcome.Succeeded { AssetUpdates = [new AssetUpdate(new Asset("orders", "orders"), new JsonObject { ["rows"] = 7 })] });
        Assert.That(events, Is.EqualTo(new[] { """orders {"rows":7} p.load""", "s3://lake/leads {} p.load" }));
    }

    [Test]
    public async Task An_alias_stands_for_what_the_task_says()
    {
        var day = new Asset("s3://lake/day=1", "s3://lake/day=1");
        var (_, events) = await RunAsync(TaskState.Success, new Outcome.Succeeded { AssetUpdates = [new AssetUpdate(day, [], "daily")] });
        Assert.That(events, Does.Contain("s3://lake/day=1 {} p.load"));
        Assert.That(await _engine.Sql.ScalarAsync<string>("SELECT alias FROM pipelines.asset_alias_asset"), Is.EqualTo("daily"));
    }

    [Test]
    public async Task A_run_that_updates_call_for_knows_them()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        var seen = new TaskCompletionSource<string?>();
        engine.Probe.Does = (context, _) =>
        {
            seen.SetResult(context.Inputs.Optional("text"));
            return Task.FromResult<Outcome>(new Outcome.Succeeded());
        };
        var run = await engine.StartRunAsync("c", new TestTask("read", ("text", "{% for uri, events in triggering_asset_events.items() %}{{ uri }}: {{ events[0].extra.rows }} of {{ events[0].source_task_id }}{% endfor %}")));
        await engine.Sql.ExecuteAsync(
            $$"""
            UPDATE pipelines.dag_run SET run_type = 'asset_triggered' WHERE id = {{run}};
            INSERT INTO pipelines.asset (name, uri, group_name, created_at) VALUES ('orders', 's3://lake/orders', 'asset', now());
            INSERT INTO pipelines.asset_event (asset_id, extra, source_dag_id, source_run_id, source_task_id, source_map_index, created_at) SELECT id, '{"rows": 7}', 'p', 'r', 'load', -1, now() FROM pipelines.asset;
            INSERT INTO pipelines.dag_run_asset_event (dag_run_id, asset_event_id) SELECT {{run}}, id FROM pipelines.asset_event;
            """);
        await engine.StartWorkerAsync();

        await engine.UntilAsync(async () => (await engine.TaskAsync(run, "read")).State.IsFinished(), "it has ended");
        Assert.That((await engine.TaskAsync(run, "read")).Error, Is.Null);
        Assert.That(await seen.Task, Is.EqualTo("s3://lake/orders: 7 of load"));
    }

    [Test]
    public async Task A_task_reads_the_updates_of_its_inlets_also_of_an_alias()
    {
        await RunAsync(TaskState.Success, new Outcome.Succeeded
        {
            AssetUpdates = [new AssetUpdate(new Asset("orders", "orders"), new JsonObject { ["rows"] = 7 }), new AssetUpdate(new Asset("s3://lake/day=1", "s3://lake/day=1"), new JsonObject { ["day"] = 1 }, "daily")],
        });
        var seen = new TaskCompletionSource<string?>();
        _engine.Probe.Does = async (context, cancellation) =>
        {
            var newest = await context.Assets.EventsAsync(new AssetEventQuery(new AssetKey("orders", "orders"), null) { IsAscending = false, Limit = 1, After = _engine.Time.GetUtcNow().AddDays(-1), Before = _engine.Time.GetUtcNow() }, cancellation);
            seen.SetResult($"{context.Inputs.Optional("text")} {newest[0]!["extra"]!["rows"]}");
            return new Outcome.Succeeded();
        };
        var run = await _engine.StartRunAsync("c", new TestTask("read", ("inlets", """["orders", {"alias": "daily"}]"""), ("text", "{{ inlet_events[0][-1].extra.rows }} {{ inlet_events['daily'][0].extra.day }} {{ inlet_events['daily'] | length }}")));
        await _engine.UntilTaskIsAsync(run, "read", TaskState.Success);
        Assert.That(await seen.Task, Is.EqualTo("7 1 1 7"));
    }

    [Test]
    public async Task An_update_by_alias_leaves_what_a_file_says_of_the_asset()
    {
        await RunAsync(TaskState.Success, new Outcome.Succeeded());
        await _engine.Sql.ExecuteAsync("UPDATE pipelines.asset SET group_name = 'shop' WHERE name = 'orders'");
        _engine.Probe.Does = (_, _) => Task.FromResult<Outcome>(new Outcome.Succeeded { AssetUpdates = [new AssetUpdate(new Asset("orders", "orders"), [], "daily")] });
        var run = await _engine.StartRunAsync("q", new TestTask("load", ("outlets", """[{"alias": "daily"}]""")));
        await _engine.UntilTaskIsAsync(run, "load", TaskState.Success);
        Assert.That(await _engine.Sql.ScalarAsync<string>("SELECT group_name FROM pipelines.asset WHERE name = 'orders'"), Is.EqualTo("shop"));
    }

    [Test]
    public async Task What_is_skipped_updates_nothing()
    {
        var (_, events) = await RunAsync(TaskState.Skipped, new Outcome.Skipped("nothing came"));
        Assert.That(events, Is.Empty);
    }

    [Test]
    public async Task What_is_no_outlet_fails_the_attempt()
    {
        var (task, events) = await RunAsync(TaskState.Failed, new Outcome.Succeeded { AssetUpdates = [new AssetUpdate(new Asset("sales", "sales"), [])] });
        Assert.That(task.Error, Does.Contain("asset 'sales', which is none of its outlets"));
        Assert.That(events, Is.Empty);
    }

    [Test]
    public async Task Who_ends_two_tasks_that_update_the_same_waits_for_the_other_and_both_count()
    {
        var run = await _engine.StartRunAsync("p", [.. Enumerable.Range(1, 8).Select(number => new TestTask($"t{number}", ("outlets", """["orders", "leads"]""")) { After = [] })]);
        foreach (var number in Enumerable.Range(1, 8)) await _engine.UntilTaskIsAsync(run, $"t{number}", TaskState.Success);
        Assert.That(await _engine.Sql.ScalarAsync<long>("SELECT count(*) FROM pipelines.asset_event"), Is.EqualTo(16));
    }
}
