using Npgsql;
using NpgsqlTypes;
using Pipelines.LocalCloud.Redshift.Load;
using Pipelines.LocalCloud.Redshift.Sessions;

namespace Pipelines.LocalCloud.Redshift.Catalog;

/// <summary>Redshift's functions and system tables in one database of the backend, and what the endpoint writes to them beside the clients' transactions.</summary>
internal sealed class RedshiftCatalog : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;

    private RedshiftCatalog(NpgsqlDataSource source) => _source = source;

    /// <summary>Makes the database, if it is missing, and installs the catalog in it; may run any number of times.</summary>
    public static async Task<RedshiftCatalog> InstallAsync(RedshiftOptions options, string database, CancellationToken cancel)
    {
        var address = new NpgsqlConnectionStringBuilder(options.BackendConnectionString) { ApplicationName = "redshift endpoint" };
        await using (var server = NpgsqlDataSource.Create(address.ConnectionString))
        {
            await EnsureRoleAsync(server, options.User, cancel);
            await EnsureDatabaseAsync(server, database, cancel);
        }
        address.Database = database;
        var catalog = new RedshiftCatalog(NpgsqlDataSource.Create(address.ConnectionString));
        await catalog.InstallAsync(cancel);
        return catalog;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>Notes that a session starts a COPY.</summary>
    /// <returns>The COPY's query id.</returns>
    public async Task<long> BeginCopyAsync(int processId, CancellationToken cancel)
    {
        const string Sql = """
            INSERT INTO localcloud.last_copy (session, query, rows) VALUES ($1, nextval('localcloud.query_ids'), 0)
            ON CONFLICT (session) DO UPDATE SET query = EXCLUDED.query, rows = 0
            RETURNING query
            """;
        await using var command = _source.CreateCommand(Sql);
        command.Parameters.Add(new NpgsqlParameter { Value = processId });
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    public async Task EndCopyAsync(int processId, long rows, CancellationToken cancel)
    {
        await using var command = _source.CreateCommand("UPDATE localcloud.last_copy SET rows = $2 WHERE session = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = processId });
        command.Parameters.Add(new NpgsqlParameter { Value = rows });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Forgets the session, so the next one with its process id starts anew.</summary>
    public async Task ForgetSessionAsync(int processId, CancellationToken cancel)
    {
        await using var command = _source.CreateCommand("DELETE FROM localcloud.last_copy WHERE session = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = processId });
        await command.ExecuteNonQueryAsync(cancel);
    }

    public async Task SaveErrorsAsync(SessionContext session, int table, long copyId, DateTime started, IReadOnlyList<LoadError> errors, CancellationToken cancel)
    {
        await using var connection = await _source.OpenConnectionAsync(cancel);
        await using var importer = await connection.BeginBinaryImportAsync("""
            COPY localcloud.load_errors (tbl, starttime, session, query, filename, line_number, colname, type, col_length, position, raw_line, raw_field_value, err_code, err_reason, database_name)
            FROM STDIN (FORMAT binary)
            """, cancel);
        foreach (var error in errors)
        {
            await importer.StartRowAsync(cancel);
            await importer.WriteAsync(table, cancel);
            await importer.WriteAsync(started, NpgsqlDbType.Timestamp, cancel);
            await importer.WriteAsync(session.ProcessId, cancel);
            await importer.WriteAsync(copyId, cancel);
            await importer.WriteAsync(error.File, cancel);
            await importer.WriteAsync(error.Line, cancel);
            await importer.WriteAsync(error.Column?.Name ?? "", cancel);
            await importer.WriteAsync(error.Column?.RedshiftType ?? "", cancel);
            await importer.WriteAsync(error.Column?.RedshiftLength ?? "", cancel);
            await importer.WriteAsync(error.Position, cancel);
            await importer.WriteAsync(error.RawLine, cancel);
            await importer.WriteAsync(error.RawValue, cancel);
            await importer.WriteAsync(error.Code, cancel);
            await importer.WriteAsync(error.Reason, cancel);
            await importer.WriteAsync(session.Database, cancel);
        }
        await importer.CompleteAsync(cancel);
    }

    private async Task InstallAsync(CancellationToken cancel)
    {
        await using var sql = typeof(RedshiftCatalog).Assembly.GetManifestResourceStream("Pipelines.LocalCloud.Redshift.Catalog.catalog.sql")!;
        using var reader = new StreamReader(sql);
        string script = (await reader.ReadToEndAsync(cancel)).Replace("$REDSHIFT_VERSION$", RedshiftVersion.Full, StringComparison.Ordinal);
        await using var command = _source.CreateCommand(script);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static async Task EnsureRoleAsync(NpgsqlDataSource server, string user, CancellationToken cancel)
    {
        await using var exists = server.CreateCommand("SELECT 1 FROM pg_roles WHERE rolname = $1");
        exists.Parameters.Add(new NpgsqlParameter { Value = user });
        if (await exists.ExecuteScalarAsync(cancel) is not null) return;
        await CreateAsync(server, $"CREATE ROLE {Quote(user)} SUPERUSER NOLOGIN", cancel);
    }

    private static async Task EnsureDatabaseAsync(NpgsqlDataSource server, string database, CancellationToken cancel)
    {
        await using var exists = server.CreateCommand("SELECT 1 FROM pg_database WHERE datname = $1");
        exists.Parameters.Add(new NpgsqlParameter { Value = database });
        if (await exists.ExecuteScalarAsync(cancel) is not null) return;
        await CreateAsync(server, $"CREATE DATABASE {Quote(database)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'", cancel);
    }

    private static async Task CreateAsync(NpgsqlDataSource server, string sql, CancellationToken cancel)
    {
        try
        {
            await using var create = server.CreateCommand(sql);
            await create.ExecuteNonQueryAsync(cancel);
        }
        catch (PostgresException exists) when (exists.SqlState is PostgresErrorCodes.DuplicateObject or PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another endpoint on the same server made it a moment earlier.
        }
    }

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
