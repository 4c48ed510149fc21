using System.Text.Json.Nodes;
using Pipelines.Model.Assets;
using Pipelines.Model.Runs;

namespace Pipelines.Storage.Assets;

/// <summary>An update of an asset, to be stored.</summary>
/// <param name="Asset">Which; one that nobody has named yet is added.</param>
/// <param name="Extra">What is to be said of this update.</param>
/// <param name="Source">The task that made it; null: somebody outside.</param>
/// <param name="Alias">The alias that it goes by; null: none.</param>
public sealed record NewAssetEvent(Asset Asset, JsonObject Extra, TaskInstanceKey? Source, string? Alias = null);

/// <summary>An update of an asset.</summary>
/// <param name="Id">Its key.</param>
/// <param name="Asset">What was updated.</param>
/// <param name="Extra">What was said of it.</param>
/// <param name="Source">The task that did it; null: somebody outside.</param>
/// <param name="At">When.</param>
public sealed record AssetEvent(long Id, AssetKey Asset, JsonObject Extra, TaskInstanceKey? Source, DateTimeOffset At);

/// <summary>Tables <c>asset_event</c>, <c>asset_dag_run_queue</c>, <c>asset_alias_asset</c> and <c>dag_run_asset_event</c>: updates, who waits for them and who had them.</summary>
public static class AssetEventTable
{
    private const string Add =
        """
        INSERT INTO pipelines.asset_event (asset_id, extra, source_dag_id, source_run_id, source_task_id, source_map_index, source_alias, created_at)
        SELECT a.id, g.extra, g.dag_id, g.run_id, g.task_id, g.map_index, g.alias, @now
        FROM unnest(@names::text[], @uris::text[], @extras::json[], @dagIds::text[], @runIds::text[], @taskIds::text[], @mapIndexes::integer[], @aliases::text[])
            WITH ORDINALITY AS g (name, uri, extra, dag_id, run_id, task_id, map_index, alias, number)
        JOIN pipelines.asset a USING (name, uri) ORDER BY g.number
        """;

    private const string Learn =
        """
        INSERT INTO pipelines.asset_alias_asset (alias, asset_id)
        SELECT g.alias, a.id FROM unnest(@names::text[], @uris::text[], @aliases::text[]) AS g (name, uri, alias) JOIN pipelines.asset a USING (name, uri)
        ORDER BY 1, 2 ON CONFLICT DO NOTHING
        """;

    // A DAG that is paused gathers nothing, as in Airflow.
    private const string Queue =
        """
        INSERT INTO pipelines.asset_dag_run_queue (dag_id, asset_id, created_at)
        SELECT DISTINCT dag_id, w.asset_id, @now::timestamptz FROM (
            SELECT da.dag_id, da.asset_id FROM pipelines.dag_asset da WHERE da.role = 'schedule'
            UNION ALL SELECT al.dag_id, aa.asset_id FROM pipelines.dag_asset_alias al JOIN pipelines.asset_alias_asset aa USING (alias)) w
        JOIN pipelines.dag d USING (dag_id) JOIN pipelines.asset a ON a.id = w.asset_id
        WHERE (a.name, a.uri) IN (SELECT * FROM unnest(@names::text[], @uris::text[])) AND NOT d.is_paused AND NOT d.is_stale
        ORDER BY dag_id, w.asset_id
        ON CONFLICT (dag_id, asset_id) DO UPDATE SET created_at = greatest(asset_dag_run_queue.created_at, excluded.created_at), is_new = true
        """;

    private const string OfAliases =
        """
        SELECT al.alias, a.name, a.uri FROM pipelines.dag_asset_alias al JOIN pipelines.asset_alias_asset aa USING (alias) JOIN pipelines.asset a ON a.id = aa.asset_id
        WHERE al.dag_id = @dagId
        """;

    private const string Consume =
        """
        WITH gone AS (DELETE FROM pipelines.asset_dag_run_queue WHERE dag_id = @dagId),
        assets AS (
            SELECT asset_id FROM pipelines.dag_asset WHERE dag_id = @dagId AND role = 'schedule'
            UNION SELECT aa.asset_id FROM pipelines.dag_asset_alias al JOIN pipelines.asset_alias_asset aa USING (alias) WHERE al.dag_id = @dagId),
        previous AS (SELECT max(run_after) AS run_after FROM pipelines.dag_run WHERE dag_id = @dagId AND run_type = 'asset_triggered' AND id <> @dagRunId)
        INSERT INTO pipelines.dag_run_asset_event (dag_run_id, asset_event_id)
        SELECT @dagRunId, e.id FROM assets JOIN pipelines.asset_event e USING (asset_id), previous
        WHERE e.created_at <= @runAfter AND (previous.run_after IS NULL OR e.created_at > previous.run_after)
        """;

    private const string Columns =
        """
        e.id, a.name, a.uri, e.extra::text AS extra, e.source_dag_id, e.source_run_id, e.source_task_id, e.source_map_index, e.created_at
        FROM pipelines.asset_event e JOIN pipelines.asset a ON a.id = e.asset_id
        """;

    private const string OfRun = $"SELECT {Columns} JOIN pipelines.dag_run_asset_event r ON r.asset_event_id = e.id WHERE r.dag_run_id = @dagRunId ORDER BY e.created_at, e.id";

