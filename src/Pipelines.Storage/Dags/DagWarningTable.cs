using Pipelines.Model.Dags;

namespace Pipelines.Storage.Dags;

/// <summary>What is wrong with DAGs that can be loaded (Airflow's DagWarning). But for what their files say it is derived at each look, so that none outlives its reason.</summary>
public static class DagWarningTable
{
    private const string MissingPools =
        """
        SELECT dp.dag_id, dp.pool FROM pipelines.dag_pool dp JOIN pipelines.dag d USING (dag_id)
        WHERE NOT d.is_stale AND (@dagId::text IS NULL OR dag_id = @dagId) AND NOT EXISTS (SELECT FROM pipelines.pool p WHERE p.name = dp.pool)
        ORDER BY dag_id, dp.pool
        """;

    // The asset that was named first has the name, or the URI; one that no DAG names any more has neither.
    private const string Conflicts =
        """
        WITH live AS MATERIALIZED (
            SELECT DISTINCT a.id, a.name, a.uri, da.dag_id FROM pipelines.dag_asset da JOIN pipelines.dag d USING (dag_id) JOIN pipelines.asset a ON a.id = da.asset_id
            WHERE NOT d.is_stale)
        SELECT DISTINCT c.dag_id, c.name, c.uri, c.other_name, c.other_uri FROM (
            SELECT mine.dag_id, mine.name, mine.uri, other.name AS other_name, other.uri AS other_uri FROM live mine JOIN live other ON other.name = mine.name AND other.id < mine.id
            UNION ALL
            SELECT mine.dag_id, mine.name, mine.uri, other.name, other.uri FROM live mine JOIN live other ON other.uri = mine.uri AND other.id < mine.id) c
        WHERE @dagId::text IS NULL OR c.dag_id = @dagId
        ORDER BY 1, 2, 3, 4, 5
        """;

    private const string Replace =
        """
        WITH gone AS (DELETE FROM pipelines.dag_file_warning WHERE dag_id = @dagId AND ordinal > cardinality(@messages::text[]))
        INSERT INTO pipelines.dag_file_warning AS w (dag_id, ordinal, message)
        SELECT @dagId, m.ordinal, m.message FROM unnest(@messages::text[]) WITH ORDINALITY AS m (message, ordinal)
        ON CONFLICT (dag_id, ordinal) DO UPDATE SET message = excluded.message WHERE w.message <> excluded.message
        """;

    private const string OfFiles =
        """
        SELECT w.dag_id, w.message FROM pipelines.dag_file_warning w JOIN pipelines.dag d USING (dag_id)
        WHERE NOT d.is_stale AND (@dagId::text IS NULL OR dag_id = @dagId) ORDER BY dag_id, ordinal
        """;

    /// <summary>Stores what is without effect in the file of a DAG, in place of what was there. Hold the DAG's lock.</summary>
    public static Task ReplaceAsync(Transaction tx, string dagId, IEnumerable<string> messages) => tx.ExecuteAsync(Replace, new { dagId, messages = messages.ToArray() });

    /// <summary>Of all DAGs, or of one; by DAG.</summary>
    public static async Task<IReadOnlyList<DagWarning>> ListAsync(Transaction tx, string? dagId = null)
    {
        var pools = await tx.QueryAsync<(string DagId, string Pool)>(MissingPools, new { dagId });
        var conflicts = await tx.QueryAsync<(string DagId, string Name, string Uri, string OtherName, string OtherUri)>(Conflicts, new { dagId });
        var files = await tx.QueryAsync<(string DagId, string Message)>(OfFiles, new { dagId });
        return
        [
            .. files.Select(row => DagWarning.OfFile(row.DagId, row.Message)),
            .. pools.GroupBy(row => row.DagId, StringComparer.Ordinal).Select(dag => DagWarning.MissingPools(dag.Key, [.. dag.Select(row => row.Pool)])),
            .. conflicts.Select(row => DagWarning.AssetConflict(row.DagId, new(row.Name, row.Uri), new(row.OtherName, row.OtherUri))),
        ];
    }
}
