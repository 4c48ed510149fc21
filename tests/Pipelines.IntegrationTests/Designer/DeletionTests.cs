using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Storage.Access;
using Pipelines.Storage.Dags;

namespace Pipelines.IntegrationTests.Designer;

/// <summary>What goes when a DAG or a version is deleted, and what is not thrown away.</summary>
public class DeletionTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task Deleting_removes_file_and_draft_and_keeps_the_history()
    {
        await _bench.AddDagAsync("d", "a");
        var run = await _bench.TriggerAsync("d");
        await SaveAsync("d", DagJson.Of("d", "a>b"));
        await _bench.Get<DeleteDag>().ExecuteAsync("d", EngineBench.Actor, None);

        Assert.That(File.Exists(Path.Combine(_bench.Folder, "d.json")), Is.False);
        Assert.That(await DraftAsync("d"), Is.Null);
        Assert.That((await _bench.RunAsync(run.Id)).DagId, Is.EqualTo("d"));
        var events = await _bench.Database.InTransactionAsync(tx => EventLogTable.NewestAsync(tx, 10));
        Assert.That(events[0].Name, Is.EqualTo("delete_dag"));
    }

    [Test]
    public async Task A_file_that_changed_since_it_was_read_is_not_deleted()
    {
        await _bench.AddDagAsync("d", "a");
        await SaveAsync("d", DagJson.Of("d", "a>mine"));
        _bench.Write("d", DagJson.Of("d", "a>theirs"));

        var refusal = (await Assert.ThrowsAsync<OperationException>(() => _bench.Get<DeleteDag>().ExecuteAsync("d", EngineBench.Actor, None)))!;
        Assert.That(refusal.Kind, Is.EqualTo(RefusalKind.Conflict));
        Assert.That(refusal.Message, Does.Contain("d.json was changed").And.Contain("Nothing was deleted"));
        Assert.That((FileOf("d").Contains("theirs", StringComparison.Ordinal), await DraftAsync("d") is not null), Is.EqualTo((true, true)));

        await _bench.SyncAsync();
        await _bench.Get<DeleteDag>().ExecuteAsync("d", EngineBench.Actor, None);
        Assert.That(File.Exists(Path.Combine(_bench.Folder, "d.json")), Is.False, "now the person could see what is deleted");
    }

    [Test]
    public async Task A_file_that_somebody_put_where_only_a_draft_was_stays()
    {
        await SaveAsync("d", DagJson.Of("d", "a"));
        _bench.Write("d", DagJson.Of("d", "a>theirs"));
        await _bench.Get<DeleteDag>().ExecuteAsync("d", EngineBench.Actor, None);
        Assert.That(FileOf("d"), Does.Contain("theirs"));
    }

    [Test]
    public async Task A_version_that_runs_need_cannot_be_deleted()
    {
        await _bench.AddDagAsync("d", "a");
        await _bench.TriggerAsync("d");
        await SaveAsync("d", DagJson.Of("d", "a>b"));
        await _bench.Get<PublishDag>().ExecuteAsync("d", EngineBench.Actor, None);
        var used = (await _bench.Database.InTransactionAsync(tx => DagVersionTable.HeadsOfDagAsync(tx, "d")))[1];
        Assert.That(() => _bench.Get<DeleteDagVersion>().ExecuteAsync(used.Id, EngineBench.Actor, None), Throws.TypeOf<OperationException>());
    }

    private Task<DagDraft?> SaveAsync(string dagId, string json) =>
        _bench.Get<SaveDraft>().ExecuteAsync(dagId, JsonNode.Parse(json)!.AsObject(), EngineBench.Actor, None);

    private string FileOf(string dagId) => File.ReadAllText(Path.Combine(_bench.Folder, $"{dagId}.json"));

    private Task<DagDraft?> DraftAsync(string dagId) => _bench.Database.InTransactionAsync(tx => DagDraftTable.FindAsync(tx, dagId));
}
