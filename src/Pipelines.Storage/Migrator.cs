using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Pipelines.Storage;

/// <summary>Brings the schema to the version of this program. Any number of hosts may do so at once.</summary>
public static class Migrator
{
    private const string Lock = "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended('pipelines.migration', 0))";

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

    private const string Newest = "SELECT max(version) FROM pipelines.schema_migration";

    private const string Record = "INSERT INTO pipelines.schema_migration (version, name, checksum) VALUES (@Version, @Name, @Checksum)";

    /// <summary>The migrations of this program, by version.</summary>
    public static IReadOnlyList<Migration> All { get; } = [.. ReadEmbedded().OrderBy(migration => migration.Version)];

    /// <summary>True when the schema is this program's: not older, and not a newer program's.</summary>
    public static Task<bool> IsCurrentAsync(Database database, CancellationToken cancellation = default) =>
        database.InTransactionAsync(async tx => await tx.FindAsync<int?>(Newest) == All[^1].Version, cancellation);

    /// <summary>Applies what is missing, all or nothing.</summary>
    /// <returns>The migrations applied now; empty when the schema was up to date.</returns>
    /// <exception cref="MigrationException">The schema is newer than this program, or was made by other migrations.</exception>
    public static Task<IReadOnlyList<Migration>> MigrateAsync(Database database, CancellationToken cancellation = default) =>
        MigrateAsync(database, All, cancellation);

    /// <summary>Does something while no other host brings the schema up to date, or does the same.</summary>
    public static Task AloneAsync(Database database, Action work, CancellationToken cancellation = default) => database.InTransactionAsync(async tx =>
    {
        await tx.ExecuteAsync(Lock);
        work();
    }, cancellation);

    internal static Task<IReadOnlyList<Migration>> MigrateAsync(Database database, IReadOnlyList<Migration> migrations, CancellationToken cancellation = default) =>
        database.InTransactionAsync<IReadOnlyList<Migration>>(async tx =>
        {
            await tx.ExecuteAsync(Lock);
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
