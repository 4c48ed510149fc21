using System.Text.Json.Nodes;
using Pipelines.Model.Assets;
using Pipelines.Model.Dags;

namespace Pipelines.Storage.Assets;

/// <summary>Tables <c>asset</c>, <c>dag_asset</c> and <c>dag_asset_alias</c>: which assets there are and who names them.</summary>
public static class AssetTable
{
    private const string Put =
        """
        INSERT INTO pipelines.asset (name, uri, group_name, extra, created_at)
        SELECT *, @now FROM unnest(@names::text[], @uris::text[], @groups::text[], @extras::json[])
        ON CONFLICT (name, uri) DO UPDATE SET group_name = excluded.group_name, extra = excluded.extra
        """;

    private const string Add = "INSERT INTO pipelines.asset (name, uri, group_name, extra, created_at) SELECT *, @now FROM unnest(@names::text[], @uris::text[], @groups::text[], @extras::json[]) ON CONFLICT DO NOTHING";

    private const string Refer =
        """
        INSERT INTO pipelines.dag_asset (dag_id, asset_id, task_id, role)
        SELECT @dagId, a.id, g.task_id, g.role
        FROM unnest(@names::text[], @uris::text[], @taskIds::text[], @roles::text[]) AS g (name, uri, task_id, role) JOIN pipelines.asset a USING (name, uri)
        """;

    private const string ForgetReferences =
        """
        WITH assets AS (DELETE FROM pipelines.dag_asset WHERE dag_id = @dagId)
        DELETE FROM pipelines.dag_asset_alias WHERE dag_id = @dagId
        """;

    private const string ReferToAliases = "INSERT INTO pipelines.dag_asset_alias (dag_id, alias) SELECT @dagId, unnest(@aliases::text[])";

    private const string List =
        """
        SELECT a.id, a.name, a.uri, a.group_name, a.extra::text AS extra, e.events, e.latest, r.consumers, r.producer_dags, r.producer_tasks
        FROM pipelines.asset a
        CROSS JOIN LATERAL (SELECT count(*) AS events, max(created_at) AS latest FROM pipelines.asset_event WHERE asset_id = a.id) e
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(DISTINCT da.dag_id) FILTER (WHERE role = 'schedule'), '{}') AS consumers,
                   coalesce(array_agg(da.dag_id ORDER BY da.dag_id, da.task_id) FILTER (WHERE role = 'outlet'), '{}') AS producer_dags,
                   coalesce(array_agg(da.task_id ORDER BY da.dag_id, da.task_id) FILTER (WHERE role = 'outlet'), '{}') AS producer_tasks, count(*) AS uses
            FROM pipelines.dag_asset da JOIN pipelines.dag d USING (dag_id) WHERE da.asset_id = a.id AND NOT d.is_stale) r
        WHERE CASE WHEN @id::bigint IS NULL THEN r.uses > 0 OR EXISTS (SELECT FROM pipelines.asset_alias_asset aa WHERE aa.asset_id = a.id) ELSE a.id = @id END
        ORDER BY a.name, a.uri
        """;

    // One that a DAG names comes before one that none names any more.
    private const string FindId =
        """
        SELECT a.id FROM pipelines.asset a WHERE a.name = @text OR a.uri = @text
        ORDER BY EXISTS (SELECT FROM pipelines.dag_asset da JOIN pipelines.dag d USING (dag_id) WHERE da.asset_id = a.id AND NOT d.is_stale) DESC, a.name = @text DESC, a.id LIMIT 1
        """;

    /// <summary>Stores the assets that a DAG names, in place of those that it named before.</summary>
    /// <param name="tx">Holds the DAG's lock.</param>
    /// <param name="dag">What it says now.</param>
    /// <param name="now">The moment.</param>
    public static async Task StoreAsync(Transaction tx, Dag dag, DateTimeOffset now)
    {
        List<(Asset Asset, string TaskId, string Role)> uses =
        [
            .. (dag.Assets?.Assets ?? []).Select(asset => (asset, "", "schedule")),
            .. dag.Tasks.SelectMany(task => task.Outlets.Assets.Select(asset => (asset, task.TaskId, "outlet"))),
            .. dag.Tasks.SelectMany(task => task.Inlets.Assets.Select(asset => (asset, task.TaskId, "inlet"))),
        ];
        await tx.ExecuteAsync(ForgetReferences, new { dagId = dag.DagId });
        if (dag.Assets is { Aliases: { Count: > 0 } aliases }) await tx.ExecuteAsync(ReferToAliases, new { dagId = dag.DagId, aliases = aliases.ToArray() });
        if (uses.Count > 0) await ReferAsync(tx, dag, uses, now);
        // In the order of who updates an asset after a look.
        await AssetWatcherTable.StoreAsync(tx, dag, now);
        await AssetQueueTable.RenameAsync(tx, dag.DagId);
    }

