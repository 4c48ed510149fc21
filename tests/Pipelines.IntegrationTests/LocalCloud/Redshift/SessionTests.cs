using Npgsql;

namespace Pipelines.IntegrationTests.LocalCloud.Redshift;

public sealed class SessionTests
{
    private Warehouse _warehouse = null!;
    private NpgsqlConnection _connection = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _warehouse = await Warehouse.StartAsync();
        await _warehouse.PutAsync("one", "1\n");
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

    [TestCase("Redshift")]
    [TestCase("None")]
    public async Task Npgsql_connects_in_either_mode_and_sees_redshift(string mode)
    {
        await using var connection = await _warehouse.OpenAsync(mode);
        Assert.That(connection.PostgreSqlVersion, Is.EqualTo(new Version(8, 0, 2)));
        Assert.That(await connection.ReadAsync<string>("select version()"), Does.StartWith("PostgreSQL 8.0.2 on i686-pc-linux-gnu").And.Contain("Redshift 1.0."));
        Assert.That(await connection.RowsAsync("select current_user, current_database()"), Is.EqualTo(new[] { $"awsuser|{_warehouse.Database}" }));
    }

    [Test]
    public async Task A_wrong_password_and_an_unknown_database_are_refused()
    {
        async Task<string> refusalAsync(Action<NpgsqlConnectionStringBuilder> change)
        {
            var address = new NpgsqlConnectionStringBuilder(_warehouse.ConnectionString());
            change(address);
            await using var connection = new NpgsqlConnection(address.ConnectionString);
            return (await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync()))!.MessageText;
        }

