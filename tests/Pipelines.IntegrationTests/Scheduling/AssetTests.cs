using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage.Assets;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>Updates of assets call for runs (airflow-semantics.md §17).</summary>
public class AssetTests
{
    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    private Task WaitsForAsync(string dagId, string assets, params (string, JsonNode)[] more) => _bench.AddDagAsync(dagId, "a", [("assets", assets), .. more]);

    private async Task UpdateAsync(params string[] names)
    {
        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        foreach (var name in names) await _bench.Get<CreateAssetEvent>().ExecuteAsync(name, new JsonObject { ["rows"] = 7 }, EngineBench.Actor, CancellationToken.None);
    }

    [Test]
    public async Task All_of_them_must_have_been_updated_since_the_last_run()
    {
        await WaitsForAsync("d", """["orders", "leads"]""");

        await UpdateAsync("orders");
        await _bench.TickAsync();
        Assert.That(await _bench.RunsAsync("d"), Is.Empty);
        await UpdateAsync("orders");
        await UpdateAsync("leads");
        await _bench.TickAsync();
        await _bench.TickAsync();

        var run = (await _bench.RunsAsync("d")).Single();
        Assert.That((run.RunType, run.TriggeredBy, run.LogicalDate, run.RunAfter), Is.EqualTo((DagRunType.AssetTriggered, RunTriggeredBy.Asset, (DateTimeOffset?)null, _bench.Now)));
        Assert.That(run.RunId, Does.StartWith("asset_triggered__2026-01-10T12:03:00+00:00_"));
        Assert.That(await _bench.StatesAsync(run), Is.EqualTo(new Dictionary<string, TaskState> { ["a"] = TaskState.Queued }));
        var events = await _bench.Database.InTransactionAsync(tx => AssetEventTable.OfRunAsync(tx, run.Id));
        Assert.That(events.Select(each => each.Asset.Name), Is.EqualTo(new[] { "orders", "orders", "leads" }), "also those that collapsed into one");
        Assert.That(events[0].Extra.ToJsonString(), Is.EqualTo("""{"rows":7}"""));

        await UpdateAsync("leads");
        await _bench.TickAsync();
        Assert.That(await _bench.RunsAsync("d"), Has.Count.EqualTo(1), "orders was not updated since");
    }

    [Test]
    public async Task The_next_run_is_about_what_came_since()
    {
        await WaitsForAsync("d", """{"any": ["orders", "leads"]}""");
        foreach (var name in new[] { "orders", "leads" })
        {
            await UpdateAsync(name);
            await _bench.TickAsync();
        }

        var runs = await _bench.RunsAsync("d");
        var names = new List<string>();
        foreach (var run in runs) names.Add(string.Join(" ", (await _bench.Database.InTransactionAsync(tx => AssetEventTable.OfRunAsync(tx, run.Id))).Select(each => each.Asset.Name)));
        Assert.That(names, Is.EqualTo(new[] { "leads", "orders" }));
    }

    [Test]
    public async Task A_paused_DAG_gathers_nothing()
    {
        await WaitsForAsync("d", """["orders"]""");
        var pause = _bench.Get<SetDagPaused>();
        await pause.ExecuteAsync("d", true, EngineBench.Actor, CancellationToken.None);
        await UpdateAsync("orders");
        await pause.ExecuteAsync("d", false, EngineBench.Actor, CancellationToken.None);
        await _bench.TickAsync();

        Assert.That(await _bench.RunsAsync("d"), Is.Empty);
    }

    [Test]
    public async Task Max_active_runs_holds_back_and_what_comes_meanwhile_is_one_run()
    {
        await WaitsForAsync("d", """["orders"]""", ("maxActiveRuns", "1"));
        for (var number = 0; number < 3; number++)
        {
            await UpdateAsync("orders");
            await _bench.TickAsync();
        }

        var first = (await _bench.RunsAsync("d")).Single();
        await _bench.RunTaskAsync(first, "a");
        await _bench.TickAsync();
        Assert.That(await _bench.RunsAsync("d"), Has.Count.EqualTo(2));
        var second = (await _bench.RunsAsync("d"))[0];
        Assert.That(await _bench.Database.InTransactionAsync(tx => AssetEventTable.OfRunAsync(tx, second.Id)), Has.Count.EqualTo(2));
    }

