using System.Text.Json.Nodes;
using Pipelines.Activities;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>A load either holds exactly what was extracted, or changes nothing and says why.</summary>
public sealed class LoadProofTests
{
    private DataPath _path = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _path = await DataPath.StartAsync();
        await _path.Source.ExecuteAsync(
            """
            CREATE TABLE orders (id int PRIMARY KEY, name varchar(400), created_at timestamptz NOT NULL);
            INSERT INTO orders SELECT i, 'order ' || i, timestamptz '2026-04-30 12:00+00' + i * interval '1 minute' FROM generate_series(0, 2999) AS i
            """);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _path.DisposeAsync();

    [Test]
    public async Task The_day_is_moved_and_four_numbers_agree()
    {
        var extract = await _path.ExtractAsync(("table", "public.orders"), ("intervalColumn", "created_at"));
        var load = await _path.LoadAsync(extract, ("table", "dw.day"), ("mode", "replace_interval"));

        Assert.That((extract["rows"]!.GetValue<long>(), extract["source_rows"]!.GetValue<long>()), Is.EqualTo((1440L, 1440L)));
        Assert.That(new[] { "extracted", "manifest", "loaded" }.Select(key => load[key]!.GetValue<long>()), Is.All.EqualTo(1440));
        Assert.That(await _path.TargetRowsAsync("SELECT min(created_at), max(created_at) FROM dw.day"), Is.EqualTo(new[] { "2026-05-01 00:00:00+00|2026-05-01 23:59:00+00" }));
    }

    [Test]
    public async Task A_day_loaded_twice_leaves_the_same_table_and_its_neighbours_alone()
    {
        (string, string)[] load = [("table", "dw.twice"), ("mode", "replace_interval")];
        await _path.LoadAsync(await _path.ExtractAsync(("table", "orders")), ("table", "dw.twice"));
        var before = await _path.TargetRowsAsync("SELECT * FROM dw.twice ORDER BY id");

        await _path.LoadAsync(await _path.ExtractAsync(("table", "orders"), ("intervalColumn", "created_at")), load);
        await _path.LoadAsync(await _path.ExtractAsync(("table", "orders"), ("intervalColumn", "created_at")), load);

        Assert.That(await _path.TargetRowsAsync("SELECT * FROM dw.twice ORDER BY id"), Is.EqualTo(before));
    }

    [Test]
    public async Task A_manifest_is_loaded_once_however_often_it_is_asked_for()
    {
        var extract = await _path.ExtractAsync(("table", "orders"));
        var loader = _path.Loader(extract);

        await loader.SucceedAsync(new CopyToRedshift(), DataPath.Inputs(("table", "dw.once")));
        var again = await loader.SucceedAsync(new CopyToRedshift(), DataPath.Inputs(("table", "dw.once")));

        Assert.That(await _path.TargetCountAsync("dw.once"), Is.EqualTo(3000));
        Assert.That(again["loaded"]!.GetValue<long>(), Is.EqualTo(3000));
        Assert.That(loader.Log, Does.Contain("is loaded into dw.once already"));
    }