    private static async Task ReferAsync(Transaction tx, Dag dag, List<(Asset Asset, string TaskId, string Role)> uses, DateTimeOffset now)
    {
        await StoreAsync(tx, Put, [.. uses.Select(use => use.Asset)], now);
        await tx.ExecuteAsync(Refer, new
        {
            dagId = dag.DagId,
            names = uses.Select(use => use.Asset.Name).ToArray(),
            uris = uses.Select(use => use.Asset.Uri).ToArray(),
            taskIds = uses.Select(use => use.TaskId).ToArray(),
            roles = uses.Select(use => use.Role).ToArray(),
        });
    }

    /// <summary>Adds those that are new; of the others what a DAG's file says of them stays.</summary>
    internal static Task AddAsync(Transaction tx, IReadOnlyList<Asset> assets, DateTimeOffset now) => StoreAsync(tx, Add, assets, now);

    // In the order of their keys, so that two who store the same ones never wait for each other in a circle.
    private static Task<int> StoreAsync(Transaction tx, string statement, IReadOnlyList<Asset> assets, DateTimeOffset now)
    {
        var each = assets.DistinctBy(asset => asset.Key).OrderBy(asset => asset.Name, StringComparer.Ordinal).ThenBy(asset => asset.Uri, StringComparer.Ordinal).ToList();
        return tx.ExecuteAsync(statement, new
        {
            now,
            names = each.Select(asset => asset.Name).ToArray(),
            uris = each.Select(asset => asset.Uri).ToArray(),
            groups = each.Select(asset => asset.Group).ToArray(),
            extras = each.Select(asset => asset.Extra.ToJsonString()).ToArray(),
        });
    }

    /// <summary>Those in use, by name: DAGs name them, or an alias has stood for them.</summary>
    public static async Task<IReadOnlyList<StoredAsset>> ListAsync(Transaction tx) =>
        [.. (await tx.QueryAsync<Row>(List, new { id = (long?)null })).Select(row => row.ToAsset())];

    /// <summary>One by its name or URI; null: there is none.</summary>
    public static async Task<StoredAsset?> FindAsync(Transaction tx, string nameOrUri) =>
        await tx.FindAsync<long?>(FindId, new { text = nameOrUri }) is { } id ? (await tx.QueryAsync<Row>(List, new { id })).Single().ToAsset() : null;

    /// <summary>One by its key; null: there is none.</summary>
    public static async Task<StoredAsset?> FindAsync(Transaction tx, long id) => (await tx.QueryAsync<Row>(List, new { id = (long?)id })).SingleOrDefault()?.ToAsset();

    private sealed class Row
    {
        public long Id { get; init; }

        public required string Name { get; init; }

        public required string Uri { get; init; }

        public required string GroupName { get; init; }

        public required string Extra { get; init; }

        public long Events { get; init; }

        public DateTimeOffset? Latest { get; init; }

        public string[] Consumers { get; init; } = [];

        public string[] ProducerDags { get; init; } = [];

        public string[] ProducerTasks { get; init; } = [];

        public StoredAsset ToAsset() =>
            new(Id, new Asset(Name, Uri) { Group = GroupName, Extra = JsonNode.Parse(Extra)!.AsObject() }, Events, Latest, Consumers, [.. ProducerDags.Zip(ProducerTasks)]);
    }
}

/// <summary>An asset with who names it.</summary>
/// <param name="Id">Its key.</param>
/// <param name="Asset">What its author says of it.</param>
/// <param name="Events">How often it was updated.</param>
/// <param name="Latest">When last; null: never.</param>
/// <param name="Consumers">DAGs that wait for it, by id.</param>
/// <param name="Producers">Tasks that update it.</param>
public sealed record StoredAsset(long Id, Asset Asset, long Events, DateTimeOffset? Latest, IReadOnlyList<string> Consumers, IReadOnlyList<(string DagId, string TaskId)> Producers);
