using System.Globalization;
using Npgsql;

namespace Pipelines.Benchmarks.Extracts;

/// <summary>Tables as a shop has them: numbers, moments, codes, names and free text with commas and quotes, about 130 bytes of CSV a row.</summary>
internal static class Orders
{
    public const int Most = 10_000_000;
    public const int Many = 2_000_000;
    public const int Few = 200_000;

    /// <summary>The table with that many rows.</summary>
    public static string Table(int rows) => string.Create(CultureInfo.InvariantCulture, $"public.orders_{rows}");

    /// <summary>Makes and fills the table with that many rows.</summary>
    public static async Task FillAsync(string connectionString, int rows)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        foreach (var sql in new[] { Create(rows), $"VACUUM (ANALYZE, FREEZE) {Table(rows)}" })
        {
            await using var command = source.CreateCommand(sql);
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync();
        }
    }

    private static string Create(int rows) =>
        $"""
        CREATE TABLE {Table(rows)} AS
        SELECT i::bigint AS order_id,
               (hashint8(i) & 1048575) AS customer_id,
               timestamptz '2026-01-01 00:00Z' + i * interval '7.3 seconds' AS placed_at,
               (ARRAY['paid', 'shipped', 'returned', 'cancelled'])[1 + (hashint8(i * 3) & 3)] AS status,
               ((hashint8(i * 5) & 1048575) / 100.0)::numeric(12, 2) AS amount,
               (ARRAY['EUR', 'USD', 'GBP', 'PLN'])[1 + (hashint8(i * 7) & 3)]::char(3) AS currency,
               'customer.' || (hashint8(i) & 1048575) || '@example.com' AS email,
               (hashint8(i * 11) & 7) = 0 AS is_gift,
               sqrt(i) AS score,
               CASE hashint8(i * 13) & 7 WHEN 0 THEN NULL
                    WHEN 1 THEN 'leave at "the door", please; ' || (hashint8(i * 17) & 65535)
                    ELSE 'order ' || i || ' of lane ' || (hashint8(i * 19) & 63) END AS note
        FROM generate_series(1, {rows}) AS i
        """;
}
