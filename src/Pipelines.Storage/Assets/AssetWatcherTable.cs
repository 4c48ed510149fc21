using Pipelines.Model.Assets;
using Pipelines.Model.Dags;

namespace Pipelines.Storage.Assets;

/// <summary>A watcher whose time has come.</summary>
public sealed record DueWatcher
{
    public required string DagId { get; init; }

    public required long AssetId { get; init; }

    public required string Name { get; init; }

    public required string Activity { get; init; }

    public required string InputsJson { get; init; }

    /// <summary>Of what it saw last; null: nothing was there.</summary>
    public string? Seen { get; init; }

    /// <summary>Until then nobody else looks; it names this look.</summary>
    public required DateTimeOffset LookingUntil { get; init; }
}

/// <summary>A watcher as people see it.</summary>
public sealed record StoredWatcher
{
    public required string DagId { get; init; }

    public required string Name { get; init; }

    public required string Activity { get; init; }

    public required TimeSpan Every { get; init; }

    /// <summary>When it looks next; a DAG that is paused does not look.</summary>
    public required DateTimeOffset LookAt { get; init; }

    /// <summary>Why the last look failed; null: it did not.</summary>
    public string? Error { get; init; }
}

/// <summary>Table <c>asset_watcher</c>: what schedulers look at to update assets.</summary>
public static class AssetWatcherTable
{
    // One that looks for something else begins anew.
    private const string Store =
        """
        WITH wanted AS (
            SELECT a.id AS asset_id, g.watcher, g.activity, g.inputs, g.every
            FROM unnest(@names::text[], @uris::text[], @watchers::text[], @activities::text[], @inputs::text[], @every::interval[]) AS g (name, uri, watcher, activity, inputs, every)
            JOIN pipelines.asset a USING (name, uri)),
        gone AS (DELETE FROM pipelines.asset_watcher w WHERE w.dag_id = @dagId AND NOT EXISTS (SELECT FROM wanted n WHERE n.asset_id = w.asset_id AND n.watcher = w.name))
        INSERT INTO pipelines.asset_watcher AS w (dag_id, asset_id, name, activity, inputs, every, look_at)
        SELECT @dagId, n.asset_id, n.watcher, n.activity, n.inputs::json, n.every, @now FROM wanted n
        ON CONFLICT (dag_id, asset_id, name) DO UPDATE SET activity = excluded.activity, inputs = excluded.inputs, every = excluded.every,
            seen = CASE WHEN (w.activity, w.inputs::text) = (excluded.activity, excluded.inputs::text) THEN w.seen END,
            looking_until = CASE WHEN (w.activity, w.inputs::text) = (excluded.activity, excluded.inputs::text) THEN w.looking_until END,
            look_at = CASE WHEN (w.activity, w.inputs::text) = (excluded.activity, excluded.inputs::text) THEN least(w.look_at, excluded.look_at + excluded.every) ELSE excluded.look_at END
        """;

    private const string DeleteAll = "DELETE FROM pipelines.asset_watcher WHERE dag_id = @dagId";

    // Whoever takes one looks at it alone; if that process dies, another takes it a moment later.
    private const string Take =
        """
        WITH due AS (
            SELECT w.dag_id, w.asset_id, w.name FROM pipelines.asset_watcher w JOIN pipelines.dag d USING (dag_id)
            WHERE w.look_at <= @now AND (w.looking_until IS NULL OR w.looking_until <= @now) AND NOT d.is_paused AND NOT d.is_stale
            ORDER BY w.look_at LIMIT @limit FOR NO KEY UPDATE OF w SKIP LOCKED)
        UPDATE pipelines.asset_watcher w SET looking_until = @until FROM due WHERE w.dag_id = due.dag_id AND w.asset_id = due.asset_id AND w.name = due.name
        RETURNING w.dag_id, w.asset_id, w.name, w.activity, w.inputs::text AS inputs_json, w.seen, w.looking_until
        """;

    private const string Looked =
        """
        UPDATE pipelines.asset_watcher SET look_at = @now::timestamptz + every, looking_until = NULL, seen = @seen, error = @error
        WHERE dag_id = @dagId AND asset_id = @assetId AND name = @name AND looking_until = @lookingUntil
        """;

    private const string OfAsset =
        "SELECT dag_id, name, activity, every, look_at, error FROM pipelines.asset_watcher w JOIN pipelines.dag d USING (dag_id) WHERE w.asset_id = @assetId AND NOT d.is_stale ORDER BY dag_id, name";

    /// <summary>Takes those whose time has come, the first due first.</summary>
    public static Task<IReadOnlyList<DueWatcher>> TakeAsync(Transaction tx, int limit, DateTimeOffset now, DateTimeOffset until) => tx.QueryAsync<DueWatcher>(Take, new { limit, now, until });

    /// <summary>Says what a look saw; the next one is after its interval.</summary>
    /// <returns>False: another look has taken its place, or it is gone.</returns>
    public static async Task<bool> LookedAsync(Transaction tx, DueWatcher watcher, string? seen, string? error, DateTimeOffset now) =>
        await tx.ExecuteAsync(Looked, new { watcher.DagId, watcher.AssetId, watcher.Name, watcher.LookingUntil, seen, error, now }) == 1;

    /// <summary>Those that watch an asset, by DAG.</summary>
    public static Task<IReadOnlyList<StoredWatcher>> OfAssetAsync(Transaction tx, long assetId) => tx.QueryAsync<StoredWatcher>(OfAsset, new { assetId });

    /// <summary>Stores the watchers that a DAG names; one that is as it was goes on as it did, another begins anew.</summary>
    internal static async Task StoreAsync(Transaction tx, Dag dag, DateTimeOffset now)
    {
        List<(Asset Asset, AssetWatcher Watcher)> all = [.. (dag.Assets?.Assets ?? []).SelectMany(asset => asset.Watchers.Select(watcher => (asset, watcher)))];
        if (all.Count == 0)
        {
            await tx.ExecuteAsync(DeleteAll, new { dagId = dag.DagId });
            return;
        }

        await tx.ExecuteAsync(Store, new
        {
            dagId = dag.DagId,
            now,
            names = all.Select(each => each.Asset.Name).ToArray(),
            uris = all.Select(each => each.Asset.Uri).ToArray(),
            watchers = all.Select(each => each.Watcher.Name).ToArray(),
            activities = all.Select(each => each.Watcher.Activity).ToArray(),
            inputs = all.Select(each => each.Watcher.Inputs.ToJsonString()).ToArray(),
            every = all.Select(each => each.Watcher.Every).ToArray(),
        });
    }
}
