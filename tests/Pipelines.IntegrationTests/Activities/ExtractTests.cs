using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Activities;

public sealed class ExtractTests
{
    private DataPath _path = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _path = await DataPath.StartAsync();
        await _path.Source.ExecuteAsync(
            """
            CREATE TABLE events (id int, at timestamptz, local timestamp, day date, n int);
            INSERT INTO events SELECT i, t, t AT TIME ZONE 'UTC', (t AT TIME ZONE 'UTC')::date, i
            FROM generate_series(0, 71) AS i, LATERAL (SELECT timestamptz '2026-04-30 00:00+00' + i * interval '1 hour' AS t) AS times
            """);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _path.DisposeAsync();

    private async Task<TaskFailure> FailAsync(ActivityEnvironment task, params (string Name, string Value)[] inputs) =>
        await DataPath.FailAsync(() => task.RunAsync(new ExtractToS3(), DataPath.Inputs([("bucket", DataPath.Bucket), .. inputs])));

    [TestCase("at")]
    [TestCase("local")]
    [TestCase("day")]
    public async Task The_interval_selects_the_same_rows_by_any_kind_of_time(string column) =>
        Assert.That((await _path.ExtractAsync(("table", "events"), ("intervalColumn", column)))["rows"]!.GetValue<long>(), Is.EqualTo(24));

    [Test]
    public async Task The_interval_filters_a_query_too_even_one_that_ends_in_a_comment() =>
        Assert.That((await _path.ExtractAsync(("query", "SELECT id, at FROM events WHERE n % 2 = 0 -- even ones"), ("intervalColumn", "at")))["rows"]!.GetValue<long>(), Is.EqualTo(12));

    [Test]
    public async Task The_interval_column_need_not_be_extracted() =>
        Assert.That((await _path.ExtractAsync(("table", "events"), ("intervalColumn", "at"), ("columns", """["id"]""")))["rows"]!.GetValue<long>(), Is.EqualTo(24));

    [Test]
    public async Task An_interval_column_that_is_no_time_is_refused() =>
        Assert.That((await FailAsync(_path.Task("x"), ("table", "events"), ("intervalColumn", "n"))).Message, Does.Contain("'n' has type integer"));

    [Test]
    public async Task Two_attempts_write_to_folders_of_their_own()
    {
        var task = _path.Task("twice");
        var inputs = DataPath.Inputs(("bucket", DataPath.Bucket), ("table", "events"), ("prefix", "/own/place/"));

        var (first, second) = (await task.SucceedAsync(new ExtractToS3(), inputs), await task.SucceedAsync(new ExtractToS3(), inputs));

        Assert.That(first["prefix"]!.GetValue<string>(), Does.StartWith("s3://lake/own/place/try=1-token=1-"));
        Assert.That(second["prefix"]!.GetValue<string>(), Does.StartWith("s3://lake/own/place/try=2-token=2-"));
    }

