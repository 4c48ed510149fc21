using Pipelines.Storage.Dags;

namespace Pipelines.IntegrationTests.Scheduling;

public class DagFolderTests
{
    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task A_new_dag_is_stored_paused()
    {
        _bench.Write("d", DagJson.Of("d", "a>b", ("schedule", "@daily"), ("tags", "[\"shop\"]")));
        await _bench.SyncAsync();

        var dag = await DagAsync("d");
        Assert.That((dag.IsPaused, dag.IsStale, dag.FileName, dag.Tags.Single()), Is.EqualTo((true, false, "d.json", "shop")));
        Assert.That(dag.NextRun, Is.Not.Null);
    }

    [Test]
    public async Task All_errors_of_a_file_are_stored_with_their_place_and_go_when_it_is_mended()
    {
        _bench.Write("d", DagJson.Of("d", "a>b b>a", ("schedule", "99 * * * *")));
        await _bench.SyncAsync();

        var errors = await _bench.Database.InTransactionAsync(ImportErrorTable.ListAsync);
        Assert.That(errors, Has.Count.GreaterThanOrEqualTo(2));
        Assert.That(errors.Select(error => error.File).Distinct(), Is.EqualTo(new[] { "d.json" }));
        Assert.That(errors.Select(error => error.JsonPath), Has.Some.Contains("activities"));

        _bench.Write("d", DagJson.Of("d", "a>b"));
        await _bench.SyncAsync();
        Assert.That(await _bench.Database.InTransactionAsync(ImportErrorTable.ListAsync), Is.Empty);
        Assert.That((await DagAsync("d")).IsStale, Is.False);
    }

    [Test]
    public async Task What_a_run_would_find_is_an_error_of_the_file_and_not_of_the_version_before()
    {
        await _bench.AddDagAsync("d", "a");
        _bench.Write("d", DagJson.Of("d", "a", ("schedule", 5)));
        await _bench.SyncAsync();

        var error = (await _bench.Database.InTransactionAsync(ImportErrorTable.ListAsync)).Single();
        Assert.That(error.Message, Is.EqualTo("Input 'schedule' is 5, a number, but must be a text. If you mean the text, write it in quotes: \"5\"."));
        Assert.That((await DagAsync("d")).IsStale, Is.False);
    }

    [Test]
    public async Task A_broken_change_leaves_the_last_good_version()
    {
        await _bench.AddDagAsync("d", "a");
        var good = (await DagAsync("d")).CurrentVersionId;
        _bench.Write("d", "{ broken");
        await _bench.SyncAsync();

        Assert.That(((await DagAsync("d")).CurrentVersionId, (await DagAsync("d")).IsStale), Is.EqualTo((good, false)));
        Assert.That(await _bench.Database.InTransactionAsync(ImportErrorTable.ListAsync), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_change_makes_a_version_only_when_a_run_uses_the_old_one()
    {
        await _bench.AddDagAsync("d", "a");
        var first = (await DagAsync("d")).CurrentVersionId;
        await _bench.AddDagAsync("d", "a>b");
        Assert.That((await DagAsync("d")).CurrentVersionId, Is.EqualTo(first));
        var run = await _bench.TriggerAsync("d");

        await _bench.AddDagAsync("d", "a>b b>c");

        Assert.That((await DagAsync("d")).CurrentVersionId, Is.Not.EqualTo(first));
        Assert.That(await _bench.StatesAsync(run), Has.Count.EqualTo(2));
        await _bench.RunTaskAsync(run, "a");
        await _bench.RunTaskAsync(run, "b");
        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(Model.Runs.DagRunState.Success));
    }

    [Test]
    public async Task A_dag_whose_file_is_gone_is_stale_and_comes_back_with_its_file()
    {
        await _bench.AddDagAsync("d", "a");
        File.Delete(Path.Combine(_bench.Folder, "d.json"));
        await _bench.SyncAsync();
        Assert.That((await DagAsync("d")).IsStale, Is.True);

        await _bench.AddDagAsync("d", "a");
        Assert.That((await DagAsync("d")).IsStale, Is.False);
    }

    [Test]
    public async Task A_folder_that_has_vanished_makes_no_dag_stale()
    {
        await _bench.AddDagAsync("d", "a");
        Directory.Delete(_bench.Folder, recursive: true);
        await _bench.SyncAsync();

        Assert.That((await DagAsync("d")).IsStale, Is.False);
    }

    [Test]
    public async Task A_display_name_follows_the_file()
    {
        _bench.Write("d", DagJson.Of("d", "a", ("dagDisplayName", "Sales 🚀")));
        await _bench.SyncAsync();
        Assert.That((await DagAsync("d")).DisplayName, Is.EqualTo("Sales 🚀"));

        _bench.Write("d", DagJson.Of("d", "a"));
        await _bench.SyncAsync();
        Assert.That((await DagAsync("d")).DisplayName, Is.Null);
    }

    private async Task<StoredDag> DagAsync(string dagId) => (await _bench.Database.InTransactionAsync(tx => DagTable.FindAsync(tx, dagId)))!;
}
