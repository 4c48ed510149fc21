using Npgsql;

namespace Pipelines.AcceptanceTests;

/// <summary>SQL that a test runs in a database, as a user would with psql.</summary>
internal static class Script
{
    /// <summary>Runs one or more statements on a connection of their own.</summary>
    public static async Task RunAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
