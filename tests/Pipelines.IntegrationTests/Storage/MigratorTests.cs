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

    [Test]
    public void Versions_have_no_gaps() =>
        Assert.That(Migrator.All.Select(migration => migration.Version), Is.EqualTo(Enumerable.Range(1, Migrator.All.Count)));
}
