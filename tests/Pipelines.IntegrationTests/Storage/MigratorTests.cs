using Npgsql;
using Pipelines.Storage;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Storage;

public class MigratorTests
{
    private TestDatabase _empty = null!;
    private Database _database = null!;

    [SetUp]
    public async Task CreateAsync()
    {
        _empty = await TestPostgres.CreateDatabaseAsync();
        _database = new Database(_empty.ConnectionString);
    }

    [TearDown]
    public async Task DropAsync()
    {
        await _database.DisposeAsync();
        await _empty.DisposeAsync();
    }

    [Test]
    public async Task Of_four_hosts_that_start_at_once_one_migrates()
    {
        var applied = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Migrator.MigrateAsync(_database))));

        Assert.That(applied.Select(migrations => migrations.Count).Order(), Is.EqualTo(new[] { 0, 0, 0, Migrator.All.Count }));
    }

    [Test]
    public async Task A_newer_schema_is_refused_with_both_versions()
    {
        var newer = new Migration(Migrator.All.Count + 1, "from_the_future", "CREATE TABLE pipelines.future ()");
        await Migrator.MigrateAsync(_database, [.. Migrator.All, newer]);

        var error = await Assert.ThrowsAsync<MigrationException>(() => Migrator.MigrateAsync(_database));

        Assert.That(error!.Message, Does.Contain($"version {newer.Version}").And.Contain($"knows {Migrator.All.Count}"));
    }

    [Test]
    public async Task A_migration_that_was_applied_with_another_text_is_refused()
    {
        await Migrator.MigrateAsync(_database);
        var changed = Migrator.All[0] with { Sql = Migrator.All[0].Sql + "SELECT 1;" };

        var error = await Assert.ThrowsAsync<MigrationException>(() => Migrator.MigrateAsync(_database, [new Migration(1, changed.Name, changed.Sql), .. Migrator.All.Skip(1)]));

        Assert.That(error!.Message, Does.Contain("initial"));
    }

    [Test]
    public async Task A_migration_that_fails_leaves_nothing()
    {
        var broken = new Migration(Migrator.All.Count + 1, "broken", "CREATE TABLE pipelines.half (); SELECT 1/0;");

        await Assert.CatchAsync(() => Migrator.MigrateAsync(_database, [.. Migrator.All, broken]));

        Assert.That(await _empty.ScalarAsync<bool>("SELECT to_regclass('pipelines.dag') IS NULL"), Is.True);
    }

    [TestCase("hashtextextended('pipelines.migration', 0)", TestName = "A host waits for another one's migration beyond every timeout")]
    [TestCase("7", TestName = "A migration takes as long as it takes, beyond every timeout")]
    public async Task No_timeout_counts(string key)
    {
        var hurried = new NpgsqlConnectionStringBuilder(_empty.ConnectionString)
        {
            CommandTimeout = 1,
            Options = "-c lock_timeout=500 -c statement_timeout=500 -c transaction_timeout=500 -c idle_in_transaction_session_timeout=500",
        };
        await using var database = new Database(hurried.ConnectionString);
        await using var holder = await _empty.OpenAsync();
        await RunAsync(holder, $"SELECT pg_advisory_lock({key})");
        var slow = new Migration(Migrator.All.Count + 1, "slow", "SELECT pg_advisory_xact_lock(7)");

        var migrating = Migrator.MigrateAsync(database, [.. Migrator.All, slow]);
        var first = await Task.WhenAny(migrating, RunAsync(holder,
            """
            DO $$ BEGIN
                WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '1.5 s') LOOP
                    PERFORM pg_sleep(0.05);
                    PERFORM pg_stat_clear_snapshot();
                END LOOP;
            END $$
            """));

        Assert.That(first, Is.Not.SameAs(migrating), () => $"It gave up: {migrating.Exception?.InnerException?.Message}");
        await RunAsync(holder, $"SELECT pg_advisory_unlock({key})");
        Assert.That(await migrating, Has.Count.EqualTo(slow.Version));
    }

    [Test]
    public void Versions_have_no_gaps() =>
        Assert.That(Migrator.All.Select(migration => migration.Version), Is.EqualTo(Enumerable.Range(1, Migrator.All.Count)));

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
