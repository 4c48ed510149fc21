using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Pipelines.AcceptanceTests;

/// <summary>What a table holds, whatever the order of its rows: their number and the sum of their hashes.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Sum">Sum, modulo 2^64, of the first 8 bytes of each row's SHA-256.</param>
internal sealed record Checksum(long Rows, ulong Sum)
{
    /// <summary>Reads a table. Every column is compared as text; NULL and the empty string differ.</summary>
    public static async Task<Checksum> ReadAsync(string connectionString, string table)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        var columns = await ColumnsAsync(connection, table);
        await using var command = new NpgsqlCommand($"SELECT {string.Join(", ", columns.Select(column => $"CAST(\"{column}\" AS varchar(65535))"))} FROM {table}", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var result = new Checksum(0, 0);
        while (await reader.ReadAsync())
            result = new Checksum(result.Rows + 1, unchecked(result.Sum + Hash(reader)));
        return result;
    }

    private static async Task<List<string>> ColumnsAsync(NpgsqlConnection connection, string table)
    {
        await using var command = new NpgsqlCommand($"SELECT * FROM {table} WHERE false", connection);
        await using var reader = await command.ExecuteReaderAsync();
        return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).Order(StringComparer.Ordinal)];
    }

    private static ulong Hash(NpgsqlDataReader row)
    {
        var text = new StringBuilder();
        for (var i = 0; i < row.FieldCount; i++)
            text.Append(row.IsDBNull(i) ? "null;" : $"{row.GetString(i).Length}:{row.GetString(i)};");
        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
