using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Model.Mapping;
using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>A value that a task passed on.</summary>
public sealed record XComEntry(string TaskId, int MapIndex, string Key, string ValueJson)
{
    /// <summary>What people call who passed it on.</summary>
    public string Name => TaskInstance.NameOf(TaskId, MapIndex);

    /// <summary>The value as people may see it: without what its key, or a name in it, says is a secret.</summary>
    public JsonNode? Shown => SecretMask.Redact(Key, JsonNode.Parse(ValueJson));
}

/// <summary>Table <c>xcom</c>.</summary>
public static class XComTable
{
    private const string Push =
        """
        INSERT INTO pipelines.xcom (task_instance_id, key, value, created_at)
        SELECT id, @key, @json::json, @now FROM pipelines.task_instance WHERE id = @taskInstanceId AND token = @token AND state = 'running'
        ON CONFLICT (task_instance_id, key) DO UPDATE SET value = excluded.value, created_at = excluded.created_at
        """;

    private const string Pull =
        """
        SELECT x.value::text FROM pipelines.task_instance ti JOIN pipelines.xcom x ON x.task_instance_id = ti.id AND x.key = @key
        WHERE ti.dag_run_id = @dagRunId AND ti.task_id = @taskId AND ti.state <> 'removed' AND (@mapIndex::integer IS NULL OR ti.map_index = @mapIndex)
        ORDER BY ti.map_index
        """;

    private const string RunByName =
        """
        SELECT r.id FROM pipelines.dag_run this JOIN pipelines.dag_run r ON r.dag_id = coalesce(@dagId, this.dag_id) AND r.run_id = coalesce(@runId, this.run_id)
        WHERE this.id = @dagRunId
        """;

    // Reads runs from the newest on, and stops at the first that has one. As in Airflow the run that says up to when need not be one of the DAG that
    // is asked for.
    private const string RunWithPriorDates =
        """
        SELECT r.id FROM pipelines.dag_run this
        CROSS JOIN LATERAL (
            SELECT max(coalesce(n.logical_date, n.run_after)) AS latest FROM pipelines.dag_run n
            WHERE n.run_id = coalesce(@runId, this.run_id) AND n.dag_id IN (this.dag_id, coalesce(@dagId, this.dag_id))) until
        JOIN pipelines.dag_run r ON r.dag_id = coalesce(@dagId, this.dag_id) AND coalesce(r.logical_date, r.run_after) <= until.latest
        WHERE this.id = @dagRunId AND EXISTS (
            SELECT FROM pipelines.task_instance ti JOIN pipelines.xcom x ON x.task_instance_id = ti.id AND x.key = @key
            WHERE ti.dag_run_id = r.id AND ti.task_id = @taskId AND ti.state <> 'removed' AND (@mapIndex::integer IS NULL OR ti.map_index = @mapIndex))
        ORDER BY coalesce(r.logical_date, r.run_after) DESC, r.id DESC LIMIT 1
        """;

    private const string PullAt = $"{Pull} LIMIT 1 OFFSET @place";

    // Several rows with a value are those of a mapped task, of which each is one entry.
    private const string Lengths =
        """
        SELECT ti.task_id, CASE WHEN max(ti.map_index) >= 0 THEN count(*) ELSE max(CASE json_typeof(x.value)
            WHEN 'array' THEN json_array_length(x.value) WHEN 'object' THEN (SELECT count(*) FROM json_object_keys(x.value)) END) END AS length
        FROM pipelines.task_instance ti JOIN pipelines.xcom x ON x.task_instance_id = ti.id AND x.key = @key
        WHERE ti.dag_run_id = @dagRunId AND ti.task_id = ANY(@taskIds) AND ti.state <> 'removed' GROUP BY ti.task_id
        """;

    private const string Entries =
        """
        SELECT ti.task_id, ti.map_index, x.key, x.value::text AS value_json
        FROM pipelines.task_instance ti JOIN pipelines.xcom x ON x.task_instance_id = ti.id
        """;

    private const string OfRun = $"{Entries} WHERE ti.dag_run_id = @dagRunId ORDER BY ti.id, x.key";