        Assert.That(await refusalAsync(address => address.Password = "wrong"), Is.EqualTo("password authentication failed for user \"awsuser\""));
        Assert.That(await refusalAsync(address => address.Database = "nope"), Is.EqualTo("database \"nope\" does not exist"));
    }

    [Test]
    public async Task A_prepared_statement_with_parameters_runs_again_and_again()
    {
        await using var insert = new NpgsqlCommand("insert into t values ($1)", _connection);
        insert.Parameters.Add(new NpgsqlParameter<int>());
        await insert.PrepareAsync();
        for (int i = 0; i < 3; i++)
        {
            insert.Parameters[0].Value = i;
            await insert.ExecuteNonQueryAsync();
        }
        Assert.That(await _connection.RowsAsync("select id from t order by id"), Is.EqualTo(new[] { "0", "1", "2" }));
    }

    [Test]
    public async Task A_pipelined_batch_runs_in_order_with_a_copy_in_its_middle()
    {
        await using var batch = new NpgsqlBatch(_connection)
        {
            BatchCommands = { new("insert into t values (0)"), new("copy t from 's3://lake/one' iam_role default csv"), new("insert into t select max(id) + 1 from t"), new("select id from t order by id") },
        };
        await using var reader = await batch.ExecuteReaderAsync();
        var ids = new List<int>();
        while (await reader.ReadAsync()) ids.Add(reader.GetInt32(0));
        Assert.That(ids, Is.EqualTo(new[] { 0, 1, 2 }));
    }

    [Test]
    public async Task A_batch_with_a_bad_statement_leaves_nothing_and_the_session_goes_on()
    {
        await using var batch = new NpgsqlBatch(_connection)
        {
            BatchCommands = { new("insert into t values (0)"), new("copy t from 's3://lake/one' iam_role default csv"), new("insert into t values (1) on conflict do nothing"), new("insert into t values (2)") },
        };
        Assert.That((await Assert.ThrowsAsync<PostgresException>(() => batch.ExecuteNonQueryAsync()))!.SqlState, Is.EqualTo("42601"));
        Assert.That(await _connection.ReadAsync<long>("select count(*) from t"), Is.Zero);
    }

    [Test]
    public async Task A_batch_larger_than_every_socket_buffer_does_not_block()
    {
        await using var batch = new NpgsqlBatch(_connection);
        for (int i = 0; i < 400; i++) batch.BatchCommands.Add(new NpgsqlBatchCommand("select repeat('x', 20000) || $1") { Parameters = { new NpgsqlParameter { Value = new string('y', 20000) } } });
        await using var reader = await batch.ExecuteReaderAsync();
        int results = 0;
        do
        {
            while (await reader.ReadAsync()) results += reader.GetString(0).Length == 40_000 ? 1 : 0;
        }
        while (await reader.NextResultAsync());
        Assert.That(results, Is.EqualTo(400));
    }

    [Test]
    public async Task An_error_aborts_the_transaction_until_its_end()
    {
        await using var transaction = await _connection.BeginTransactionAsync();
        Assert.That((await _connection.FailAsync("savepoint a")).SqlState, Is.EqualTo("0A000"));
        Assert.That((await _connection.FailAsync("select 1")).SqlState, Is.EqualTo("25P02"));
        await transaction.RollbackAsync();
        Assert.That(await _connection.ReadAsync<int>("select 1"), Is.EqualTo(1));
    }

    [Test]
    public async Task Truncate_commits_the_open_transaction()
    {
        await _connection.RunAsync("drop table if exists kept; create table kept (id int); insert into t values (1)");
        await _connection.RunAsync("begin; insert into kept values (1)");
        await _connection.RunAsync("truncate t");
        await _connection.RunAsync("rollback");
        Assert.That(await _connection.RowsAsync("select (select count(*) from kept), (select count(*) from t)"), Is.EqualTo(new[] { "1|0" }));
    }

    [Test]
    public async Task Keys_are_not_enforced_and_not_null_is()
    {
        await _connection.RunAsync("drop table if exists k; create table k (id int primary key, u int unique, r int references t(id)); insert into k values (1, 1, 9), (1, 1, 9)");
        Assert.That(await _connection.ReadAsync<long>("select count(*) from k"), Is.EqualTo(2));
        Assert.That((await _connection.FailAsync("insert into k values (null, 1, 1)")).SqlState, Is.EqualTo("23502"));
    }

    [Test]
    public async Task Several_commands_do_not_fit_in_one_prepared_statement()
    {
        // With a positional parameter Npgsql sends the text as it is.
        await using var command = new NpgsqlCommand("select $1; select 2", _connection) { Parameters = { new NpgsqlParameter { Value = 1 } } };
        var failure = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.That((failure!.SqlState, failure.MessageText), Is.EqualTo(("42601", "cannot insert multiple commands into a prepared statement")));
    }

    [Test]
    public async Task A_running_query_can_be_cancelled()
    {
        await using var command = new NpgsqlCommand("select pg_sleep(60)", _connection);
        var running = command.ExecuteNonQueryAsync();
        await using var other = await _warehouse.OpenAsync();
        while (await other.ReadAsync<long>("select count(*) from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'") == 0) await Task.Yield();
        command.Cancel();
        var cancelled = await Assert.ThrowsAsync<OperationCanceledException>(() => running);
        Assert.That(((PostgresException)cancelled!.InnerException!).SqlState, Is.EqualTo("57014"));
    }

    [Test]
    public async Task A_copy_that_waits_can_be_cancelled_and_the_session_goes_on()
    {
        await using var other = await _warehouse.OpenAsync();
        await other.RunAsync("begin; lock table t");
        await using var command = new NpgsqlCommand("copy t from 's3://lake/one' iam_role default csv", _connection);
        var running = command.ExecuteNonQueryAsync();
        // Inside a transaction pg_stat_activity never changes, so a third session watches.
        await using var watcher = await _warehouse.OpenAsync();
        while (await watcher.ReadAsync<long>("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like 'COPY%' and datname = current_database()") == 0) await Task.Yield();
        command.Cancel();
        var cancelled = await Assert.ThrowsAsync<OperationCanceledException>(() => running);
        Assert.That(((PostgresException)cancelled!.InnerException!).SqlState, Is.EqualTo("57014"));
        await other.RunAsync("commit");
        await _connection.RunAsync("copy t from 's3://lake/one' iam_role default csv");
        Assert.That(await _connection.ReadAsync<long>("select count(*) from t"), Is.EqualTo(1));
    }

    [Test]
    public async Task Copy_to_and_from_the_client_pass_through()
    {
        await using (var writer = await _connection.BeginTextImportAsync("copy t from stdin")) await writer.WriteAsync("5\n6\n");
        using var reader = await _connection.BeginTextExportAsync("copy (select id from t order by id) to stdout");
        Assert.That(await reader.ReadToEndAsync(), Is.EqualTo("5\n6\n"));
    }

    [Test]
    public async Task System_views_describe_the_tables()
    {
        await _connection.RunAsync("drop table if exists described; create table described (id bigint not null, v varchar(20), d decimal(12,3), s super)");
        Assert.That(await _connection.RowsAsync("select column_name, data_type, character_maximum_length, numeric_scale, is_nullable from svv_columns where table_name = 'described' order by ordinal_position"),
            Is.EqualTo(new[] { "id|bigint|∅|0|NO", "v|character varying|20|∅|YES", "d|numeric|∅|3|YES", "s|super|∅|∅|YES" }));
        Assert.That(await _connection.RowsAsync("select \"column\", type from pg_table_def where tablename = 'described' and \"notnull\""), Is.EqualTo(new[] { "id|bigint" }));
        Assert.That(await _connection.RowsAsync("select \"table\" from svv_table_info where \"table\" = 'described'"), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Functions_of_redshift_are_there() =>
        Assert.That(await _connection.RowsAsync("""
            select nvl(null, 3), len('äb'), dateadd(month, 1, '2024-01-31')::text, datediff(day, '2024-02-28', '2024-03-01 23:00'), charindex('b', 'abc'), getdate() <= sysdate,
                   listagg(x, '-') within group (order by x desc), last_day('2024-02-03')::text
            from (select 1 x union all select 2) q
            """), Is.EqualTo(new[] { "3|2|2024-02-29 00:00:00|2|2|True|2-1|2024-02-29" }));
}
