using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Storage.Assets;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>Watchers update assets when something outside has happened (airflow-semantics.md §17).</summary>
public class AssetWatcherTests
{
    private EngineBench _bench = null!;
    private TemporaryDirectory _in = null!;

    [SetUp]
    public async Task CreateAsync()
    {
        (_bench, _in) = (await EngineBench.CreateAsync(), new TemporaryDirectory());
        await AddAsync("landing.csv");
    }

    [TearDown]
    public async Task DropAsync()
    {
        await _bench.DisposeAsync();
        _in.Dispose();
    }

    private string Of(string file) => Path.Combine(_in.Path, file);

    private Task AddAsync(string file) =>
        _bench.AddDagAsync("d", "a", [("assets", $$$"""[{"name": "orders", "watchers": [{"name": "landing", "activity": "FileSensor", "inputs": {"filepath": "{{{Of(file)}}}"}}]}]""")]);

    /// <summary>A minute later.</summary>
    private async Task LookAsync()
    {
        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        await _bench.Get<AssetWatching>().TickAsync(CancellationToken.None);
    }

    private Task<StoredAsset?> OrdersAsync() => _bench.Database.InTransactionAsync(tx => AssetTable.FindAsync(tx, "orders"));

    private async Task<long> EventsAsync() => (await OrdersAsync())!.Events;

    [Test]
    public async Task What_has_come_updates_the_asset_once_and_again_when_it_has_gone_and_come_again()
    {
        await LookAsync();
        Assert.That(await EventsAsync(), Is.Zero);
        await File.WriteAllTextAsync(Of("landing.csv"), "1");
        await LookAsync();
        await LookAsync();
        Assert.That(await EventsAsync(), Is.EqualTo(1));
        var orders = (await OrdersAsync())!;
        var told = (await _bench.Database.InTransactionAsync(tx => AssetEventTable.OfAssetAsync(tx, orders.Id, 1))).Single();
        Assert.That((told.Source, told.Extra.ToJsonString()), Is.EqualTo(((Pipelines.Model.Runs.TaskInstanceKey?)null, """{"from_trigger":true,"watcher":"landing","payload":null}""")));
        await _bench.TickAsync();
        Assert.That(await _bench.RunsAsync("d"), Has.Count.EqualTo(1));

        File.Delete(Of("landing.csv"));
        await LookAsync();
        await File.WriteAllTextAsync(Of("landing.csv"), "2");
        await LookAsync();
        Assert.That(await EventsAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task A_file_that_is_written_again_in_its_place_is_told_too()
    {
        await File.WriteAllTextAsync(Of("landing.csv"), "monday");
        await LookAsync();
        await LookAsync();
        Assert.That(await EventsAsync(), Is.EqualTo(1));

        await File.WriteAllTextAsync(Of("landing.csv"), "tuesday");
        await LookAsync();
        await LookAsync();
        Assert.That(await EventsAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task Schedulers_side_by_side_look_once_and_not_before_its_time()
    {
        await File.WriteAllTextAsync(Of("landing.csv"), "1");
        await using var second = _bench.NewHost();
        AssetWatching[] both = [_bench.Get<AssetWatching>(), (AssetWatching)second.GetService(typeof(AssetWatching))!];
        await Task.WhenAll(both.Select(watching => Task.Run(() => watching.TickAsync(CancellationToken.None))));
        Assert.That(await EventsAsync(), Is.EqualTo(1));
        File.Delete(Of("landing.csv"));
        await _bench.Get<AssetWatching>().TickAsync(CancellationToken.None);
        await LookAsync();
        await File.WriteAllTextAsync(Of("landing.csv"), "1");
        await _bench.Get<AssetWatching>().TickAsync(CancellationToken.None);
        Assert.That(await EventsAsync(), Is.EqualTo(1), "it is not a minute later");
    }

    [Test]
    public async Task A_DAG_that_is_paused_or_names_it_no_more_does_not_look_and_another_file_begins_anew()
    {
        await File.WriteAllTextAsync(Of("landing.csv"), "1");
        await LookAsync();
        await File.WriteAllTextAsync(Of("other.csv"), "1");
        await AddAsync("other.csv");
        await LookAsync();
        Assert.That(await EventsAsync(), Is.EqualTo(2));
        await _bench.Get<SetDagPaused>().ExecuteAsync("d", true, EngineBench.Actor, CancellationToken.None);
        await AddAsync("landing.csv");
        await LookAsync();
        Assert.That(await EventsAsync(), Is.EqualTo(2));
        await _bench.AddDagAsync("d", "a", [("assets", """["orders"]""")]);
        Assert.That(await _bench.Database.InTransactionAsync(async tx => await AssetWatcherTable.OfAssetAsync(tx, (await AssetTable.FindAsync(tx, "orders"))!.Id)), Is.Empty);
    }

    [Test]
    public async Task A_look_that_fails_is_told_and_the_next_one_goes_on()
    {
        await _bench.AddDagAsync("d", "a", [("assets", """[{"name": "orders", "watchers": [{"name": "rows", "activity": "SqlSensor", "inputs": {"connectionId": "nowhere", "sql": "SELECT 1"}}]}]""")]);
        await LookAsync();
        var watcher = (await _bench.Database.InTransactionAsync(async tx => await AssetWatcherTable.OfAssetAsync(tx, (await AssetTable.FindAsync(tx, "orders"))!.Id))).Single();
        Assert.That((watcher.Name, watcher.LookAt), Is.EqualTo(("rows", _bench.Now + TimeSpan.FromMinutes(1))));
        Assert.That(watcher.Error, Does.Contain("Connection 'nowhere' does not exist"));
        Assert.That(await EventsAsync(), Is.Zero);
    }
}