    private const string OfTaskInstance = $"{Entries} WHERE ti.id = @taskInstanceId ORDER BY x.key";

    private const string OfRunByKey = $"{Entries} AND x.key = @key WHERE ti.dag_run_id = @dagRunId AND ti.task_id = ANY(@taskIds) ORDER BY ti.id";

    /// <summary>Stores a value, replacing the one of its key.</summary>
    /// <returns>False when refused: the token is stale or the task no longer runs.</returns>
    public static async Task<bool> PushAsync(Transaction tx, long taskInstanceId, long token, string key, JsonNode value, DateTimeOffset now) =>
        await tx.ExecuteAsync(Push, new { taskInstanceId, token, key, json = value.ToJsonString(), now }) == 1;

    /// <summary>What a task pushed under this key, in the order of its map indexes; one value for a task that is not mapped, or none.</summary>
    /// <param name="mapIndex">Only of this one; null: of all.</param>
    public static async Task<IReadOnlyList<JsonNode?>> PullAllAsync(Transaction tx, long dagRunId, string taskId, string key, int? mapIndex = null) =>
        [.. (await tx.QueryAsync<string>(Pull, new { dagRunId, taskId, key, mapIndex })).Select(json => JsonNode.Parse(json))];

    /// <summary>What is asked for in a run, there or in others.</summary>
    public static async Task<IReadOnlyList<JsonNode?>> PullAllAsync(Transaction tx, long dagRunId, XComQuery query)
    {
        var (taskId, key, mapIndex) = query;
        var run = query.IsOfThisRun ? dagRunId
            : query.IncludesPriorDates ? await tx.FindAsync<long?>(RunWithPriorDates, new { dagRunId, query.DagId, query.RunId, taskId, key, mapIndex })
            : await tx.FindAsync<long?>(RunByName, new { dagRunId, query.DagId, query.RunId });
        return run is { } found ? await PullAllAsync(tx, found, taskId, key, mapIndex) : [];
    }

    /// <summary>As ti.xcom_pull of one task gives it: null when the task pushed nothing under this key, a list when it is mapped and several have.</summary>
    public static async Task<JsonNode?> PullAsync(Transaction tx, long dagRunId, string taskId, string key) => XComShape.Of(await PullAllAsync(tx, dagRunId, taskId, key));

    /// <summary>One of several values, from 0, in the order of the map indexes that pushed one.</summary>
    public static async Task<JsonNode?> PullAtAsync(Transaction tx, long dagRunId, string taskId, string key, int place) =>
        await tx.FindAsync<string>(PullAt, new { dagRunId, taskId, key, place, mapIndex = (int?)null }) is { } json ? JsonNode.Parse(json) : null;

    /// <summary>How many values tasks have passed on for others to be mapped over, by task; one that passed on none, or what has no length, is absent.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> LengthsAsync(Transaction tx, long dagRunId, IReadOnlyCollection<string> taskIds, string key) =>
        (await tx.QueryAsync<(string TaskId, long? Length)>(Lengths, new { dagRunId, taskIds = taskIds.ToArray(), key }))
            .Where(row => row.Length is not null).ToDictionary(row => row.TaskId, row => (int)row.Length!.Value, StringComparer.Ordinal);

    /// <summary>All of a run, by task and key.</summary>
    public static Task<IReadOnlyList<XComEntry>> OfRunAsync(Transaction tx, long dagRunId) => tx.QueryAsync<XComEntry>(OfRun, new { dagRunId });

    /// <summary>What some tasks of a run pushed under one key, by task.</summary>
    public static Task<IReadOnlyList<XComEntry>> OfRunAsync(Transaction tx, long dagRunId, IReadOnlyCollection<string> taskIds, string key) =>
        tx.QueryAsync<XComEntry>(OfRunByKey, new { dagRunId, taskIds = taskIds.ToArray(), key });

    /// <summary>What one task has passed on, by key.</summary>
    public static Task<IReadOnlyList<XComEntry>> OfTaskInstanceAsync(Transaction tx, long taskInstanceId) => tx.QueryAsync<XComEntry>(OfTaskInstance, new { taskInstanceId });
}
