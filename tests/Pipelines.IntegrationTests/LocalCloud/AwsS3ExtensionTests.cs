using System.Text;
using Npgsql;
using Pipelines.LocalCloud.AwsS3;
using Pipelines.LocalCloud.S3.Objects;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.LocalCloud;

public class AwsS3ExtensionTests
{
    private TemporaryDirectory _directory = null!;
    private ObjectStore _store = null!;
    private TestDatabase _database = null!;
    private AwsS3Extension _extension = null!;

    [OneTimeSetUp]
    public async Task InstallAsync()
    {
        _directory = new TemporaryDirectory();
        _store = ObjectStore.Open(_directory.Path);
        _store.CreateBucket("lake");
        _database = await TestPostgres.CreateDatabaseAsync();
        _extension = await AwsS3Extension.InstallAsync(
            await TestPostgres.ServerAsync(), _database.Name, _store, new AwsS3Options { MaxObjectBytes = 100 });
    }

    [OneTimeTearDown]
    public async Task RemoveAsync()
    {
        await _extension.DisposeAsync();
        await _database.DisposeAsync();
        _store.Dispose();
        _directory.Dispose();
    }

    [Test]
    public async Task Rows_files_and_bytes_are_what_lies_in_the_bucket()
    {
        var (rows, files, bytes) = await ExportAsync("SELECT n, 'é' FROM generate_series(1, 3) n", "a.csv", "format csv");

        Assert.That((rows, files, bytes), Is.EqualTo((3L, 1L, 15L)));
        Assert.That(Read("a.csv"), Is.EqualTo("1,é\n2,é\n3,é\n"));
    }

    [Test]
    public async Task An_export_overwrites_and_zero_rows_are_one_empty_object()
    {
        await ExportAsync("SELECT 1", "b.csv", null);
        var answer = await ExportAsync("SELECT 1 WHERE false", "b.csv", null);

        Assert.That(answer, Is.EqualTo((0L, 1L, 0L)));
        Assert.That(Read("b.csv"), Is.Empty);
    }

    [Test]
    public async Task It_sees_the_callers_uncommitted_rows_and_writes_in_a_read_only_transaction()
    {
        await using var connection = await _database.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var fill = new NpgsqlCommand("CREATE TABLE mine AS SELECT 7 AS n; SET TRANSACTION READ ONLY", connection))
            await fill.ExecuteNonQueryAsync();

        var (rows, _, _) = await ExportAsync("SELECT n FROM mine", "c.csv", null, connection);
        await transaction.RollbackAsync();

