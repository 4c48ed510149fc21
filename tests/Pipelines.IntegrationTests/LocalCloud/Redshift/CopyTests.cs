using System.Text;
using CsCheck;
using Npgsql;

namespace Pipelines.IntegrationTests.LocalCloud.Redshift;

public sealed class CopyTests
{
    private const string Failed = "Load into table 't' failed.  Check 'stl_load_errors' system table for details.";

    private Warehouse _warehouse = null!;
    private NpgsqlConnection _connection = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _warehouse = await Warehouse.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _warehouse.DisposeAsync();

    [SetUp]
    public async Task OpenAsync()
    {
        _connection = await _warehouse.OpenAsync();
        await _connection.RunAsync("drop table if exists t; create table t (id int, v varchar(10))");
    }

    [TearDown]
    public async Task CloseAsync() => await _connection.DisposeAsync();

    [Test]
    public async Task The_key_is_a_prefix_and_the_rows_are_counted()
    {
        await _warehouse.PutAsync("prefix/part-1.csv", "1,a\n2,\"b\"\"\n,b\"\n");
        await _warehouse.PutAsync("prefix/part-2.csv", "3,\n,\"\"\n");
        await _warehouse.PutAsync("prefix-of-another", "4,x\n");
        await _connection.RunAsync(Copy("prefix/part"));
        Assert.That(await _connection.RowsAsync("select id, v from t order by id"), Is.EqualTo(new[] { "1|a", "2|b\"\n,b", "3|", "∅|" }));
        Assert.That(await _connection.ReadAsync<long>("select pg_last_copy_count()"), Is.EqualTo(4));
        Assert.That(await _connection.ReadAsync<long>("select pg_last_copy_id()"), Is.Positive);
    }

    [Test]
    public async Task Another_session_has_a_last_copy_of_its_own()
    {
        await _warehouse.PutAsync("own/1", "1,a\n");
        await _connection.RunAsync(Copy("own/"));
        await using var other = await _warehouse.OpenAsync();
        Assert.That(await other.RowsAsync("select pg_last_copy_id(), pg_last_copy_count()"), Is.EqualTo(new[] { "-1|0" }));
    }

    [Test]
    public async Task A_prefix_without_objects_fails()
    {
        var failure = await _connection.FailAsync(Copy("nothing/here"));
        Assert.That((failure.SqlState, failure.MessageText), Is.EqualTo(("XX000", "The specified S3 prefix 'nothing/here' does not exist")));
    }

    [Test]
    public async Task Gzip_and_zstd_are_decompressed()
    {
        await _warehouse.PutAsync("packed/1.gz", Warehouse.Gzip("id,v\n1,a\n"));
        using var compressor = new ZstdSharp.Compressor();
        await _warehouse.PutAsync("packed/2.zst", compressor.Wrap("id,v\n2,b\n"u8).ToArray());
        await _connection.RunAsync(Copy("packed/1", "gzip ignoreheader 1"));
        await _connection.RunAsync(Copy("packed/2", "zstd ignoreheader as 1"));
        Assert.That(await _connection.RowsAsync("select * from t order by id"), Is.EqualTo(new[] { "1|a", "2|b" }));
    }

    [Test]
    public async Task A_corrupt_file_fails_the_load_and_is_named()
    {
        byte[] packed = Warehouse.Gzip(string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i},v{i * 31 % 997}\n")));
        packed[packed.Length / 2] ^= 0xFF;
        await _warehouse.PutAsync("corrupt/1.gz", packed);
        Assert.That((await _connection.FailAsync(Copy("corrupt/", "gzip maxerror 100000"))).MessageText, Does.StartWith("The file s3://lake/corrupt/1.gz cannot be read as Gzip"));
    }

    [Test]
    public async Task A_file_cut_short_fails_the_load()
    {
        byte[] packed = Warehouse.Gzip(string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i},v{i * 31 % 997}\n")));
        await _warehouse.PutAsync("short/1.gz", packed[..(packed.Length * 2 / 3)]);
        Assert.That((await _connection.FailAsync(Copy("short/", "gzip maxerror 100000"))).MessageText, Does.StartWith("The file s3://lake/short/1.gz cannot be read as Gzip"));
        using var compressor = new ZstdSharp.Compressor();
        byte[] frame = compressor.Wrap(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i},v{i * 31 % 997}\n")))).ToArray();
        await _warehouse.PutAsync("short/2.zst", frame[..(frame.Length * 2 / 3)]);
        await _connection.CloseAsync();
        await _connection.OpenAsync();
        Assert.That((await _connection.FailAsync(Copy("short/2", "zstd maxerror 100000"))).MessageText, Does.StartWith("The file s3://lake/short/2.zst cannot be read as Zstd"));
    }

    [TestCase("iam_role 'arn:aws:iam::000000000000:role/other'", "is not authorized to assume IAM Role arn:aws:iam::000000000000:role/other")]
    [TestCase("credentials 'aws_access_key_id=key;aws_secret_access_key=wrong'", "SignatureDoesNotMatch")]
    [TestCase("access_key_id 'wrong' secret_access_key 'secret'", "InvalidAccessKeyId")]
    public async Task Other_credentials_are_refused(string authorization, string message)
    {
        await _warehouse.PutAsync("auth/1", "1,a\n");
        Assert.That((await _connection.FailAsync($"copy t from 's3://lake/auth/' {authorization} csv")).MessageText, Does.Contain(message));
    }

