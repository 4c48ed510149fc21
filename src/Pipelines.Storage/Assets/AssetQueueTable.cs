using Pipelines.Model.Assets;

namespace Pipelines.Storage.Assets;

/// <summary>
/// Table <c>asset_dag_run_queue</c> as those see it who wait: updates that a DAG has had no run for. What writes several rows does so in the
/// order of their keys.
/// </summary>
public static class AssetQueueTable
{
    // Asked first, as it reads next to nothing when nothing has come.
    private const string AnyNew = "SELECT EXISTS (SELECT FROM pipelines.asset_dag_run_queue WHERE is_new)";

    // A DAG that has its max_active_runs waits until one has ended, and is not looked at meanwhile.
    private const string ChangedDags =
        """
        SELECT d.dag_id FROM pipelines.dag d
        WHERE d.dag_id IN (SELECT dag_id FROM pipelines.asset_dag_run_queue WHERE is_new) AND NOT d.is_paused AND NOT d.is_stale AND d.max_active_runs > (
            SELECT count(*) FROM pipelines.dag_run r WHERE r.dag_id = d.dag_id AND r.state IN ('queued', 'running') AND r.backfill_id IS NULL)
        ORDER BY d.dag_id
        """;

    private const string Take =
        """
        WITH rows AS (SELECT dag_id, asset_id FROM pipelines.asset_dag_run_queue WHERE dag_id = @dagId AND is_new ORDER BY asset_id FOR NO KEY UPDATE)
        UPDATE pipelines.asset_dag_run_queue q SET is_new = false FROM rows WHERE q.dag_id = rows.dag_id AND q.asset_id = rows.asset_id
        """;

    private const string Rows =
        """
        SELECT q.dag_id, a.name, a.uri, q.created_at FROM pipelines.asset_dag_run_queue q JOIN pipelines.asset a ON a.id = q.asset_id
        WHERE (@dagId::text IS NULL OR q.dag_id = @dagId) AND (@assetId::bigint IS NULL OR q.asset_id = @assetId)
        ORDER BY q.dag_id, a.name, a.uri
        """;

    private const string Delete =
        """
        WITH rows AS (
            SELECT dag_id, asset_id FROM pipelines.asset_dag_run_queue
            WHERE (@dagId::text IS NULL OR dag_id = @dagId) AND (@assetId::bigint IS NULL OR asset_id = @assetId) AND (@before::timestamptz IS NULL OR created_at < @before)
            ORDER BY dag_id, asset_id FOR UPDATE)
        DELETE FROM pipelines.asset_dag_run_queue q USING rows WHERE q.dag_id = rows.dag_id AND q.asset_id = rows.asset_id
        """;

    // What it waits for may have changed, so that it is to be looked at again; what it waits for no more is forgotten.
    private const string Rename =
        """
        WITH named AS (
            SELECT asset_id FROM pipelines.dag_asset WHERE dag_id = @dagId AND role = 'schedule'
            UNION SELECT aa.asset_id FROM pipelines.dag_asset_alias al JOIN pipelines.asset_alias_asset aa USING (alias) WHERE al.dag_id = @dagId),
        rows AS (SELECT dag_id, asset_id FROM pipelines.asset_dag_run_queue WHERE dag_id = @dagId ORDER BY asset_id FOR UPDATE),
        gone AS (DELETE FROM pipelines.asset_dag_run_queue q USING rows WHERE q.dag_id = rows.dag_id AND q.asset_id = rows.asset_id AND q.asset_id NOT IN (SELECT asset_id FROM named))
        UPDATE pipelines.asset_dag_run_queue q SET is_new = true FROM rows
        WHERE q.dag_id = rows.dag_id AND q.asset_id = rows.asset_id AND NOT q.is_new AND q.asset_id IN (SELECT asset_id FROM named)
        """;

    /// <summary>The DAGs to look at, by id: neither paused nor stale nor full, and something has come since they were looked at.</summary>
    public static async Task<IReadOnlyList<string>> ChangedDagsAsync(Transaction tx) => await tx.SingleAsync<bool>(AnyNew) ? await tx.QueryAsync<string>(ChangedDags) : [];

    /// <summary>
    /// The updates that a DAG has had no run for; it is looked at with this. Rows are taken before they are read, so that whoever adds another
    /// update, or teaches an alias, does so before the look or has the DAG looked at again.
    /// </summary>
    public static async Task<IReadOnlyList<QueuedAsset>> TakeAsync(Transaction tx, string dagId)
    {
        await tx.ExecuteAsync(Take, new { dagId });
        return await ListAsync(tx, dagId, null);
    }

    /// <summary>Those of a DAG, of an asset, of both, or all; by DAG and name.</summary>
    public static async Task<IReadOnlyList<QueuedAsset>> ListAsync(Transaction tx, string? dagId, long? assetId) =>
        [.. (await tx.QueryAsync<(string DagId, string Name, string Uri, DateTimeOffset CreatedAt)>(Rows, new { dagId, assetId }))
            .Select(row => new QueuedAsset(row.DagId, new AssetKey(row.Name, row.Uri), row.CreatedAt))];

    /// <summary>Forgets those of a DAG, of an asset, or of both.</summary>
    /// <param name="before">Only those from before; null: all.</param>
    /// <returns>How many there were.</returns>
    public static Task<int> DeleteAsync(Transaction tx, string? dagId, long? assetId, DateTimeOffset? before) => tx.ExecuteAsync(Delete, new { dagId, assetId, before });

    /// <summary>After a DAG's file may have changed what it waits for.</summary>
    internal static Task RenameAsync(Transaction tx, string dagId) => tx.ExecuteAsync(Rename, new { dagId });
}

/// <summary>An asset that was updated and that a DAG has had no run for.</summary>
/// <param name="DagId">The DAG.</param>
/// <param name="Asset">Which asset.</param>
/// <param name="At">When it was updated last.</param>
public sealed record QueuedAsset(string DagId, AssetKey Asset, DateTimeOffset At);
