using Dapper;
using Npgsql;
using Pipelines.Model.Activities;

namespace Pipelines.Storage;

/// <summary>
/// One transaction on one connection; not for concurrent use. The table classes take it as their first argument, so that several
/// of their statements commit together.
/// </summary>
public sealed class Transaction : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly CancellationToken _cancellation;
    private readonly List<Action> _afterCommit = [];

    internal Transaction(Database database, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        Database = database;
        _connection = connection;
        _transaction = transaction;
        _cancellation = cancellation;
    }

    internal Database Database { get; }

    /// <summary>Makes everything durable and visible, and sends its notifications.</summary>
    public async Task CommitAsync()
    {
        await _transaction.CommitAsync(_cancellation);
        foreach (var action in _afterCommit) action();
    }

    /// <summary>Runs <paramref name="action"/>, which must not throw, once what was done so far is committed, and never if it is undone.</summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);

    /// <summary>Runs <paramref name="part"/>; an exception undoes what it did, and the transaction can go on. Not nested.</summary>
    public async Task<T> UndoingAsync<T>(Func<Task<T>> part)
    {
        const string name = "part";
        await _transaction.SaveAsync(name, _cancellation);
        var before = _afterCommit.Count;
        try
        {
            var result = await part();
            await _transaction.ReleaseAsync(name, _cancellation);
            return result;
        }
        catch
        {
            _afterCommit.RemoveRange(before, _afterCommit.Count - before);
            await _transaction.RollbackAsync(name, _cancellation);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>The number of rows that the statement changed.</summary>
    internal Task<int> ExecuteAsync(string sql, object? parameters = null) => StorableAsync(_connection.ExecuteAsync(Command(sql, parameters)), parameters);

    internal async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null) =>
        (await StorableAsync(_connection.QueryAsync<T>(Command(sql, parameters)), parameters)).AsList();

    internal Task<T> SingleAsync<T>(string sql, object? parameters = null) => StorableAsync(_connection.QuerySingleAsync<T>(Command(sql, parameters)), parameters);

    /// <summary>Null (for a value type: its default, so ask for a nullable one) when there is no row.</summary>
    internal Task<T?> FindAsync<T>(string sql, object? parameters = null) => StorableAsync(_connection.QuerySingleOrDefaultAsync<T?>(Command(sql, parameters)), parameters);

    // Every text passes here, whichever face it came by, and only the refused one costs a look.
    private static async Task<T> StorableAsync<T>(Task<T> statement, object? parameters)
    {
        try
        {
            return await statement;
        }
        catch (Exception error) when (UnstorableParameter.Of(error, parameters) is { } text)
        {
            throw new UnstorableTextException($"The text '{text}'", error);
        }
    }

    private CommandDefinition Command(string sql, object? parameters) => new(sql, parameters, _transaction, cancellationToken: _cancellation);
}
