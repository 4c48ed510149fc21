using System.Collections.ObjectModel;
using System.Data;
using Npgsql;
using Npgsql.Schema;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.Sql;

/// <summary>
/// One open connection to PostgreSQL or Redshift. Every error leaves it as a sorted <see cref="TaskFailure"/> with the driver's exception inside.
/// </summary>
internal sealed class SqlSession : IAsyncDisposable
{
    private readonly Connection _connection;
    private readonly NpgsqlConnection _driver;

    private SqlSession(Connection connection, NpgsqlConnection driver) => (_connection, _driver) = (connection, driver);

    /// <summary>Where it leads.</summary>
    public Connection Connection => _connection;

    /// <summary>Connects.</summary>
    /// <param name="connection">Where to.</param>
    /// <param name="owner">Named to the server as the application, so that its administrators see which task runs a query.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<SqlSession> OpenAsync(Connection connection, string owner, CancellationToken cancellation)
    {
        // PostgreSQL cuts application names at 63 bytes.
        var name = $"pipelines {owner}";
        var driver = new NpgsqlConnection(SqlConnectionString.From(connection, name.Length > 63 ? name[..63] : name).ConnectionString);
        var session = new SqlSession(connection, driver);
        try
        {
            await session.Sorted(async () => { await driver.OpenAsync(cancellation); return 0; });
            return session;
        }
        catch
        {
            await driver.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one statement; returns the rows it changed, -1 when it changes none.</summary>
    public Task<int> ExecuteAsync(string sql, CancellationToken cancellation, params object[] parameters) => Sorted(async () =>
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellation);
    });

    /// <summary>The first value of the first row, or null.</summary>
    public Task<object?> ScalarAsync(string sql, CancellationToken cancellation, params object[] parameters) => Sorted(async () =>
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteScalarAsync(cancellation) is { } value and not DBNull ? value : null;
    });

    /// <summary>A count.</summary>
    public async Task<long> CountAsync(string sql, CancellationToken cancellation, params object[] parameters) =>
        Convert.ToInt64(await ScalarAsync(sql, cancellation, parameters), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Runs one statement and hands its reader over.</summary>
    public Task<T> ReadAsync<T>(string sql, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancellation, params object[] parameters) =>
        Sorted(async () =>
        {
            await using var command = Command(sql, parameters);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            return await read(reader);
        });

    /// <summary>Rows as lists of values.</summary>
    public Task<List<object?[]>> RowsAsync(string sql, CancellationToken cancellation, params object[] parameters) => ReadAsync(sql, async reader =>
    {
        List<object?[]> rows = [];
        while (await reader.ReadAsync(cancellation))
        {
            var row = new object?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++) row[i] = await reader.IsDBNullAsync(i, cancellation) ? null : reader.GetValue(i);
            rows.Add(row);
        }
        return rows;
    }, cancellation, parameters);

    /// <summary>Runs a statement of unknown kind; parameters go as text whose type the server infers, and values come back as text.</summary>
    /// <returns>Rows changed, -1 when none could be; and the result, null when it has none.</returns>
    public Task<(long Changed, ResultRows? Rows)> RunTextAsync(string sql, IReadOnlyList<string?> parameters, CancellationToken cancellation) => Sorted(async () =>
    {
        await using var command = WithTexts(sql, parameters);
        command.AllResultTypesAreUnknown = true;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = reader.FieldCount > 0 ? await ResultRows.ReadAsync(reader, cancellation) : null;
        await reader.CloseAsync();
        return ((long)reader.RecordsAffected, rows);
    });

    /// <summary>The first value of a query's first row, null for NULL; parameters go as text whose type the server infers.</summary>
    public Task<(bool HasRow, object? Cell)> FirstCellAsync(string sql, IReadOnlyList<string?> parameters, CancellationToken cancellation) => Sorted(async () =>
    {
        await using var command = WithTexts(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (reader.FieldCount == 0) throw new TaskFailure("Input 'sql' is no query: it has no result. Write a SELECT.", retryable: false);
        if (!await reader.ReadAsync(cancellation)) return (false, null);
        return (true, await reader.IsDBNullAsync(0, cancellation) ? null : reader.GetValue(0));
    });

    /// <summary>Columns and types of a query, which is planned but not run.</summary>
    public Task<ReadOnlyCollection<NpgsqlDbColumn>> DescribeAsync(string sql, CancellationToken cancellation) => Sorted(async () =>
    {
        await using var command = Command(sql, []);
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SchemaOnly, cancellation);
        return reader.GetColumnSchema();
    });

    /// <summary>Streams the raw bytes of a COPY … TO STDOUT to <paramref name="consume"/>, which must read them to the end or throw.</summary>
    public Task<T> CopyOutAsync<T>(string copySql, Func<Stream, Task<T>> consume, CancellationToken cancellation) => Sorted(async () =>
    {
        var export = await _driver.BeginTextExportAsync(copySql, cancellation);
        var copy = (NpgsqlCopyTextReader)export;
        try
        {
            var result = await consume(copy.BaseStream);
            await copy.DisposeAsync();
            return result;
        }
        catch
        {
            // Disposing an unfinished COPY would first read all the rest of the table.
            await StopAsync(copy);
            throw;
        }
    });

    public ValueTask DisposeAsync() => _driver.DisposeAsync();

    private static async Task StopAsync(NpgsqlCopyTextReader copy)
    {
        try
        {
            await copy.CancelAsync();
        }
        catch (Exception error) when (SqlErrors.IsSql(error) || error is OperationCanceledException or ObjectDisposedException)
        {
            // The connection is gone already; the error that led here is the one to report.
        }
    }

    private NpgsqlCommand WithTexts(string sql, IReadOnlyList<string?> parameters)
    {
        var command = new NpgsqlCommand(sql, _driver);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)parameter ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Unknown });
        return command;
    }

    private NpgsqlCommand Command(string sql, object[] parameters)
    {
        var command = new NpgsqlCommand(sql, _driver);
        foreach (var parameter in parameters) command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return command;
    }

    private async Task<T> Sorted<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception error) when (SqlErrors.IsSql(error))
        {
            throw SqlErrors.Sort(error, _connection);
        }
    }
}
