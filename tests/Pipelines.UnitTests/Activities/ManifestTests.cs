using System.Text.Json.Nodes;
using Pipelines.Activities.Extracts;
using Pipelines.Activities.S3;
using Pipelines.Model.Activities;

namespace Pipelines.UnitTests.Activities;

public class ManifestTests
{
    private const string Url = "s3://lake/x/manifest.json";

    private static readonly ExtractRecord Record = new()
    {
        Task = "shop.extract_orders [scheduled__2026-01-01T00:00:00+00:00]",
        Connection = "postgres_default",
        Table = "public.orders",
        Sql = "SELECT q.\"id\" FROM \"public\".\"orders\" AS q",
        CountSql = "SELECT count(*) FROM \"public\".\"orders\" AS q",
        SourceRows = 30,
        IntervalColumn = "created_at",
        IntervalStart = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        IntervalEnd = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero),
        NullMarker = "~abc",
        Compression = "gzip",
        Columns = [new("id", "bigint", "BIGINT"), new("price", "numeric(10,2)", "DECIMAL(10,2)"), new("name", "character varying(20)", "VARCHAR(80)")],
        Seconds = 1.5,
    };

    private static Manifest Two => Manifest.Of(
        [new PartFile(new S3Url("lake", "x/part-00000.csv.gz"), 100, 10, "\"e1\""), new PartFile(new S3Url("lake", "x/part-00001.csv.gz"), 200, 20, "\"e2\"")], 30, Record);

    [Test]
    public void It_comes_back_from_json_as_it_was()
    {
        var read = Manifest.Parse(Two.ToJson(), Url);

        Assert.That(read.ToJson(), Is.EqualTo(Two.ToJson()));
        Assert.That(read.Pipelines.EntityTags, Is.EqualTo(new[] { "\"e1\"", "\"e2\"" }));
    }

    [Test]
    public void Redshift_finds_what_an_unload_would_have_written()
    {
        var json = JsonNode.Parse(Two.ToJson())!;

        Assert.That(json["entries"]![1]!.ToJsonString(),
            Is.EqualTo("""{"url":"s3://lake/x/part-00001.csv.gz","mandatory":true,"meta":{"content_length":200,"record_count":20}}"""));
        Assert.That(json["meta"]!.ToJsonString(), Is.EqualTo("""{"content_length":300,"record_count":30}"""));
        Assert.That(json["schema"]!["elements"]![1]!.ToJsonString(), Is.EqualTo("""{"name":"price","type":{"base":"numeric","precision":10,"scale":2}}"""));
    }

    [Test]
    public void Rows_per_file_may_be_unknown_when_the_total_is_not() =>
        Assert.That(Manifest.Parse(Manifest.Of([new PartFile(new S3Url("lake", "a"), 1, null, null)], 7, Record).ToJson(), Url).Meta.RecordCount, Is.EqualTo(7));

    [TestCase("\"content_length\": 200", "\"content_length\": 201")]
    [TestCase("\"record_count\": 20", "\"record_count\": 19")]
    public void A_manifest_that_contradicts_itself_is_refused(string text, string changed) =>
        Assert.That(() => Manifest.Parse(Two.ToJson().Replace(text, changed), Url),
            Throws.TypeOf<TaskFailure>().With.Message.Contains("contradicts itself").And.Property(nameof(TaskFailure.Retryable)).False);

    [TestCase("{}")]
    [TestCase("null")]
    [TestCase("not json")]
    [TestCase("""{"entries": [{"url": "s3://a/b", "mandatory": true}]}""")]
    public void What_is_no_manifest_of_ours_is_refused(string json) =>
        Assert.That(() => Manifest.Parse(json, Url), Throws.TypeOf<TaskFailure>().With.Message.Contains(Url));
}
