using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Processes;
using Pipelines.Storage.Secrets;

namespace Pipelines.IntegrationTests.Storage;

public class SecretTests
{
    private static readonly string Old = FernetKey.Generate();
    private static readonly string Other = FernetKey.Generate();

    private Migrated _migrated = null!;

    [OneTimeSetUp]
    public async Task CreateAsync() => _migrated = await Migrated.CreateAsync();

    [OneTimeTearDown]
    public async Task DropAsync() => await _migrated.DisposeAsync();

    [Test]
    public async Task A_connection_comes_back_whole_and_its_secrets_are_not_readable_in_the_table()
    {
        var connection = new Connection("shop", "postgres")
        {
            Host = "db",
            Login = "ada",
            Password = "s3cret!",
            Schema = "shop",
            Port = 5432,
            Extra = new JsonObject { ["sslkey"] = "hidden" },
        };
        await _migrated.Database.InTransactionAsync(tx => ConnectionTable.PutAsync(tx, connection));

        var read = await _migrated.Database.InTransactionAsync(tx => ConnectionTable.FindAsync(tx, "shop"));
        var listed = (await _migrated.Database.InTransactionAsync(ConnectionTable.ListAsync)).Single();
        var row = await _migrated.Server.ScalarAsync<string>("SELECT c::text FROM pipelines.connection c");

        Assert.Multiple(() =>
        {
            Assert.That(read!.Password, Is.EqualTo("s3cret!"));
            Assert.That(read!.ExtraText("sslkey"), Is.EqualTo("hidden"));
            Assert.That(read! with { Extra = connection.Extra }, Is.EqualTo(connection));
            Assert.That(listed.Password, Is.Null);
            Assert.That(listed.Extra, Is.Empty);
            Assert.That(row, Does.Not.Contain("s3cret").And.Not.Contain("hidden").And.Contain("gAAAAA"));
        });
    }

    [Test]
    public async Task A_database_opened_without_a_key_says_which_setting_is_missing()
    {
        await using var keyless = new Database(_migrated.Server.ConnectionString);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => keyless.InTransactionAsync(tx => VariableTable.PutAsync(tx, "a", "b")));