    [Test]
    public async Task The_right_keys_are_accepted()
    {
        await _warehouse.PutAsync("auth/1", "1,a\n");
        await _connection.RunAsync("copy t from 's3://lake/auth/' credentials 'aws_access_key_id=key;aws_secret_access_key=secret' csv");
        Assert.That(await _connection.ReadAsync<long>("select pg_last_copy_count()"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_rejected_row_is_described_though_the_copy_rolled_back()
    {
        await _warehouse.PutAsync("long/1.csv", "1,ok\n2,éclair 😀x\n");
        Assert.That((await _connection.FailAsync(Copy("long/"))).MessageText, Is.EqualTo(Failed));
        await using var other = await _warehouse.OpenAsync();
        Assert.That(await other.RowsAsync("""
            select trim(filename), line_number, trim(colname), trim(type), trim(col_length), trim(raw_line), trim(raw_field_value), err_code, trim(err_reason)
            from stl_load_errors where filename like 's3://lake/long/%' and tbl = 't'::regclass::oid
            """), Is.EqualTo(new[] { "s3://lake/long/1.csv|2|v|varchar|10|2,.clair .x|éclair 😀x|1204|String length exceeds DDL length" }));
        Assert.That(await other.RowsAsync("select line_number, trim(column_name), error_code, trim(error_message) from sys_load_error_detail where file_name like '%/long/%'"),
            Is.EqualTo(new[] { "2|v|1204|String length exceeds DDL length" }));
        Assert.That(await other.ReadAsync<long>("select count(*) from t"), Is.Zero);
    }

    [Test]
    public async Task A_failed_copy_in_a_transaction_leaves_nothing()
    {
        await _warehouse.PutAsync("late/1.csv", string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{i},x\n")) + "bad,x\n");
        await _connection.RunAsync("insert into t values (7, 'old')");
        await _connection.FailAsync("begin; delete from t; " + Copy("late/") + "; commit");
        await using var other = await _warehouse.OpenAsync();
        Assert.That(await other.RowsAsync("select * from t"), Is.EqualTo(new[] { "7|old" }));
    }

    [TestCase("", false)]
    [TestCase("maxerror 1", false)]
    [TestCase("maxerror 2", false)]
    [TestCase("maxerror 3", true)]
    public async Task Maxerror_tolerates_one_row_less(string option, bool loads)
    {
        await _warehouse.PutAsync("some/1.csv", "1,a\nx,b\n3,c\n4,d,e\n5,f\n");
        var notices = new List<string>();
        _connection.Notice += (_, notice) => notices.Add(notice.Notice.MessageText);
        if (!loads)
        {
            Assert.That((await _connection.FailAsync(Copy("some/", option))).MessageText, Is.EqualTo(Failed));
            return;
        }
        await _connection.RunAsync(Copy("some/", option));
        Assert.That(await _connection.RowsAsync("select id from t order by id"), Is.EqualTo(new[] { "1", "3", "5" }));
        Assert.That(notices, Is.EqualTo(new[]
        {
            "Load into table 't' completed, 3 record(s) loaded successfully.",
            "Load into table 't' completed, 2 record(s) could not be loaded.  Check 'stl_load_errors' system table for details.",
        }));
    }

    [Test]
    public async Task Columns_not_listed_take_their_defaults()
    {
        await _connection.RunAsync("drop table if exists d; create table d (id bigint identity(10, 5), v varchar(10), n int default 42, m int)");
        await _warehouse.PutAsync("defaults/1", "a,1\nb,2\n");
        await _connection.RunAsync("copy d (v, m) from 's3://lake/defaults/' iam_role default csv");
        Assert.That(await _connection.RowsAsync("select * from d order by id"), Is.EqualTo(new[] { "10|a|42|1", "15|b|42|2" }));
    }

    [Test]
    public async Task Every_text_arrives_as_it_was_written()
    {
        await _connection.RunAsync("drop table if exists texts; create table texts (id int, v varchar(max))");
        var texts = Gen.String[Gen.Char["a,\"\n\r\t\\|é\u4e16N."], 0, 12].Where(text => text != "\\N").Array[300].Single();
        await _warehouse.PutAsync("texts/1", string.Concat(texts.Select((text, i) => $"{i},\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n")));
        await _connection.RunAsync("copy texts from 's3://lake/texts/' iam_role default csv");
        Assert.That(await _connection.RowsAsync("select v from texts order by id"), Is.EqualTo(texts));
    }

    [Test]
    public async Task A_copy_sees_the_temporary_table_of_its_session()
    {
        await _warehouse.PutAsync("stage/1", "1,a\n");
        await _connection.RunAsync("create table #stage (like t); copy #stage from 's3://lake/stage/' iam_role default csv; insert into t select * from #stage");
        Assert.That(await _connection.RowsAsync("select * from t"), Is.EqualTo(new[] { "1|a" }));
    }

    [Test]
    public async Task Types_keep_their_extremes()
    {
        await _connection.RunAsync("drop table if exists x; create table x (d decimal(38,10), f double precision, ts timestamp, b varbyte(10), s super)");
        string number = new string('9', 28) + ".0123456789";
        await _warehouse.PutAsync("extremes/1", $"{number}9,NaN,2024-01-01 00:00:00.000001,00ff,\"{{\"\"a\"\": [1]}}\"\n");
        await _connection.RunAsync("copy x from 's3://lake/extremes/' iam_role default csv");
        Assert.That(await _connection.RowsAsync("select d::text, f::text, ts::text, b::text, s::text from x"),
            Is.EqualTo(new[] { $"{number}|NaN|2024-01-01 00:00:00.000001|\\x00ff|{{\"a\": [1]}}" }));
    }

    private static string Copy(string key, string options = "") => $"copy t from 's3://{Warehouse.Bucket}/{key}' iam_role '{Warehouse.Role}' csv {options}";
}
