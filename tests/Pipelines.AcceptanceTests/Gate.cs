using Npgsql;

namespace Pipelines.AcceptanceTests;

/// <summary>Holds tasks up until the test lets them go: their SQL asks for a lock of its database that the test holds.</summary>
internal sealed class Gate : IAsyncDisposable
{
    private static int _last;

    private readonly NpgsqlConnection _connection;
    private readonly int _number = Interlocked.Increment(ref _last);

    private Gate(NpgsqlConnection connection) => _connection = connection;

    /// <summary>A statement that waits while the gate is closed.</summary>
    public string Sql => $"SELECT pg_advisory_xact_lock_shared({_number})";

    /// <summary>A question to the database: whether somebody waits before it.</summary>
    public string IsWaitedFor => $"SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = {_number} AND NOT granted)";

    /// <summary>A closed gate.</summary>
    /// <param name="database">Connection string of the one that the tasks' SQL runs in.</param>
    public static async Task<Gate> CloseAsync(string database)
    {
        var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        var gate = new Gate(connection);
        await gate.CloseAgainAsync();
        return gate;
    }

    /// <summary>Holds up whoever comes next; waits for those that are passing.</summary>
    public Task CloseAgainAsync() => RunAsync($"SELECT pg_advisory_lock({_number})");

    /// <summary>Lets everybody through.</summary>
    public Task OpenAsync() => RunAsync("SELECT pg_advisory_unlock_all()");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();

    private async Task RunAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync();
    }
}
