using System.Globalization;

namespace Pipelines.Storage.Logs;

/// <summary>The day partitions of <c>log_chunk</c>: made ahead, dropped whole when old. Either fails at once while somebody reads them.</summary>
public static class LogPartitions
{
    private const string Existing =
        """
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'pipelines.log_chunk'::regclass AND c.relname ~ '^log_chunk_[0-9]{8}$'
        """;

    // DDL shuts out everybody while it waits for who reads the table (a dump, for hours): so it waits a moment only, and log lines with it.
    private const string Lock = "SET LOCAL lock_timeout = '100ms'; SELECT 1 FROM pg_advisory_xact_lock(hashtextextended('pipelines.log_partitions', 0))";

    private const string DefaultHolds = "SELECT EXISTS (SELECT FROM pipelines.log_chunk_default WHERE day = @day::date)";

    private const string DeleteDefault = "DELETE FROM pipelines.log_chunk_default WHERE day < @day::date";

    /// <summary>Makes the partitions of <paramref name="day"/> and the two days after it.</summary>
    public static async Task EnsureAsync(Transaction tx, DateOnly day)
    {
        await tx.ExecuteAsync(Lock);
        var existing = (await tx.QueryAsync<string>(Existing)).ToHashSet();
        for (var next = day; next <= day.AddDays(2); next = next.AddDays(1))
        {
            if (existing.Contains(NameOf(next)) || await tx.SingleAsync<bool>(DefaultHolds, new { day = Text(next) })) continue;
            // DDL takes no parameters; both texts come from a date.
            await tx.ExecuteAsync($"CREATE TABLE pipelines.{NameOf(next)} PARTITION OF pipelines.log_chunk FOR VALUES FROM ('{Text(next)}') TO ('{Text(next.AddDays(1))}')");
        }
    }

    /// <summary>Deletes the logs of attempts that started before <paramref name="day"/> (UTC).</summary>
    /// <returns>How many day partitions went.</returns>
    public static async Task<int> DropBeforeAsync(Transaction tx, DateOnly day)
    {
        await tx.ExecuteAsync(Lock);
        var old = (await tx.QueryAsync<string>(Existing)).Where(name => string.CompareOrdinal(name, NameOf(day)) < 0).ToList();
        foreach (var name in old) await tx.ExecuteAsync($"DROP TABLE pipelines.{name}");
        await tx.ExecuteAsync(DeleteDefault, new { day = Text(day) });
        return old.Count;
    }

    private static string NameOf(DateOnly day) => string.Create(CultureInfo.InvariantCulture, $"log_chunk_{day:yyyyMMdd}");

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