    [Test]
    public async Task An_attempt_with_an_outdated_token_changes_nothing()
    {
        var zombie = _path.Loader(await _path.ExtractAsync(("table", "orders")), "fenced");
        var successor = _path.Loader(await _path.ExtractAsync(("table", "orders")), "fenced");
        successor.Token = 7;
        await successor.SucceedAsync(new CopyToRedshift(), DataPath.Inputs(("table", "dw.fenced"), ("mode", "replace")));
        var before = await _path.TargetRowsAsync("SELECT token, manifest FROM dw._pipelines_loads ORDER BY loaded_at");

        var failure = await DataPath.FailAsync(() => zombie.RunAsync(new CopyToRedshift(), DataPath.Inputs(("table", "dw.fenced"), ("mode", "replace"))));

        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.Contain("token 8").And.Contain("token 1").And.Contain("out of date"));
        Assert.That(await _path.TargetRowsAsync("SELECT token, manifest FROM dw._pipelines_loads ORDER BY loaded_at"), Is.EqualTo(before));
    }

    [Test]
    public async Task Loads_of_one_table_at_the_same_time_all_arrive()
    {
        var extracts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _path.ExtractAsync(("table", "orders"))));
        await _path.LoadAsync(extracts[0], ("table", "dw.busy"));

        await Task.WhenAll(extracts.Skip(1).Select(extract => _path.LoadAsync(extract, ("table", "dw.busy"))));

        Assert.That(await _path.TargetCountAsync("dw.busy"), Is.EqualTo(4 * 3000));
    }

    [Test]
    public async Task First_loads_of_different_tables_of_a_new_schema_do_not_disturb_each_other()
    {
        var extracts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _path.ExtractAsync(("table", "orders"))));

        await Task.WhenAll(extracts.Select((extract, i) => _path.LoadAsync(extract, ("table", $"fresh.t{i}"))));

        Assert.That(await _path.TargetCountAsync("fresh._pipelines_loads"), Is.EqualTo(4));
    }

    [Test]
    public async Task No_rows_make_no_file_and_an_empty_but_proven_load()
    {
        var extract = await _path.ExtractAsync(("query", "SELECT * FROM orders WHERE id < 0"));
        var load = await _path.LoadAsync(extract, ("table", "dw.empty"), ("mode", "replace"));

        Assert.That((extract["files"]!.GetValue<int>(), load["loaded"]!.GetValue<long>()), Is.EqualTo((0, 0L)));
        Assert.That(_path.Keys().Where(key => "s3://lake/" + key is var url && url.StartsWith(extract["prefix"]!.GetValue<string>(), StringComparison.Ordinal)), Has.Exactly(1).EndsWith("manifest.json"));
        Assert.That(await _path.TargetCountAsync("dw.empty"), Is.Zero);
    }

    [TestCase("", "somebody changed it", Description = "cut off")]
    [TestCase("same length", "not the file that the extract wrote", Description = "other bytes of the same length")]
    public async Task A_corrupted_file_fails_the_load_and_changes_nothing(string kind, string message)
    {
        var extract = await LoadOnceAndExtractAgainAsync("dw.corrupt");
        var key = PartKey(extract);
        var length = _path.S3.Store.Find(DataPath.Bucket, key)!.Size;
        await _path.S3.Store.PutAsync(DataPath.Bucket, key, new MemoryStream(new byte[kind.Length == 0 ? length / 2 : length]));

        var failure = await _path.FailToLoadAsync(extract, ("table", "dw.corrupt"), ("mode", "replace"));

        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.Contain(key).And.Contain(message).And.Contain("clear the extract task"));
        Assert.That(await _path.TargetCountAsync("dw.corrupt"), Is.EqualTo(3000));
    }

    [Test]
    public async Task A_deleted_file_fails_the_load_and_changes_nothing()
    {
        var extract = await LoadOnceAndExtractAgainAsync("dw.deleted");
        _path.S3.Store.Delete(DataPath.Bucket, PartKey(extract));

        var failure = await _path.FailToLoadAsync(extract, ("table", "dw.deleted"), ("mode", "replace"));

        Assert.That(failure.Message, Does.Contain(PartKey(extract)).And.Contain("not in S3"));
        Assert.That(await _path.TargetCountAsync("dw.deleted"), Is.EqualTo(3000));
    }

    [Test]
    public async Task A_manifest_that_promises_a_row_too_many_rolls_the_load_back_with_all_numbers()
    {
        var extract = await LoadOnceAndExtractAgainAsync("dw.liar");
        var key = extract["manifest"]!.GetValue<string>()["s3://lake/".Length..];
        string lie;
        using (var manifest = _path.S3.Store.OpenRead(DataPath.Bucket, key))
        {
            using var reader = new StreamReader(manifest.OpenBody());
            lie = (await reader.ReadToEndAsync()).Replace("\"record_count\": 3000", "\"record_count\": 3001");
        }
        await _path.S3.Store.PutAsync(DataPath.Bucket, key, new MemoryStream(System.Text.Encoding.UTF8.GetBytes(lie)));

        var failure = await _path.FailToLoadAsync(extract, ("table", "dw.liar"), ("mode", "replace"));

        Assert.That(failure.Message, Does.Contain("extracted 3000, in the manifest 3001, loaded 3000").And.Contain("rolled back"));
        Assert.That(await _path.TargetRowsAsync("SELECT count(*) FROM dw._pipelines_loads WHERE manifest LIKE '%" + key + "'"), Is.EqualTo(new[] { "0" }));
        Assert.That(await _path.TargetCountAsync("dw.liar"), Is.EqualTo(3000));
    }

    [Test]
    public async Task A_value_too_long_is_shown_with_table_column_row_value_and_fix()
    {
        await _path.RunInTargetAsync("CREATE SCHEMA IF NOT EXISTS dw");
        await _path.RunInTargetAsync("CREATE TABLE dw.narrow (id int, name varchar(256))");
        var extract = await _path.ExtractAsync(("query", "SELECT id, CASE id WHEN 2 THEN repeat('é', 150) ELSE name END AS name FROM orders WHERE id < 5 ORDER BY id"));

        var failure = await _path.FailToLoadAsync(extract, ("table", "dw.narrow"));

        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.Contain("table dw.narrow").And.Contain("Column name (VARCHAR(256))").And.Contain("line 3 of s3://lake/")
            .And.Contain("300 bytes").And.Contain("ALTER TABLE dw.narrow ALTER COLUMN \"name\" TYPE VARCHAR(512)").And.Contain("TRUNCATECOLUMNS"));
        var facts = failure.Facts.ToDictionary(fact => fact.Name, fact => fact.Value);
        Assert.That((facts["Table"], facts["Column"], facts["Loaded"]), Is.EqualTo(("dw.narrow", "name, VARCHAR(256)", "nothing")));
        Assert.That(facts["Row"], Does.StartWith("line 3 of s3://lake/"));
        Assert.That(facts["Value"], Does.EndWith("(300 bytes)"));
        Assert.That(facts["Cause"], Does.Contain("1204"));
        Assert.That(facts["Fix"], Does.Contain("VARCHAR(512)"));
        Assert.That(await _path.TargetCountAsync("dw.narrow"), Is.Zero);

        await _path.LoadAsync(extract, ("table", "dw.narrow"), ("copyOptions", "TRUNCATECOLUMNS"));
        Assert.That(await _path.TargetRowsAsync("SELECT octet_length(name) FROM dw.narrow WHERE id = 2"), Is.EqualTo(new[] { "256" }));
    }

    [Test]
    public async Task A_column_that_the_target_lacks_is_named_with_the_statement_that_adds_it()
    {
        await _path.RunInTargetAsync("CREATE SCHEMA IF NOT EXISTS dw");
        await _path.RunInTargetAsync("CREATE TABLE dw.lacking (id int)");

        var failure = await _path.FailToLoadAsync(await _path.ExtractAsync(("table", "orders")), ("table", "dw.lacking"));

        Assert.That(failure.Message, Does.Contain("ALTER TABLE dw.lacking ADD COLUMN \"name\" VARCHAR(1600);").And.Contain("\"created_at\" TIMESTAMPTZ"));
    }

    [Test]
    public async Task Without_a_role_copy_uses_the_keys_and_never_shows_them()
    {
        var loader = _path.Loader(await _path.ExtractAsync(("table", "orders")));
        loader.Add(_path.TargetConnection with { Extra = [] });

        await loader.SucceedAsync(new CopyToRedshift(), DataPath.Inputs(("table", "dw.keys"), ("distStyle", "key"), ("distKey", "Id"), ("sortKey", "created_at, id")));

        Assert.That(loader.Log, Does.Contain("CREDENTIALS '***'").And.Not.Contain("secret-of-key"));
        Assert.That(loader.Log, Does.Contain("DISTSTYLE KEY DISTKEY (\"id\") SORTKEY (\"created_at\", \"id\")"));
    }

    [Test]
    public async Task Replacing_an_interval_with_an_unfiltered_extract_is_refused()
    {
        var failure = await _path.FailToLoadAsync(await _path.ExtractAsync(("table", "orders")), ("table", "dw.unfiltered"), ("mode", "replace_interval"), ("intervalColumn", "created_at"));

        Assert.That(failure.Message, Does.Contain("was not filtered"));
    }

    private async Task<JsonObject> LoadOnceAndExtractAgainAsync(string table)
    {
        await _path.LoadAsync(await _path.ExtractAsync(("table", "orders")), ("table", table), ("mode", "replace"));
        return await _path.ExtractAsync(("table", "orders"));
    }

    private static string PartKey(JsonObject extract) => extract["prefix"]!.GetValue<string>()["s3://lake/".Length..] + "part-00000.csv.gz";
}
