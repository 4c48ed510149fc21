using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.Sql;

/// <summary>One REPEATABLE READ transaction in the source: what is described, counted and copied in it is the same data.</summary>
internal sealed class SourceSnapshot : IAsyncDisposable
{
    private SourceSnapshot(SqlSession session) => Session = session;

    /// <summary>The session that holds the transaction.</summary>
    public SqlSession Session { get; }

    /// <summary>Connects and begins.</summary>
    /// <param name="connection">The source.</param>
    /// <param name="owner">The task, for the server's list of sessions.</param>
    /// <param name="readOnly">True: the server refuses writes, also those of functions in a query.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<SourceSnapshot> OpenAsync(Connection connection, string owner, bool readOnly, CancellationToken cancellation)
    {
        var session = await SqlSession.OpenAsync(connection, owner, cancellation);
        try
        {
            await session.ExecuteAsync(SourceQuery.SessionSettings, cancellation);
            await session.ExecuteAsync($"BEGIN ISOLATION LEVEL REPEATABLE READ{(readOnly ? " READ ONLY" : "")}", cancellation);
            return new SourceSnapshot(session);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Looks a table up as written, then without regard to case (SQL folds unquoted names, people forget).</summary>
    /// <exception cref="TaskFailure">No such table (not retryable).</exception>
    public async Task<TableName> FindTableAsync(TableName name, CancellationToken cancellation)
    {
        const string sql =
            """
            SELECT n.nspname, c.relname
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND lower(n.nspname) = lower($1) AND lower(c.relname) = lower($2)
            ORDER BY (n.nspname = $1 AND c.relname = $2) DESC, n.nspname, c.relname
            LIMIT 1
            """;
        var rows = await Session.RowsAsync(sql, cancellation, name.Schema, name.Name);
        if (rows is [[string schema, string table]]) return new TableName(schema, table);
        throw new TaskFailure(
            $"Table {name} does not exist in connection '{Session.Connection.ConnId}' ({SqlConnectionString.Address(Session.Connection)}). " +
            "Check input 'table' (schema.table), that the table was created in this database, and that the connection is the right one.",
            retryable: false);
    }

    /// <summary>The columns that a source offers.</summary>
    public async Task<IReadOnlyList<SourceColumn>> ColumnsAsync(string from, CancellationToken cancellation) =>
        [.. (await Session.DescribeAsync($"SELECT * FROM {from} AS q", cancellation)).Select(SourceColumn.From)];

    public ValueTask DisposeAsync() => Session.DisposeAsync();
}