    private Task<IReadOnlyList<string>> ToLookAtAsync() => _bench.Database.InTransactionAsync(AssetQueueTable.ChangedDagsAsync);

    [Test]
    public async Task A_DAG_of_which_some_came_is_looked_at_again_only_when_something_has_changed()
    {
        await WaitsForAsync("d", """["orders", "leads"]""");
        await UpdateAsync("orders");
        Assert.That(await ToLookAtAsync(), Is.EqualTo(new[] { "d" }));
        await _bench.TickAsync();
        Assert.That(await ToLookAtAsync(), Is.Empty);

        await UpdateAsync("orders");
        Assert.That(await ToLookAtAsync(), Is.EqualTo(new[] { "d" }), "an update");
        await _bench.TickAsync();
        await WaitsForAsync("d", """{"any": ["orders", "leads"]}""");
        Assert.That(await ToLookAtAsync(), Is.EqualTo(new[] { "d" }), "another condition");
        await _bench.TickAsync();
        Assert.That(await _bench.RunsAsync("d"), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_DAG_that_is_full_is_not_looked_at_until_a_run_has_ended()
    {
        await WaitsForAsync("d", """["orders"]""", ("maxActiveRuns", "1"));
        await UpdateAsync("orders");
        await _bench.TickAsync();
        await UpdateAsync("orders");
        Assert.That(await ToLookAtAsync(), Is.Empty);
        await _bench.RunTaskAsync((await _bench.RunsAsync("d")).Single(), "a");
        Assert.That(await ToLookAtAsync(), Is.EqualTo(new[] { "d" }));
    }

    [Test]
    public async Task What_a_DAG_waits_for_no_more_is_forgotten()
    {
        await WaitsForAsync("d", """["orders", "leads"]""");
        await UpdateAsync("orders");
        await WaitsForAsync("d", """["leads", "sales"]""");
        Assert.That(await QueuedAsync(), Is.Empty);
    }

    private async Task<IReadOnlyList<string>> QueuedAsync(string? dagId = null, long? assetId = null) =>
        [.. (await _bench.Database.InTransactionAsync(tx => AssetQueueTable.ListAsync(tx, dagId, assetId))).Select(each => $"{each.DagId} {each.Asset.Name}")];

    [Test]
    public async Task What_is_queued_of_a_DAG_or_an_asset_is_listed_and_deleted()
    {
        foreach (var dagId in new[] { "c", "d", "e" }) await WaitsForAsync(dagId, """["orders", "leads", "sales"]""");
        await UpdateAsync("orders", "leads");
        var orders = (await _bench.Database.InTransactionAsync(tx => AssetTable.FindAsync(tx, "orders")))!.Id;
        Assert.That(await QueuedAsync("d"), Is.EqualTo(new[] { "d leads", "d orders" }));
        Assert.That(await QueuedAsync(null, orders), Is.EqualTo(new[] { "c orders", "d orders", "e orders" }));

        Task<int> DeleteAsync(string? dagId, string? asset, DateTimeOffset? before = null) => _bench.Get<DeleteQueuedEvents>().ExecuteAsync(dagId, asset, before, EngineBench.Actor, CancellationToken.None);
        Assert.That(await DeleteAsync("d", null), Is.EqualTo(2));
        Assert.That(await DeleteAsync("c", "leads"), Is.EqualTo(1));
        Assert.That(async () => await DeleteAsync(null, "orders", _bench.Now.AddMinutes(-5)), Throws.InstanceOf<OperationException>());
        Assert.That(await DeleteAsync(null, "orders", _bench.Now.AddMinutes(1)), Is.EqualTo(2));
        Assert.That(await QueuedAsync(), Is.EqualTo(new[] { "e leads" }));

        foreach (var (dagId, asset, words) in new[] { (null, null, "Name a DAG, an asset, or both"), ("nope", null, "no DAG 'nope'"), (null, "nope", "no asset 'nope'"), ("d", "leads", "Nothing is queued of DAG 'd' and asset 'leads'") })
            Assert.That(async () => await DeleteAsync(dagId, asset), Throws.InstanceOf<OperationException>().With.Message.Contains(words));

        await UpdateAsync("orders", "sales");
        await _bench.TickAsync();
        Assert.That(await _bench.RunsAsync("d"), Is.Empty, "its leads were forgotten");
        Assert.That(await _bench.RunsAsync("e"), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Schedulers_side_by_side_make_one_run()
    {
        await WaitsForAsync("d", """["orders"]""");
        await UpdateAsync("orders");
        await using var second = _bench.NewHost();
        Scheduler[] schedulers = [_bench.Get<Scheduler>(), second.GetRequiredService<Scheduler>()];

        await Task.WhenAll(schedulers.Select(scheduler => Task.Run(() => scheduler.TickAsync(_bench.Now, CancellationToken.None))));
        await _bench.TickAsync();

        Assert.That(await _bench.RunsAsync("d"), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_schedule_beside_them_calls_for_runs_too()
    {
        await WaitsForAsync("d", """["orders"]""", ("schedule", "0 0 * * *"), ("startDate", "2026-01-10"));
        await UpdateAsync("orders");
        await _bench.TickAsync();

        Assert.That((await _bench.RunsAsync("d")).Select(run => run.RunType), Is.EquivalentTo(new[] { DagRunType.Scheduled, DagRunType.AssetTriggered }));
    }

    [Test]
    public async Task One_DAG_that_cannot_have_a_run_keeps_no_other_from_its_own()
    {
        await WaitsForAsync("bad", """["orders"]""");
        await WaitsForAsync("good", """["orders"]""");
        await UpdateAsync("orders");
        await _bench.Server.ExecuteAsync("CREATE FUNCTION pipelines.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poisoned'; END $$");
        await _bench.Server.ExecuteAsync("CREATE TRIGGER refuse BEFORE INSERT ON pipelines.dag_run FOR EACH ROW WHEN (NEW.dag_id = 'bad') EXECUTE FUNCTION pipelines.refuse()");

        await _bench.TickAsync();

        Assert.That(await _bench.RunsAsync("good"), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Who_updates_and_who_waits_is_known_until_no_file_says_so()
    {
        await WaitsForAsync("d", """["orders"]""");
        await _bench.AddDagAsync("p", "load", _ => [("outlets", """[{"name": "orders", "uri": "orders", "group": "shop"}]""")]);

        var asset = (await _bench.Database.InTransactionAsync(tx => AssetTable.ListAsync(tx))).Single();
        Assert.That((asset.Asset.Group, asset.Consumers.Single(), asset.Producers.Single()), Is.EqualTo(("shop", "d", ("p", "load"))));

        foreach (var dagId in new[] { "d", "p" }) await _bench.AddDagAsync(dagId, "a");
        Assert.That(await _bench.Database.InTransactionAsync(tx => AssetTable.ListAsync(tx)), Is.Empty);
    }

    [Test]
    public async Task An_asset_is_made_anew_by_the_one_DAG_that_updates_it()
    {
        var make = _bench.Get<MaterializeAsset>();
        await WaitsForAsync("d", """["orders"]""");
        Assert.That(async () => await make.ExecuteAsync("sales", EngineBench.Actor, CancellationToken.None), Throws.InstanceOf<OperationException>().With.Message.Contains("no asset 'sales'"));
        Assert.That(async () => await make.ExecuteAsync("orders", EngineBench.Actor, CancellationToken.None), Throws.InstanceOf<OperationException>().With.Message.Contains("No DAG updates"));

        await _bench.AddDagAsync("p", "load", _ => [("outlets", """["orders"]""")]);
        var run = (await make.ExecuteAsync("orders", EngineBench.Actor, CancellationToken.None)).Run;
        Assert.That((run.DagId, run.RunType), Is.EqualTo(("p", DagRunType.AssetMaterialization)));
        Assert.That(run.RunId, Does.StartWith("asset_materialization__"));

        await _bench.AddDagAsync("q", "load", _ => [("outlets", """["orders"]""")]);
        Assert.That(async () => await make.ExecuteAsync("orders", EngineBench.Actor, CancellationToken.None), Throws.InstanceOf<OperationException>().With.Message.Contains("several DAGs: p, q"));
    }
}
