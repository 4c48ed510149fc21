using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Designer;
using Pipelines.Model.Runs;
using Pipelines.Storage.Dags;

namespace Pipelines.IntegrationTests.Designer;

public class AuthoringTests
{
    private static readonly Actor Bob = new("bob", RunTriggeredBy.Ui);
    private static readonly CancellationToken None = CancellationToken.None;

    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task Publishing_writes_the_file_and_a_version_that_new_runs_use_at_once()
    {
        await _bench.AddDagAsync("d", "a");
        await SaveAsync("d", DagJson.Of("d", "a>b", ("isPausedUponCreation", "false")));
        Assert.That((await VersionsAsync("d")).Count, Is.EqualTo(1), "a draft is no version");

        await PublishAsync("d");

        var version = (await _bench.Database.InTransactionAsync(tx => DagVersionTable.FindAsync(tx, "d", 2)))!;
        Assert.That((version.VersionNumber, version.PublishedBy, version.FileText), Is.EqualTo((2, "ada", FileOf("d"))));
        Assert.That(await _bench.StatesAsync(await _bench.TriggerAsync("d")), Has.Count.EqualTo(2));
        Assert.That(await DraftAsync("d"), Is.Null);
        Assert.That(Directory.GetFiles(_bench.Folder).Select(Path.GetFileName), Is.EqualTo(new[] { "d.json" }), "no temporary file stays");
        await _bench.SyncAsync();
        Assert.That((await VersionsAsync("d")).Count, Is.EqualTo(2), "the folder's reader finds what it knows");
    }

    [Test]
    public async Task A_new_dag_gets_its_settings_activity_a_free_id_and_a_file_when_published()
    {
        var import = _bench.Get<ImportDag>();
        var created = await import.CreateAsync(Json("""{"name":"Sales load!","root":{"type":"Elsa.Flowchart"}}"""), EngineBench.Actor, None);
        var second = await import.CreateAsync(Json("""{"name":"Sales Load"}"""), EngineBench.Actor, None);
        Assert.That((created, second), Is.EqualTo(("sales_load", "sales_load_2")));

        var refusal = (await Assert.ThrowsAsync<OperationException>(() => PublishAsync(created)))!;
        Assert.That(refusal.Details.Single(), Does.Contain("no tasks"));
        Assert.That(await DraftAsync(created), Is.Not.Null);

        await SaveAsync(created, DagJson.Of(created, "a"));
        await PublishAsync(created);
        Assert.That(FileOf(created), Does.Contain("Pipelines.Dag"));
    }

    [Test]
    public async Task All_errors_of_a_draft_are_told_by_task_and_the_draft_is_kept()
    {
        await _bench.AddDagAsync("d", "a");
        await SaveAsync("d", DagJson.Of("d", "a>b b>a", ("schedule", "99 * * * *")));
        var refusal = (await Assert.ThrowsAsync<OperationException>(() => PublishAsync("d")))!;
        Assert.That(refusal.Details, Has.Some.StartsWith("DAG settings:").And.Some.Contains("cycle"));
        Assert.That(await DraftAsync("d"), Is.Not.Null);
        Assert.That(FileOf("d"), Does.Not.Contain("99 *"));
    }

    [Test]
    public async Task A_file_that_changed_under_a_draft_is_not_overwritten_and_both_are_kept_until_a_person_decides()
    {
        await _bench.AddDagAsync("d", "a");
        await SaveAsync("d", DagJson.Of("d", "a>mine"));
        var theirs = DagJson.Of("d", "a>theirs");
        _bench.Write("d", theirs);

        var refusal = (await Assert.ThrowsAsync<OperationException>(() => PublishAsync("d")))!;
        Assert.That(refusal.Kind, Is.EqualTo(RefusalKind.Conflict));
        Assert.That(refusal.Message, Does.Contain("d.json was changed").And.Contain("Discard"));
        Assert.That((FileOf("d"), (await DraftAsync("d"))!.FileText.Contains("mine", StringComparison.Ordinal)), Is.EqualTo((theirs, true)));

        await _bench.Get<KeepDraft>().ExecuteAsync("d", EngineBench.Actor, None);
        await PublishAsync("d");
        Assert.That(FileOf("d"), Does.Contain("mine"));
    }

    [Test]
    public async Task A_canvas_that_began_before_a_change_of_the_file_makes_a_draft_in_conflict()
    {
        await _bench.AddDagAsync("d", "a");
        var canvas = Json(DagJson.Of("d", "a>mine"));
        new DraftMark(DagFiles.HashOf(FileOf("d")), 0).PutOn(canvas);
        await _bench.AddDagAsync("d", "a>theirs");

        await _bench.Get<SaveDraft>().ExecuteAsync("d", canvas, EngineBench.Actor, None);
        Assert.That(() => PublishAsync("d"), Throws.TypeOf<OperationException>());
        Assert.That(FileOf("d"), Does.Contain("theirs"));
    }