        Assert.That(error!.Message, Does.Contain("PIPELINES_FERNET_KEY"));
    }

    [Test]
    public async Task The_first_key_that_an_empty_installation_sees_is_the_installations()
    {
        await using var migrated = await Migrated.CreateAsync();
        await EnsureAsync(migrated.Database);
        await EnsureAsync(migrated.Database);
        await using var other = Open(migrated, Other);

        Assert.That((await Assert.ThrowsAsync<SecretException>(() => EnsureAsync(other)))!.Message, Does.StartWith("PIPELINES_FERNET_KEY is not the key that this installation's"));
    }

    [Test]
    public async Task Of_two_hosts_that_start_at_once_with_different_keys_one_is_refused()
    {
        await using var migrated = await Migrated.CreateAsync();
        await using var other = Open(migrated, Other);

        var ends = await Task.WhenAll(new[] { migrated.Database, other }.Select(async database =>
        {
            try
            {
                await EnsureAsync(database);
                return "";
            }
            catch (SecretException error)
            {
                return error.Message;
            }
        }));

        Assert.That(ends, Has.One.Empty.And.One.Contains("PIPELINES_FERNET_KEY"));
    }

    [Test]
    public async Task An_installation_that_is_older_than_the_check_goes_by_what_it_stores()
    {
        await using var migrated = await Migrated.CreateAsync();
        await migrated.Database.InTransactionAsync(tx => ConnectionTable.PutAsync(tx, new Connection("open", "http")));
        await migrated.Database.InTransactionAsync(tx => VariableTable.PutAsync(tx, "region", "eu"));
        await using var other = Open(migrated, Other);

        await Assert.ThrowsAsync<SecretException>(() => EnsureAsync(other));
        await EnsureAsync(migrated.Database);
    }

    [Test]
    public async Task Rotation_needs_the_old_key_until_everything_is_stored_anew()
    {
        await using var migrated = await Migrated.CreateAsync();
        await using var old = Open(migrated, Old);
        await using var both = Open(migrated, $"{Other},{Old}");
        await using var renewed = Open(migrated, Other);
        var connection = new Connection("shop", "postgres") { Password = "s3cret!", Extra = new JsonObject { ["sslkey"] = "hidden" } };
        await EnsureAsync(old);
        await old.InTransactionAsync(tx => ConnectionTable.PutAsync(tx, connection));
        await old.InTransactionAsync(tx => VariableTable.PutAsync(tx, "region", "eu", "where"));
        await EnsureAsync(both);
        await Assert.ThrowsAsync<SecretException>(() => EnsureAsync(renewed));
        var refused = await Assert.ThrowsAsync<OperationException>(() => RotateAsync(renewed));

        var rotated = await RotateAsync(both);

        await EnsureAsync(renewed);
        var read = await renewed.InTransactionAsync(tx => ConnectionTable.FindAsync(tx, "shop"));
        var variables = await renewed.InTransactionAsync(VariableTable.ListAsync);
        Assert.Multiple(() =>
        {
            Assert.That(refused!.Message, Does.Contain("connection 'shop', variable 'region'").And.Contain("--drop-unreadable"));
            Assert.That((rotated.Connections, rotated.Variables, rotated.Dropped.Count), Is.EqualTo((1, 1, 0)));
            Assert.That((read!.Password, read.ExtraText("sslkey")), Is.EqualTo(("s3cret!", "hidden")));
            Assert.That(variables, Is.EqualTo(new[] { new Variable("region", "eu", "where") }));
        });
        await Assert.ThrowsAsync<SecretException>(() => EnsureAsync(old));
    }

    [Test]
    public async Task What_a_host_with_the_old_key_saves_during_a_rotation_is_rotated_too()
    {
        await using var migrated = await Migrated.CreateAsync();
        await using var old = Open(migrated, Old);
        await using var both = Open(migrated, $"{Other},{Old}");
        await using var renewed = Open(migrated, Other);
        await EnsureAsync(old);
        await using var saving = await old.BeginAsync();
        await SecretCheckTable.EnsureAsync(saving);
        await VariableTable.PutAsync(saving, "region", "eu");

        var rotation = RotateAsync(both);
        while (!rotation.IsCompleted && await migrated.Server.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()") == 0) await Task.Yield();
        await saving.CommitAsync();

        Assert.That((await rotation).Variables, Is.EqualTo(1));
        Assert.That(await renewed.InTransactionAsync(tx => VariableTable.FindAsync(tx, "region")), Is.EqualTo("eu"));
    }

    [Test]
    public async Task A_rotation_names_the_processes_that_run_meanwhile()
    {
        await using var migrated = await Migrated.CreateAsync();
        var now = DateTimeOffset.UtcNow;
        await migrated.Database.InTransactionAsync(tx => JobTable.StartAsync(tx, "worker", "host-a", 7, now));
        await migrated.Database.InTransactionAsync(tx => JobTable.StartAsync(tx, "web", "host-b", 8, now.AddHours(-1)));

        Assert.That((await RotateAsync(migrated.Database)).Running, Is.EqualTo(new[] { "worker on host-a (process 7)" }));
    }

    [Test]
    public async Task Who_lost_the_key_begins_anew_with_what_can_be_read()
    {
        await using var migrated = await Migrated.CreateAsync();
        await EnsureAsync(migrated.Database);
        await migrated.Database.InTransactionAsync(tx => VariableTable.PutAsync(tx, "region", "eu"));
        await migrated.Database.InTransactionAsync(tx => ConnectionTable.PutAsync(tx, new Connection("open", "http")));
        await using var other = Open(migrated, Other);

        var rotated = await RotateAsync(other, dropUnreadable: true);

        await EnsureAsync(other);
        Assert.That((rotated.Connections, rotated.Variables, string.Join(',', rotated.Dropped)), Is.EqualTo((1, 0, "variable 'region'")));
    }

    [Test]
    public async Task Nothing_is_stored_with_a_key_that_is_not_the_installations()
    {
        await using var migrated = await Migrated.CreateAsync();
        await EnsureAsync(migrated.Database);
        await using var other = Open(migrated, Other);

        await Assert.ThrowsAsync<SecretException>(() => new AddConnection(other, TimeProvider.System).ExecuteAsync(new Connection("shop", "postgres"), Somebody, CancellationToken.None));
        await Assert.ThrowsAsync<SecretException>(() => new SetVariable(other, TimeProvider.System).ExecuteAsync("region", "eu", null, Somebody, CancellationToken.None));
        Assert.That(await migrated.Server.ScalarAsync<long>("SELECT (SELECT count(*) FROM pipelines.connection) + (SELECT count(*) FROM pipelines.variable)"), Is.Zero);
    }

    [TestCase("postgres://ada:hid%00den@db")]
    [TestCase("postgres://ada:hidden@d%00b")]
    public async Task A_connection_with_NUL_is_refused_without_repeating_its_password(string uri)
    {
        var refused = await Assert.ThrowsAsync<UnstorableTextException>(() =>
            new AddConnection(_migrated.Database, TimeProvider.System).ExecuteAsync(ConnectionUri.Parse("nul", uri), Somebody, CancellationToken.None));

        Assert.That(refused!.Message, Does.Contain("holds NUL").And.Not.Contain("hid").And.Not.Contain("den"));
    }

    [Test]
    public async Task A_connection_of_a_type_that_nothing_can_use_is_refused_whoever_adds_it() =>
        Assert.That((await Assert.ThrowsAsync<OperationException>(() =>
            new AddConnection(_migrated.Database, TimeProvider.System).ExecuteAsync(new Connection("typo", "postgers"), Somebody, CancellationToken.None)))!.Message,
            Does.StartWith("The type 'postgers' of connection 'typo' is not known. Did you mean 'postgres'?"));

    [Test]
    public async Task A_variable_is_not_changed_behind_a_persons_back() => await Assert.ThrowsAsync<UnstorableTextException>(() =>
        new SetVariable(_migrated.Database, TimeProvider.System).ExecuteAsync("half", "cut \ud83d", null, Somebody, CancellationToken.None));

    [Test]
    public async Task A_variable_is_replaced_by_its_key()
    {
        await _migrated.Database.InTransactionAsync(tx => VariableTable.PutAsync(tx, "region", "eu"));
        await _migrated.Database.InTransactionAsync(tx => VariableTable.PutAsync(tx, "region", "us"));

        Assert.That(await _migrated.Database.InTransactionAsync(tx => VariableTable.FindAsync(tx, "region")), Is.EqualTo("us"));
    }

    private static Task EnsureAsync(Database database) => database.InTransactionAsync(SecretCheckTable.EnsureAsync);

    private static Task<RotatedSecrets> RotateAsync(Database database, bool dropUnreadable = false) =>
        new RotateFernetKey(database, TimeProvider.System).ExecuteAsync(dropUnreadable, Somebody, CancellationToken.None);

    private static Database Open(Migrated migrated, string keys) => new(migrated.Server.ConnectionString, new FernetKeys(keys));

    private static Actor Somebody { get; } = new("somebody", RunTriggeredBy.Cli);
}