        Assert.That(rows, Is.EqualTo(1));
        Assert.That(Read("c.csv"), Is.EqualTo("7\n"));
    }

    [TestCase("format csv", "\"")]
    [TestCase("null 'format text', format csv, quote '''', escape E'\\\\'", "'")]
    public async Task Parts_have_whole_rows_even_when_a_value_has_newlines_and_quotes(string options, string quote)
    {
        foreach (var old in _store.List("lake", "d.csv").ToList())
            _store.Delete("lake", old.Key);
        var (_, files, bytes) = await ExportAsync(
            """SELECT n, E'say "hi", don\'t\nand\n' || repeat('x', 20) FROM generate_series(1, 10) n""", "d.csv", options);
        var parts = _store.List("lake", "d.csv").ToList();

        Assert.That(parts, Has.Count.EqualTo(files).And.Count.GreaterThan(2));
        Assert.That(parts.Sum(part => part.Size), Is.EqualTo(bytes));
        Assert.That(parts.Select(part => part.Key), Does.Contain("d.csv_part2").And.Contain("d.csv_part3"));
        foreach (var part in parts)
            Assert.That(Read(part.Key), Does.Match($"^\\d+,{quote}say(.|\n)*{quote}\n$"), part.Key);
    }

    [TestCase("format csv, header true, delimiter $$|$$, null 'N''U'", "a|b\n1|N'U\n")]
    [TestCase("DELIMITER E'\\t', NULL E'\\\\N'", "1\t\\N\n")]
    [TestCase("format csv, force_quote (a, \"b\"), quote ''''", "'1',\n")]
    [TestCase("format csv, force_quote *", "\"1\",\n")]
    public async Task Options_are_COPYs(string options, string expected)
    {
        await ExportAsync("SELECT 1 AS a, NULL::text AS b", "e.csv", options);
        Assert.That(Read("e.csv"), Is.EqualTo(expected));
    }

    [TestCase("format csv) TO PROGRAM 'touch /tmp/never' --", "42601")]
    [TestCase("format csv, program 'x'", "22023")]
    [TestCase("freeze true", "22023")]
    [TestCase("format csv,", "42601")]
    [TestCase("null 'x", "42601")]
    [TestCase("null 'x' || 'y'", "42601")]
    [TestCase("null E'\\x41'", "22023")]
    [TestCase("format parquet", "22023")]
    [TestCase("force_not_null (a)", "22023")]
    public void Other_options_are_refused(string options, string state) =>
        Assert.That(async () => await ExportAsync("SELECT 1", "f.csv", options), ThrowsState(state));

    [TestCase("SELECT 1) TO PROGRAM 'touch /tmp/never' --", "42601")]
    [TestCase("SELECT 1; SELECT 2", "42P11")]
    [TestCase("SELECT * FROM no_such_table", "42P01")]
    [TestCase("SELECT 1 / (n - 2) FROM generate_series(1, 3) n", "22012")]
    [TestCase("DELETE FROM pg_class", "42P11")]
    public void A_querys_error_is_its_own_error(string query, string state) =>
        Assert.That(async () => await ExportAsync(query, "g.csv", null), ThrowsState(state));

    [Test]
    public async Task A_trailing_comment_or_semicolon_is_no_obstacle()
    {
        await ExportAsync("SELECT 1 -- one", "h.csv", null);
        await ExportAsync("SELECT 2; \n", "h.csv", null);
        Assert.That(Read("h.csv"), Is.EqualTo("2\n"));
    }

    [Test]
    public void A_missing_bucket_raises_S3s_code() =>
        Assert.That(
            async () => await _database.ExecuteAsync("SELECT * FROM aws_s3.query_export_to_s3('SELECT 1', 'absent', 'x.csv', 'us-east-1', 'format csv')"),
            Throws.TypeOf<PostgresException>().With.Message.Contains("NoSuchBucket"));

    [Test]
    public async Task Only_rds_s3_export_exports_and_only_what_the_caller_may_read()
    {
        var server = await TestPostgres.ServerAsync();
        await server.EnsureRoleAsync("shop", "secret");
        await _database.ExecuteAsync("CREATE TABLE hidden (n int)");
        await using var shop = new NpgsqlConnection(server.ConnectionString(_database.Name, "shop", "secret") + ";Pooling=false");
        await shop.OpenAsync();

        Assert.That(async () => await ExportAsync("SELECT 1", "i.csv", null, shop), ThrowsState("42501"));
        await _database.ExecuteAsync("GRANT rds_s3_export TO shop");

        Assert.That(await ExportAsync("SELECT 1", "i.csv", null, shop), Is.EqualTo((1L, 1L, 2L)));
        Assert.That(async () => await ExportAsync("SELECT * FROM hidden", "i.csv", null, shop), ThrowsState("42501"));
    }

    [Test]
    public async Task After_LocalCloud_stops_an_export_fails_and_does_not_wait()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();
        await (await AwsS3Extension.InstallAsync(await TestPostgres.ServerAsync(), database.Name, _store)).DisposeAsync();

        Assert.That(async () => await database.ExecuteAsync("SELECT aws_s3.query_export_to_s3('SELECT 1', 'lake', 'x.csv', 'us-east-1')"),
            Throws.TypeOf<PostgresException>().With.Message.Contains("LocalCloud"));
    }

    private static NUnit.Framework.Constraints.EqualStringConstraint ThrowsState(string state) =>
        Throws.TypeOf<PostgresException>().With.Property("SqlState").EqualTo(state);

    private async Task<(long Rows, long Files, long Bytes)> ExportAsync(string query, string key, string? options, NpgsqlConnection? connection = null)
    {
        await using var own = connection is null ? await _database.OpenAsync() : null;
        await using var command = new NpgsqlCommand(
            "SELECT * FROM aws_s3.query_export_to_s3($1, aws_commons.create_s3_uri('lake', $2, 'us-east-1'), options := $3)", connection ?? own)
        {
            Parameters = { new() { Value = query }, new() { Value = key }, new() { Value = (object?)options ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    private string Read(string key)
    {
        using var content = _store.OpenRead("lake", key);
        using var reader = new StreamReader(content.OpenBody(), Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
