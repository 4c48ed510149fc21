using Pipelines.Activities;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;
using Pipelines.Model.Timetables;
using Pipelines.TestKit;

namespace Pipelines.UnitTests.Activities;

public class ExtractSettingsTests
{
    private static readonly DateTimeOffset Day = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ActivityEnvironment _environment = new() { Interval = new DataInterval(Day, Day.AddDays(1)) };

    private async Task<TaskFailure> FailAsync(params (string Name, string? Value)[] inputs) => (await Assert.ThrowsAsync<TaskFailure>(() =>
        _environment.RunAsync(new ExtractToS3(), inputs.Append(("bucket", "lake")).ToDictionary(input => input.Item1, input => input.Item2))))!;

    [Test]
    public async Task An_interval_extract_without_an_interval_names_the_setting_to_change([Values] bool zeroLength)
    {
        _environment.Interval = zeroLength ? new DataInterval(Day, Day) : null;

        var failure = await FailAsync(("table", "public.orders"), ("intervalColumn", "created_at"));

        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.Contain("'timetable'").And.Contain("cron_data_interval").And.Contain("--logical-date"));
    }

    [Test]
    public async Task Exactly_one_of_table_and_query_is_needed()
    {
        Assert.That((await FailAsync()).Message, Does.Contain("exactly one"));
        Assert.That((await FailAsync(("table", "a.b"), ("query", "SELECT 1"))).Message, Does.Contain("exactly one"));
    }

    [TestCase("mode", "parallel", "streamed or server_side")]
    [TestCase("compression", "lzo", "gzip, zstd or none")]
    [TestCase("fileSizeMb", "0", "1 to 5120")]
    [TestCase("columnTypes", "[1]", "JSON object")]
    [TestCase("columnTypes", "{\"a\": \"INT; DROP\"}", "no Redshift type")]
    [TestCase("columns", "id", "JSON array")]
    public async Task A_wrong_input_is_named_with_what_it_must_be(string input, string value, string expected) =>
        Assert.That((await FailAsync(("table", "a.b"), (input, value))).Message, Does.Contain(expected));

    [Test]
    public async Task Server_side_files_cannot_be_compressed() =>
        Assert.That((await FailAsync(("table", "a.b"), ("mode", "server_side"), ("compression", "gzip"))).Message, Does.Contain("aws_s3 writes uncompressed files only"));

    [TestCase("shop.orders", "\"shop\".\"orders\"")]
    [TestCase("orders", "\"public\".\"orders\"")]
    [TestCase("\"My \"\"Shop\"\"\".\"a.b\"", "\"My \"\"Shop\"\"\".\"a.b\"")]
    public void A_table_name_is_read_as_sql_would(string text, string sql) => Assert.That(TableName.Parse(text, "table").Sql, Is.EqualTo(sql));

    [TestCase("a.b.c")]
    [TestCase("a.")]
    [TestCase("\"open")]
    public void What_is_no_table_name_is_refused(string text) => Assert.That(() => TableName.Parse(text, "table"), Throws.TypeOf<TaskFailure>().With.Message.Contains("schema.table"));

    [TestCase("timestamp with time zone", "q.\"at\" >= '2026-01-01 00:00:00.000000+00'::timestamptz AND q.\"at\" < '2026-01-02 00:00:00.000000+00'::timestamptz")]
    [TestCase("date", "q.\"at\" >= '2026-01-01 00:00:00.000000'::timestamp AND q.\"at\" < '2026-01-02 00:00:00.000000'::timestamp")]
    public void An_interval_is_half_open_and_in_utc(string type, string sql) =>
        Assert.That(new IntervalFilter("at", type, new DataInterval(Day.ToOffset(TimeSpan.FromHours(5)), Day.AddDays(1))).Sql("q."), Is.EqualTo(sql));
}
