using Dapper;
using Npgsql;
using Pipelines.Storage.Secrets;

namespace Pipelines.Storage;

/// <summary>The Postgres database that holds the schema <c>pipelines</c>. One per process; safe for concurrent use.</summary>
public sealed class Database : IAsyncDisposable
{
    /// <summary>How long a statement waits for rows that another session holds: a forgotten transaction must not hold up the whole scheduler.</summary>
    internal static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(5);

    /// <summary>A process of ours that hangs in a transaction keeps its locks no longer.</summary>
    private static readonly TimeSpan IdleInTransaction = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly FernetKeys? _keys;

    static Database()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.AddTypeHandler(new UtcHandler());
    }

    /// <summary>Opens nothing yet.</summary>
    /// <param name="connectionString">Npgsql's format, e.g. <c>Host=127.0.0.1;Database=pipelines;Username=postgres</c>.</param>
    /// <param name="keys">The keys of stored secrets; null where none is read or written (migrations).</param>
    public Database(string connectionString, FernetKeys? keys = null)
    {
        _keys = keys;
        ConnectionString = connectionString;
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "pipelines" };
        if (settings.MaxAutoPrepare == 0) settings.MaxAutoPrepare = 100;
        // Ours first: what is given in the connection string counts.
        settings.Options = $"-c lock_timeout={LockTimeout.TotalMilliseconds:0} -c idle_in_transaction_session_timeout={IdleInTransaction.TotalMilliseconds:0} {settings.Options}".TrimEnd();
        Source = new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    /// <summary>As given, with its password: what Hangfire's storage connects with.</summary>
    public string ConnectionString { get; }

    internal NpgsqlDataSource Source { get; }

    internal FernetKeys Keys => _keys
        ?? throw new InvalidOperationException("No Fernet key is set, so stored secrets can be neither read nor written. Set PIPELINES_FERNET_KEY to the key that all hosts share.");

    /// <summary>The same database over a connection of its own that never gives up a command, nor a commit. To be disposed.</summary>
    internal Database Unhurried()
    {
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString) { CommandTimeout = 0, Pooling = false };
        // No limit is left that would notice a server that is gone, but the network's. A Unix socket, whose host is a path, has none and refuses it.
        if (settings.Host?.Contains('/', StringComparison.Ordinal) != true) (settings.TcpKeepAlive, settings.TcpKeepAliveTime) = (true, 60);
        return new Database(settings.ConnectionString, _keys);
    }

    /// <summary>True when Npgsql can read it and it names a host; whether anybody answers there is another question.</summary>
    public static bool IsConnectionString(string text)
    {
        try
        {
            using var source = NpgsqlDataSource.Create(text);
            return true;
        }
        catch (Exception error) when (error is ArgumentException or FormatException or InvalidCastException or NotSupportedException or OverflowException)
        {
            return false;
        }
    }

    /// <summary>Begins a transaction (read committed). Disposing it without a commit rolls it back.</summary>
    /// <param name="cancellation">Cancels every statement of the transaction.</param>
    public async Task<Transaction> BeginAsync(CancellationToken cancellation = default)
    {
        var connection = await Source.OpenConnectionAsync(cancellation);
        try
        {
            return new Transaction(this, connection, await connection.BeginTransactionAsync(cancellation), cancellation);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs <paramref name="work"/> in a transaction and commits it; an exception rolls it back.</summary>
    public async Task<T> InTransactionAsync<T>(Func<Transaction, Task<T>> work, CancellationToken cancellation = default)
    {
        await using var tx = await BeginAsync(cancellation);
        var result = await work(tx);
        await tx.CommitAsync();
        return result;
    }

    /// <inheritdoc cref="InTransactionAsync{T}"/>
    public Task InTransactionAsync(Func<Transaction, Task> work, CancellationToken cancellation = default) =>
        InTransactionAsync(async tx =>
        {
            await work(tx);
            return true;
        }, cancellation);

    /// <summary>
    /// As <see cref="InTransactionAsync{T}"/>, again and again while the database is away (restart, failover, cut connection, no room), until
    /// cancelled. For work that may be done twice: when a connection breaks during the commit, nobody knows whether it happened.
    /// </summary>
    public async Task<T> PatientlyAsync<T>(Func<Transaction, Task<T>> work, TimeProvider time, CancellationToken cancellation)
    {
        for (var pause = ShortestPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await InTransactionAsync(work, cancellation);
            }
            catch (Exception error) when (DatabaseTrouble.MayPass(error))
            {
                await Task.Delay(pause, time, cancellation);
            }
        }
    }

    /// <summary>True when the server answers within the connection's timeout.</summary>
    public async Task<bool> AnswersAsync(CancellationToken cancellation)
    {
        try
        {
            await using var command = Source.CreateCommand("SELECT 1");
            await command.ExecuteScalarAsync(cancellation);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Source.DisposeAsync();

    // Dapper asks it for properties only, not for a constructor's or a tuple's parts: rows with a moment are classes with properties.
    // Npgsql hands out timestamptz as a UTC DateTime and takes no DateTimeOffset with an offset; our types say DateTimeOffset, always UTC.
    private sealed class UtcHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override DateTimeOffset Parse(object value) => new((DateTime)value, TimeSpan.Zero);

        public override void SetValue(System.Data.IDbDataParameter parameter, DateTimeOffset value) => parameter.Value = value.UtcDateTime;
    }
}
