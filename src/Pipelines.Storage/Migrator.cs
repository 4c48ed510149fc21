using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Pipelines.Storage;

/// <summary>Brings the schema to the version of this program. Any number of hosts may do so at once.</summary>
public static class Migrator
{
    private const string Lock = "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended('pipelines.migration', 0))";

    // Whoever set them: us, the connection string, the role or the server, which need not know them all. A host that hangs between two
    // statements keeps the others waiting no longer than five minutes.
    private const string TakeTime =
        """
        SELECT set_config(name, CASE name WHEN 'idle_in_transaction_session_timeout' THEN '5min' ELSE '0' END, true) FROM pg_settings
        WHERE name IN ('lock_timeout', 'statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')
        """;

    private const string Prepare =
        """
        CREATE SCHEMA IF NOT EXISTS pipelines;
        CREATE TABLE IF NOT EXISTS pipelines.schema_migration (
            version    integer PRIMARY KEY,
            name       text NOT NULL,
            checksum   text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        );
        """;

    private const string Applied = "SELECT version, name, checksum FROM pipelines.schema_migration ORDER BY version";

    private const string IsThere = "SELECT to_regclass('pipelines.schema_migration') IS NOT NULL";

    private const string Newest = "SELECT max(version) FROM pipelines.schema_migration";

    private const string Record = "INSERT INTO pipelines.schema_migration (version, name, checksum) VALUES (@Version, @Name, @Checksum)";

    /// <summary>The migrations of this program, by version.</summary>
    public static IReadOnlyList<Migration> All { get; } = [.. ReadEmbedded().OrderBy(migration => migration.Version)];

    /// <summary>
    /// True when the schema has all that this program needs. It may have more: in an upgrade the schema goes first, and those that serve go on
    /// until the new ones do. A program that starts asks for more, see <see cref="CheckAsync"/>.
    /// </summary>
    public static Task<bool> SufficesAsync(Database database, CancellationToken cancellation = default) =>
        database.InTransactionAsync(async tx => await tx.FindAsync<int?>(Newest) >= All[^1].Version, cancellation);

    /// <summary>Applies what is missing, all or nothing.</summary>
    /// <returns>The migrations applied now; empty when the schema was up to date.</returns>
    /// <exception cref="MigrationException">The schema is newer than this program, or was made by other migrations.</exception>
    public static Task<IReadOnlyList<Migration>> MigrateAsync(Database database, CancellationToken cancellation = default) =>
        MigrateAsync(database, All, cancellation);

    /// <summary>Reads whether the schema is this program's.</summary>
    /// <exception cref="MigrationException">It is not; the message says both versions and what to do.</exception>
    public static Task CheckAsync(Database database, CancellationToken cancellation = default) => database.InTransactionAsync(async tx =>
    {
        var applied = await tx.SingleAsync<bool>(IsThere) ? await tx.QueryAsync<AppliedMigration>(Applied) : [];
        Check(applied, All);
        if (applied.Count < All.Count)
            throw new MigrationException(
                $"The database's schema is version {applied.Count}, this program needs {All.Count}. Run 'pipelines db migrate', or start a host of this version, which does the same.");
    }, cancellation);

    internal static Task<IReadOnlyList<Migration>> MigrateAsync(Database database, IReadOnlyList<Migration> migrations, CancellationToken cancellation = default) =>
        AloneAsync<IReadOnlyList<Migration>>(database, async tx =>
        {
            await tx.ExecuteAsync(Prepare);
            var applied = await tx.QueryAsync<AppliedMigration>(Applied);
            Check(applied, migrations);
            var missing = migrations.Where(migration => applied.All(done => done.Version != migration.Version)).ToList();
            foreach (var migration in missing)
            {
                await tx.ExecuteAsync(migration.Sql);
                await tx.ExecuteAsync(Record, new { migration.Version, migration.Name, migration.Checksum });
            }
            return missing;
        }, cancellation);

    /// <summary>Runs work on the schema of this database while no host migrates or does the same. It may take its time, and so may another host's.</summary>
    public static async Task<T> AloneAsync<T>(Database database, Func<Transaction, Task<T>> work, CancellationToken cancellation = default)
    {
        await using var unhurried = database.Unhurried();
        return await unhurried.InTransactionAsync(async tx =>
        {
            await tx.ExecuteAsync(TakeTime);
            await tx.ExecuteAsync(Lock);
            return await work(tx);
        }, cancellation);
    }

    private static void Check(IReadOnlyList<AppliedMigration> applied, IReadOnlyList<Migration> migrations)
    {
        var newest = migrations.Max(migration => migration.Version);
        if (applied.Count > 0 && applied[^1].Version > newest)
            throw new MigrationException(
                $"The database's schema is version {applied[^1].Version}, this program knows {newest}. Start a newer version of Pipelines, or restore a backup made with this one.");
        foreach (var done in applied)
        {
            var known = migrations.FirstOrDefault(migration => migration.Version == done.Version);
            if (known is null || known.Checksum != done.Checksum)
                throw new MigrationException(
                    $"Migration {done.Version} ({done.Name}) in the database is not the one of this program. The schema was made by a different build: use that build, or a fresh database.");
        }
    }

    private static IEnumerable<Migration> ReadEmbedded()
    {
        var assembly = Assembly.GetExecutingAssembly();
        const string folder = "Pipelines.Storage.Migrations.";
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(folder, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var file = resource[folder.Length..^".sql".Length];
            yield return new Migration(int.Parse(file[..4], CultureInfo.InvariantCulture), file[5..], reader.ReadToEnd());
        }
    }

    private sealed class AppliedMigration
    {
        public int Version { get; init; }

        public string Name { get; init; } = "";

        public string Checksum { get; init; } = "";
    }
}

/// <summary>One step of the schema.</summary>
/// <param name="Version">From 1, without gaps.</param>
/// <param name="Name">What it does.</param>
/// <param name="Sql">Its statements.</param>
public sealed record Migration(int Version, string Name, string Sql)
{
    /// <summary>Tells whether the text is the one that was applied; line ends do not count, since checkouts differ in them.</summary>
    public string Checksum { get; } =
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));
}

/// <summary>The schema cannot be brought to this program's version; the message says what to do.</summary>
public sealed class MigrationException(string message) : Exception(message);
