using System.Globalization;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.Activities.Redshift;

/// <summary>
/// The table <c>_pipelines_loads</c> beside the target: a row per load, written in the load's own transaction. It fences (a late
/// attempt finds the higher token of its successor) and it remembers (a load whose COMMIT got no answer is there or not).
/// </summary>
internal sealed class LoadLedger(TableName target)
{
    private readonly string _table = new TableName(target.Schema, "_pipelines_loads").Sql;

    /// <summary>Creates the ledger; outside of any load, because concurrent first loads would wait for each other.</summary>
    public async Task CreateAsync(SqlSession session, CancellationToken cancellation)
    {
        const string exists = "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = '_pipelines_loads'";
        if (await session.CountAsync(exists, cancellation, target.Schema) > 0) return;
        try
        {
            await session.ExecuteAsync(
                $"""
                CREATE TABLE IF NOT EXISTS {_table} (
                  dag_id VARCHAR(250) NOT NULL, run_id VARCHAR(250) NOT NULL, task_id VARCHAR(250) NOT NULL, map_index INTEGER NOT NULL,
                  token BIGINT NOT NULL, manifest VARCHAR(2048) NOT NULL, "rows" BIGINT NOT NULL, loaded_at TIMESTAMPTZ NOT NULL)
                """, cancellation);
        }
        catch (TaskFailure) when (!cancellation.IsCancellationRequested)
        {
            // Two first loads at once: IF NOT EXISTS does not keep the slower one from failing, but then the table is there.
            if (await session.CountAsync(exists, cancellation, target.Schema) == 0) throw;
        }
    }

    /// <summary>Rows of the load of this manifest, or null when it never was loaded.</summary>
    public async Task<long?> FindAsync(SqlSession session, string manifest, CancellationToken cancellation) =>
        await session.ScalarAsync($"SELECT max(\"rows\") FROM {_table} WHERE manifest = $1", cancellation, manifest) is { } rows
            ? Convert.ToInt64(rows, CultureInfo.InvariantCulture)
            : null;

    /// <summary>The highest token with which this task instance has loaded, and its rows; null when it never has.</summary>
    public async Task<(long Token, long Rows)?> LatestAsync(SqlSession session, TaskInstanceKey key, CancellationToken cancellation)
    {
        var rows = await session.RowsAsync(
            $"SELECT token, \"rows\" FROM {_table} WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 ORDER BY token DESC LIMIT 1",
            cancellation, key.DagId, key.RunId, key.TaskId, key.MapIndex);
        return rows is [[long token, long count]] ? (token, count) : null;
    }

    /// <summary>Enters a load into the open transaction.</summary>
    public Task EnterAsync(SqlSession session, TaskInstanceKey key, long token, string manifest, long rows, DateTimeOffset now, CancellationToken cancellation) =>
        session.ExecuteAsync($"INSERT INTO {_table} VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            cancellation, key.DagId, key.RunId, key.TaskId, key.MapIndex, token, manifest, rows, now.UtcDateTime);
}
