using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage.Dags;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>What comes of DAGs whose plugin comes, goes and comes back while the scheduler runs.</summary>
public class PluginTests
{
    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task A_dag_is_loaded_when_its_plugin_comes_and_not_when_it_is_gone()
    {
        _bench.Write("d", DagJson.Of("d", "a>b", _ => [], "Acme.Notify", ("isPausedUponCreation", "false")));
        await _bench.SyncAsync();
        Assert.That(await ErrorsAsync(), Has.Count.EqualTo(2).And.All.Contains("The activity type 'Acme.Notify' is not known.").And.All.Contains("put that into the plugins folder of every host"));

        Set(new Notify());
        await _bench.SyncAsync();
        Assert.That(((await ErrorsAsync()).Count, (await DagAsync())?.IsStale), Is.EqualTo((0, (bool?)false)));

        Set();
        await _bench.SyncAsync();
        Assert.That(await ErrorsAsync(), Has.Count.EqualTo(2));
        Assert.That((await DagAsync())!.IsStale, Is.False, "the last good version goes on");
        Assert.That(() => _bench.TriggerAsync("d"), Throws.TypeOf<DagUnreadableException>().With.Message.Contains("Install the activities it uses on every host"));

        Set(new Notify());
        await _bench.SyncAsync();
        Assert.That(await ErrorsAsync(), Is.Empty);
        Assert.That((await _bench.TaskAsync(await _bench.TriggerAsync("d"), "a")).State, Is.EqualTo(TaskState.Queued));
    }

    [Test]
    public async Task A_run_goes_on_where_its_plugin_was_known_and_waits_where_it_was_not_until_it_is_there()
    {
        Set(new Notify());
        _bench.Write("d", DagJson.Of("d", "a>b", _ => [], "Acme.Notify", ("isPausedUponCreation", "false")));
        await _bench.SyncAsync();
        var run = await _bench.TriggerAsync("d");
        var claim = (await _bench.ClaimAsync(run, "a"))!;

        Set();
        await _bench.ReportAsync(claim, TaskState.Success);
        Assert.That((await _bench.StatesAsync(run))["b"], Is.EqualTo(TaskState.Queued), "who ran the attempt can report its end");

        await using var another = _bench.NewHost();
        Assert.That(() => PlanAsync(another, run), Throws.TypeOf<DagUnreadableException>().With.Property(nameof(DagUnreadableException.MayPass)).True);
        another.GetRequiredService<ActivityCatalog>().SetPlugins([new Notify()]);
        await PlanAsync(another, run);
    }

    [Test]
    public async Task A_version_means_what_the_plugin_that_is_there_says()
    {
        Set(new Notify());
        _bench.Write("d", DagJson.Of("d", "a", _ => [("who", "x")], "Acme.Notify", ("isPausedUponCreation", "false")));
        await _bench.SyncAsync();
        var run = await _bench.TriggerAsync("d");
        var versions = _bench.Get<DagVersions>();
        Assert.That((await _bench.Database.InTransactionAsync(tx => versions.OfRunAsync(tx, run))).TasksById["a"].SkipsDownstream, Is.False);

        Set(new Notify(skips: true));

        Assert.That(versions.Known(run), Is.Null);
        Assert.That((await _bench.Database.InTransactionAsync(tx => versions.OfRunAsync(tx, run))).TasksById["a"].SkipsDownstream, Is.True);
        Assert.That(versions.Known(run), Is.Not.Null);
    }

    private Task<PlannedWork> PlanAsync(IServiceProvider host, DagRun run) => _bench.Database.InTransactionAsync(tx => host.GetRequiredService<RunPlanning>().PlanAsync(tx, run.Id, _bench.Now));

    private void Set(params IActivity[] plugins) => _bench.Get<ActivityCatalog>().SetPlugins(plugins);

    private async Task<List<string>> ErrorsAsync() => [.. (await _bench.Database.InTransactionAsync(ImportErrorTable.ListAsync)).Select(error => error.Message)];

    private Task<StoredDag?> DagAsync() => _bench.Database.InTransactionAsync(tx => DagTable.FindAsync(tx, "d"));

    private sealed class Notify(bool skips = false) : IActivity
    {
        public ActivityDescriptor Descriptor { get; } = new(
            "Acme.Notify", "Notify", "Acme", "Tells somebody.", [new("who", InputType.String, "Who", "Somebody.")], [], ["Done"])
        { SkipsDownstream = skips };

        public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation) => Task.FromResult<Outcome>(new Outcome.Succeeded());
    }
}