    [Test]
    public async Task A_missing_table_names_connection_and_table()
    {
        var failure = await FailAsync(_path.Task("x"), ("table", "shop.gone"));

        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.Contain("Table shop.gone does not exist").And.Contain("'postgres_default'").And.Contain($"/{_path.Source.Name}"));
    }

    [Test]
    public async Task A_missing_column_names_those_there_are() =>
        Assert.That((await FailAsync(_path.Task("x"), ("table", "events"), ("columns", """["id", "gone"]"""))).Message, Does.Contain("no column 'gone'. It has: id, at, local, day, n"));

    [Test]
    public async Task A_missing_bucket_is_named_and_not_retried()
    {
        var failure = await FailAsync(_path.Task("x"), ("table", "events"), ("bucket", "no-such-bucket"));

        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.Contain("s3://no-such-bucket/").And.Contain("bucket does not exist").And.Contain("'bucket'"));
    }

    [Test]
    public async Task A_wrong_password_says_so_without_showing_it()
    {
        var task = _path.Task("x");
        task.Add(_path.SourceConnection with { Login = "nobody", Password = "hunter22222" });

        var failure = await FailAsync(task, ("table", "events"));

        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.Contain("Check login and password of connection 'postgres_default'").And.Not.Contain("hunter"));
    }

    [Test]
    public async Task A_missing_database_is_named()
    {
        var task = _path.Task("x");
        task.Add(_path.SourceConnection with { Schema = "no_such_db" });

        Assert.That((await FailAsync(task, ("table", "events"))).Message, Does.Contain("no_such_db").And.Contain("existing database"));
    }

    [Test]
    public async Task A_server_that_is_not_there_may_be_retried()
    {
        var task = _path.Task("x");
        task.Add(_path.SourceConnection with { Port = 1 });

        var failure = await FailAsync(task, ("table", "events"));

        Assert.That((failure.Retryable, failure.Message.Contains("Nothing listens at", StringComparison.Ordinal)), Is.EqualTo((true, true)), failure.Message);
    }

    [TestCase("wrong", "secret-of-key", "does not know the access key id")]
    [TestCase("key", "wrong-secret", "secret access key is wrong")]
    public async Task Wrong_aws_keys_say_which(string login, string password, string message)
    {
        var task = _path.Task("x");
        task.Add(_path.AwsConnection with { Login = login, Password = password });

        var failure = await FailAsync(task, ("table", "events"));

        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.Contain(message).And.Not.Contain("wrong-secret"));
    }

    [Test]
    public async Task A_connection_of_another_type_is_refused()
    {
        var task = _path.Task("x");
        task.Add(_path.AwsConnection with { ConnId = "postgres_default" });

        Assert.That((await FailAsync(task, ("table", "events"))).Message, Does.Contain("has type 'aws'").And.Contain("postgres or redshift"));
    }

    [Test]
    public async Task A_query_that_counts_differently_each_time_is_found_out()
    {
        // As many rows as microseconds of the current tenth of a second.
        var failure = await FailAsync(_path.Task("x"), ("query", "SELECT i FROM generate_series(1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint % 100000) AS i"));

        Assert.That(failure.Message, Does.Contain("different rows each time"), failure.Message);
    }

    [Test]
    public async Task A_query_that_writes_is_refused() =>
        Assert.That((await FailAsync(_path.Task("x"), ("query", "SELECT nextval('ticket_of_none')"))).Retryable, Is.False);

    [Test]
    public async Task A_source_without_the_extension_is_told_what_to_do()
    {
        await using var plain = await TestPostgres.CreateDatabaseAsync();
        await plain.ExecuteAsync("CREATE TABLE t (id int)");
        var task = _path.Task("x");
        task.Add(_path.SourceConnection with { Schema = plain.Name });

        Assert.That((await FailAsync(task, ("table", "t"), ("mode", "server_side"))).Message, Does.Contain("CREATE EXTENSION aws_s3 CASCADE").And.Contain("streamed"));
    }

    [Test]
    public async Task A_cancelled_extract_leaves_no_object_behind()
    {
        await _path.Source.ExecuteAsync("CREATE TABLE wide AS SELECT md5(i::text) || md5((-i)::text) AS noise FROM generate_series(1, 200000) AS i");
        using var stop = new CancellationTokenSource();
        var task = _path.Task("cancelled");
        task.OnProgress = progress => { if (progress.Rows > 50_000) stop.Cancel(); };

        Assert.That(async () => await task.RunAsync(new ExtractToS3(), DataPath.Inputs(("bucket", DataPath.Bucket), ("table", "wide"), ("compression", "none"), ("fileSizeMb", "1")), stop.Token),
            Throws.InstanceOf<OperationCanceledException>());

        Assert.That(_path.Keys().Where(key => key.Contains("cancelled", StringComparison.Ordinal)), Is.Empty);
    }
}
