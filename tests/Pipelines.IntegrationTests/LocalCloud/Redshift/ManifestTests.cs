using Npgsql;

namespace Pipelines.IntegrationTests.LocalCloud.Redshift;

public sealed class ManifestTests
{
    private const string Load = "copy t from 's3://lake/m/manifest' iam_role default csv manifest";

    private Warehouse _warehouse = null!;
    private NpgsqlConnection _connection = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _warehouse = await Warehouse.StartAsync();
        await _warehouse.PutAsync("m/one", "1\n");
        await _warehouse.PutAsync("m/two", "2\n");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _warehouse.DisposeAsync();

    [SetUp]
    public async Task OpenAsync()
    {
        _connection = await _warehouse.OpenAsync();
        await _connection.RunAsync("drop table if exists t; create table t (id int)");
    }

    [TearDown]
    public async Task CloseAsync() => await _connection.DisposeAsync();

    [Test]
    public async Task Exactly_the_listed_objects_are_loaded_and_other_keys_are_allowed()
    {
        await PutAsync("""
            {"entries": [{"url": "s3://lake/m/two", "mandatory": true, "meta": {"content_length": 2, "record_count": 1}}, {"url": "s3://lake/m/gone", "mandatory": false}],
             "schema": {"elements": []}, "meta": {"content_length": 2, "record_count": 1}, "author": {"name": "Amazon Redshift", "version": "1.0.0"}}
            """);
        await _connection.RunAsync(Load);
        Assert.That(await _connection.RowsAsync("select id from t"), Is.EqualTo(new[] { "2" }));
    }

    [TestCase("""{"entries": [{"url": "s3://lake/m/one"}, {"url": "s3://lake/m/gone", "mandatory": true}]}""", "S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey")]
    [TestCase("""{"entries": [{"url": "s3://lake/m/gone"}]}""", "The manifest s3://lake/m/manifest names no object that exists")]
    [TestCase("""{"entries": [{"url": "s3://lake/m/one", "mandatory": true, "meta": {"content_length": 3}}]}""", "The file s3://lake/m/one has 2 bytes, but meta.content_length in the manifest says 3")]
    [TestCase("""{"entries": [{"url": "http://lake/m/one"}]}""", "Problem parsing manifest file - entry 0 has no url of the form s3://bucket/key")]
    [TestCase("""{"files": []}""", "Problem parsing manifest file - it has no array 'entries'")]
    [TestCase("""{"entries": [""", "Problem parsing manifest file - ")]
    public async Task A_manifest_that_does_not_hold_fails_the_load(string manifest, string message)
    {
        await PutAsync(manifest);
        Assert.That((await _connection.FailAsync(Load)).MessageText, Does.StartWith(message));
        await using var other = await _warehouse.OpenAsync();
        Assert.That(await other.ReadAsync<long>("select count(*) from t"), Is.Zero);
    }

    [Test]
    public async Task A_missing_manifest_is_said_to_be_the_manifest() =>
        Assert.That((await _connection.FailAsync("copy t from 's3://lake/m/none' iam_role default csv manifest")).MessageText,
            Is.EqualTo("Problem reading manifest file - S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey"));

    private Task PutAsync(string manifest) => _warehouse.PutAsync("m/manifest", manifest);
}