    [Test]
    public async Task A_save_that_empties_a_graph_is_refused()
    {
        await _bench.AddDagAsync("d", "a>b");
        var empty = Json(DagJson.Of("d", "a"));
        empty["root"]!["activities"] = new JsonArray();
        var refusal = (await Assert.ThrowsAsync<OperationException>(() => _bench.Get<SaveDraft>().ExecuteAsync("d", empty, EngineBench.Actor, None)))!;
        Assert.That(refusal.Message, Does.Contain("3 activities"));
        Assert.That(await DraftAsync("d"), Is.Null);
    }

    [Test]
    public async Task Of_two_people_on_one_draft_the_second_is_refused_until_reloading()
    {
        await _bench.AddDagAsync("d", "a");
        await SaveAsync("d", DagJson.Of("d", "a>b"));
        await SaveAsync("d", DagJson.Of("d", "a>b b>c"));
        var stale = Json(DagJson.Of("d", "a>x"));
        new DraftMark(null, 1).PutOn(stale);
        var refusal = (await Assert.ThrowsAsync<OperationException>(() => _bench.Get<SaveDraft>().ExecuteAsync("d", stale, Bob, None)))!;
        Assert.That(refusal.Message, Does.StartWith("ada saved a draft of DAG 'd'"));

        new DraftMark(null, 2).PutOn(stale);
        var saved = await _bench.Get<SaveDraft>().ExecuteAsync("d", stale, Bob, None);
        Assert.That((saved!.Revision, saved.SavedBy), Is.EqualTo((3, "bob")));
        await Assert.ThrowsAsync<OperationException>(() => SaveAsync("d", DagJson.Of("d", "a")));
    }

    [Test]
    public async Task A_draft_that_somebody_else_saved_last_is_published_only_by_who_saves_it_again()
    {
        await _bench.AddDagAsync("d", "a");
        var draft = (await SaveAsync("d", DagJson.Of("d", "a>b")))!;
        var publish = _bench.Get<PublishDag>();
        var refusal = (await Assert.ThrowsAsync<OperationException>(() => publish.ExecuteAsync("d", Bob, None)))!;
        Assert.That(refusal.Kind, Is.EqualTo(RefusalKind.Conflict));
        Assert.That(refusal.Message, Does.StartWith("ada saved").And.Contain("Open it in the designer"));
        Assert.That((await VersionsAsync("d")).Count, Is.EqualTo(1));

        var seen = Json(draft.FileText);
        new DraftMark(draft.BaseHash, draft.Revision).PutOn(seen);
        await _bench.Get<SaveDraft>().ExecuteAsync("d", seen, Bob, None);
        await publish.ExecuteAsync("d", Bob, None);
        Assert.That((await VersionsAsync("d"))[0].PublishedBy, Is.EqualTo("bob"));
    }

    [Test]
    public async Task A_definition_that_says_nothing_new_makes_no_draft()
    {
        await _bench.AddDagAsync("d", "a>b");
        var shown = new StudioDefinition(_bench.Get<ActivityCatalog>()).Of(FileOf("d"));
        Assert.That(await _bench.Get<SaveDraft>().ExecuteAsync("d", shown, EngineBench.Actor, None), Is.Null);
    }

    [Test]
    public async Task An_old_version_comes_back_as_a_draft_unless_one_would_be_lost()
    {
        await _bench.AddDagAsync("d", "a");
        await SaveAsync("d", DagJson.Of("d", "a>b"));
        await PublishAsync("d");
        var draft = await _bench.Get<RevertDag>().ExecuteAsync("d", 1, EngineBench.Actor, None);
        Assert.That(draft.FileText, Does.Not.Contain("\"b\""));
        Assert.That(() => _bench.Get<RevertDag>().ExecuteAsync("d", 2, EngineBench.Actor, None), Throws.TypeOf<OperationException>().With.Message.Contains("draft"));
        await PublishAsync("d");
        Assert.That((await VersionsAsync("d"))[0].VersionNumber, Is.EqualTo(3));
        Assert.That(() => _bench.Get<DiscardDraft>().ExecuteAsync("d", EngineBench.Actor, None), Throws.TypeOf<OperationException>());
    }

    private Task<DagDraft?> SaveAsync(string dagId, string json) => _bench.Get<SaveDraft>().ExecuteAsync(dagId, Json(json), EngineBench.Actor, None);

    private Task PublishAsync(string dagId) => _bench.Get<PublishDag>().ExecuteAsync(dagId, EngineBench.Actor, None);

    private string FileOf(string dagId) => File.ReadAllText(Path.Combine(_bench.Folder, $"{dagId}.json"));

    private Task<DagDraft?> DraftAsync(string dagId) => _bench.Database.InTransactionAsync(tx => DagDraftTable.FindAsync(tx, dagId));

    private Task<IReadOnlyList<DagVersionHead>> VersionsAsync(string dagId) => _bench.Database.InTransactionAsync(tx => DagVersionTable.HeadsOfDagAsync(tx, dagId));

    private static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();
}
