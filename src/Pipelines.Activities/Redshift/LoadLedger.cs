using System.Globalization;
using Npgsql;
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

    /// <summary>Creates the ledger, or gives an older one its column; outside of any load, because concurrent first loads would wait for each other.</summary>
    public async Task CreateAsync(SqlSession session, CancellationToken cancellation)
    {
        if (await HasColumnAsync(session, "target_table", cancellation)) return;
        // Redshift's ADD COLUMN knows no IF NOT EXISTS.
        var statement = await HasColumnAsync(session, "token", cancellation)
            ? $"ALTER TABLE {_table} ADD COLUMN target_table VARCHAR(250)"
            : $"""
            CREATE TABLE IF NOT EXISTS {_table} (
              dag_id VARCHAR(250) NOT NULL, run_id VARCHAR(250) NOT NULL, task_id VARCHAR(250) NOT NULL, map_index INTEGER NOT NULL,
              token BIGINT NOT NULL, manifest VARCHAR(2048) NOT NULL, "rows" BIGINT NOT NULL, loaded_at TIMESTAMPTZ NOT NULL,
              target_table VARCHAR(250))
            """;
        try
        {
            await session.ExecuteAsync(statement, cancellation);
        }
        catch (TaskFailure failure) when (!cancellation.IsCancellationRequested)
        {
            // Two first loads at once: the slower one fails, IF NOT EXISTS or not, but then the ledger is as it must be.
            if (await HasColumnAsync(session, "target_table", cancellation)) return;
            if (failure.InnerException is not PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege }) throw;
            throw new TaskFailure($"The ledger of loads is not ready. {failure.Message} Or run this once as a user who may: {statement};", retryable: false, inner: failure);
        }
    }

    /// <summary>Rows of the load of this manifest into the target, or null when it never was loaded. Rows of older versions name no table and count for any.</summary>
    public async Task<long?> FindAsync(SqlSession session, string manifest, CancellationToken cancellation) =>
        await session.ScalarAsync($"SELECT max(\"rows\") FROM {_table} WHERE manifest = $1 AND (target_table = $2 OR target_table IS NULL)", cancellation, manifest, target.Name) is { } rows
            ? Convert.ToInt64(rows, CultureInfo.InvariantCulture)
            : null;

    /// <summary>True when this very attempt has loaded the target: the rows of others, also of the same manifest, are no proof of its own COMMIT.</summary>
    public async Task<bool> HoldsAsync(SqlSession session, TaskInstanceKey key, long token, CancellationToken cancellation) =>
        await session.CountAsync(
            $"SELECT count(*) FROM {_table} WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 AND token = $5 AND target_table = $6",
            cancellation, key.DagId, key.RunId, key.TaskId, key.MapIndex, token, target.Name) > 0;

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
        session.ExecuteAsync(
            $"""
            INSERT INTO {_table} (dag_id, run_id, task_id, map_index, token, manifest, "rows", loaded_at, target_table)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            cancellation, key.DagId, key.RunId, key.TaskId, key.MapIndex, token, manifest, rows, now.UtcDateTime, target.Name);

    private async Task<bool> HasColumnAsync(SqlSession session, string column, CancellationToken cancellation)
    {
        const string count =
            """
            SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
            WHERE n.nspname = $1 AND c.relname = '_pipelines_loads' AND a.attname = $2
            """;
        return await session.CountAsync(count, cancellation, target.Schema, column) > 0;
    }
}
