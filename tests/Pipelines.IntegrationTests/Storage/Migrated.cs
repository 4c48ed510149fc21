using Pipelines.Storage;
using Pipelines.Storage.Secrets;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Storage;

/// <summary>A fresh database with the newest schema.</summary>
public sealed class Migrated : IAsyncDisposable
{
    private readonly TestDatabase _database;

    private Migrated(TestDatabase database)
    {
        _database = database;
        Database = new Database(database.ConnectionString, new FernetKeys(FernetKey.Generate()));
    }

    public Database Database { get; }

    public TestDatabase Server => _database;

    public static async Task<Migrated> CreateAsync() => new(await TestPostgres.CloneAsync("pipelines", async connectionString =>
    {
        await using var database = new Database(connectionString);
        await Migrator.MigrateAsync(database);
    }));

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await _database.DisposeAsync();
    }
}
