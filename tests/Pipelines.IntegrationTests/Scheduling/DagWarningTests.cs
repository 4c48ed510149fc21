using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Model.Dags;
using Pipelines.Storage.Dags;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>What is wrong with DAGs that are loaded (airflow-semantics.md §15 missing pools, §17 asset conflicts).</summary>
public class DagWarningTests
{
    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    private Task<IReadOnlyList<DagWarning>> WarningsAsync(string? dagId = null) => _bench.Database.InTransactionAsync(tx => DagWarningTable.ListAsync(tx, dagId));

    [Test]
    public async Task A_pool_that_is_missing_is_told_until_it_is_there_or_nobody_names_it()
    {
        await _bench.AddDagAsync("fine", "a");
        await _bench.AddDagAsync("d", "a b", task => [("pool", task == "a" ? "db" : "lake")]);
        var warning = (await WarningsAsync()).Single();
        Assert.That((warning.DagId, warning.Type), Is.EqualTo(("d", "non-existent pool")));
        Assert.That(warning.Message, Does.StartWith("Tasks of DAG 'd' name pools 'db', 'lake', which do not exist: they never start until"));

        await _bench.Get<SetPool>().ExecuteAsync("db", 1, null, EngineBench.Actor, CancellationToken.None);
        Assert.That((await WarningsAsync("d")).Single().Message, Does.Contain("name pool 'lake', which does not exist"));

        await _bench.AddDagAsync("d", "a b", _ => [("pool", "db")]);
        Assert.That(await WarningsAsync(), Is.Empty);
        await _bench.AddDagAsync("d", "a", _ => [("pool", "lake")]);
        Assert.That(await WarningsAsync("fine"), Is.Empty);
        File.Delete(Path.Combine(_bench.Folder, "d.json"));
        await _bench.SyncAsync();
        Assert.That(await WarningsAsync(), Is.Empty, "its file is gone");
    }

    [Test]
    public async Task What_a_file_says_without_effect_is_told_until_it_is_mended()
    {
        await _bench.AddDagAsync("d", "a", _ => [("sql", "SELECT '{{ ds }}'")]);
        var warning = (await WarningsAsync()).Single();
        Assert.That((warning.DagId, warning.Type), Is.EqualTo(("d", "dag file")));
        Assert.That(warning.Message, Does.StartWith("d.json:").And.Contains("Input 'sql' looks like a template, but its syntax is Literal, so it is used as it stands."));

        await _bench.AddDagAsync("d", "a", _ => [("sql", "SELECT 1")]);
        Assert.That(await WarningsAsync(), Is.Empty);
    }

    [Test]
    public async Task Two_assets_of_one_name_or_one_URI_are_told_of_whoever_came_later()
    {
        static (string, JsonNode)[] Outlets(string uri, string name = "orders") => [("outlets", $$"""[{"name": "{{name}}", "uri": "{{uri}}"}]""")];
        await _bench.AddDagAsync("first", "a", _ => Outlets("s3://lake/orders"));
        Assert.That(await WarningsAsync(), Is.Empty);
        await _bench.AddDagAsync("again", "a", _ => Outlets("s3://lake/orders"));
        Assert.That(await WarningsAsync(), Is.Empty, "the same asset");

        await _bench.AddDagAsync("name", "a", _ => Outlets("s3://other/orders"));
        await _bench.AddDagAsync("uri", "a", _ => Outlets("s3://lake/orders", "sales"));
        Assert.That((await WarningsAsync()).Select(warning => (warning.DagId, warning.Type, warning.Message[..warning.Message.IndexOf(" of asset", StringComparison.Ordinal)])), Is.EqualTo(new[]
        {
            ("name", "asset conflict", "Asset 'orders' with URI 's3://other/orders' has the name"),
            ("uri", "asset conflict", "Asset 'sales' with URI 's3://lake/orders' has the URI"),
        }));

        foreach (var dagId in new[] { "first", "again" }) await _bench.AddDagAsync(dagId, "a");
        Assert.That(await WarningsAsync(), Is.Empty, "no DAG names the first any more");
        Assert.That((await _bench.Get<CreateAssetEvent>().ExecuteAsync("s3://lake/orders", [], EngineBench.Actor, CancellationToken.None)).Asset.Name, Is.EqualTo("sales"), "one in use comes first");
    }
}