    // Of many the newest, whatever the order they are wanted in.
    private const string FindSome =
        $"""
        SELECT * FROM (
            SELECT {Columns} WHERE (@alias::text IS NULL OR e.source_alias = @alias) AND (@name::text IS NULL OR (a.name, a.uri) = (@name, @uri::text))
                AND (@after::timestamptz IS NULL OR e.created_at >= @after) AND (@before::timestamptz IS NULL OR e.created_at <= @before)
            ORDER BY CASE WHEN @oldest THEN e.created_at END, CASE WHEN @oldest THEN e.id END, e.created_at DESC, e.id DESC LIMIT @limit) found
        ORDER BY CASE WHEN @ascending THEN created_at END, CASE WHEN @ascending THEN id END, created_at DESC, id DESC
        """;

    private const string OfAsset = $"SELECT {Columns} WHERE e.asset_id = @assetId ORDER BY e.created_at DESC, e.id DESC LIMIT @limit";

    /// <summary>
    /// Stores updates and queues them for the DAGs that wait for their assets. To be a transaction's last statement: what it queues may
    /// have to wait for another transaction that queues the same.
    /// </summary>
    public static async Task AddAsync(Transaction tx, IReadOnlyList<NewAssetEvent> events, DateTimeOffset now)
    {
        if (events.Count == 0) return;
        var (names, uris) = (events.Select(each => each.Asset.Name).ToArray(), events.Select(each => each.Asset.Uri).ToArray());
        await AssetTable.AddAsync(tx, [.. events.Select(each => each.Asset)], now);
        await tx.ExecuteAsync(Add, new
        {
            now,
            names,
            uris,
            extras = events.Select(each => each.Extra.ToJsonString()).ToArray(),
            dagIds = events.Select(each => each.Source?.DagId).ToArray(),
            runIds = events.Select(each => each.Source?.RunId).ToArray(),
            taskIds = events.Select(each => each.Source?.TaskId).ToArray(),
            mapIndexes = events.Select(each => each.Source?.MapIndex).ToArray(),
            aliases = events.Select(each => each.Alias).ToArray(),
        });
        var byAlias = events.Where(each => each.Alias is not null).ToList();
        if (byAlias.Count > 0)
            await tx.ExecuteAsync(Learn, new { names = byAlias.Select(each => each.Asset.Name).ToArray(), uris = byAlias.Select(each => each.Asset.Uri).ToArray(), aliases = byAlias.Select(each => each.Alias).ToArray() });
        await tx.ExecuteAsync(Queue, new { names, uris, now });
    }

    /// <summary>What the aliases that a DAG waits for have stood for, by alias.</summary>
    public static async Task<ILookup<string, AssetKey>> OfAliasesAsync(Transaction tx, string dagId) =>
        (await tx.QueryAsync<(string Alias, string Name, string Uri)>(OfAliases, new { dagId })).ToLookup(row => row.Alias, row => new AssetKey(row.Name, row.Uri), StringComparer.Ordinal);

    /// <summary>
    /// Empties a DAG's queue for a run, and says which events the run is about: those of its assets since the last run that assets called
    /// for, up to this one's run_after.
    /// </summary>
    public static Task ConsumeAsync(Transaction tx, string dagId, long dagRunId, DateTimeOffset runAfter) => tx.ExecuteAsync(Consume, new { dagId, dagRunId, runAfter });

    /// <summary>What a run is about, oldest first.</summary>
    public static async Task<IReadOnlyList<AssetEvent>> OfRunAsync(Transaction tx, long dagRunId) => [.. (await tx.QueryAsync<Row>(OfRun, new { dagRunId })).Select(row => row.ToEvent())];

    /// <summary>Updates as a task asks for them.</summary>
    public static async Task<IReadOnlyList<AssetEvent>> FindAsync(Transaction tx, AssetEventQuery query) => [.. (await tx.QueryAsync<Row>(FindSome, new
    {
        query.Alias,
        name = query.Asset?.Name,
        uri = query.Asset?.Uri,
        query.After,
        query.Before,
        ascending = query.IsAscending,
        oldest = query is { IsAscending: true, Limit: not null },
        limit = query.Limit ?? AssetEventQuery.Most,
    })).Select(row => row.ToEvent())];

    /// <summary>The latest updates of an asset, newest first.</summary>
    public static async Task<IReadOnlyList<AssetEvent>> OfAssetAsync(Transaction tx, long assetId, int limit) =>
        [.. (await tx.QueryAsync<Row>(OfAsset, new { assetId, limit })).Select(row => row.ToEvent())];

    private sealed class Row
    {
        public long Id { get; init; }

        public required string Name { get; init; }

        public required string Uri { get; init; }

        public required string Extra { get; init; }

        public string? SourceDagId { get; init; }

        public string? SourceRunId { get; init; }

        public string? SourceTaskId { get; init; }

        public int? SourceMapIndex { get; init; }

        public DateTimeOffset CreatedAt { get; init; }

        public AssetEvent ToEvent() => new(Id, new AssetKey(Name, Uri), JsonNode.Parse(Extra)!.AsObject(),
            SourceDagId is null ? null : new TaskInstanceKey(SourceDagId, SourceRunId!, SourceTaskId!, SourceMapIndex!.Value), CreatedAt);
    }
}
