using Pipelines.Model.Dags;
using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>
/// Table <c>task_instance</c>: planning. Hold the run's lock for all of it. What a worker does is in <see cref="LeaseTable"/>, what grants slots in
/// <see cref="SlotTable"/>, what people do in <see cref="InterventionTable"/>.
/// </summary>
public static class TaskInstanceTable
{
    private const string Add =
        """
        INSERT INTO pipelines.task_instance
            (dag_run_id, task_id, operator, max_tries, pool, pool_slots, priority_weight, max_active_tis_per_dag, max_active_tis_per_dagrun, queue, map_index)
        SELECT r.id, t.task_id, t.operator, t.max_tries, t.pool, t.slots, t.weight, t.per_dag, t.per_dagrun, t.queue, i
        FROM unnest(@dagRunIds::bigint[]) AS r (id)
        CROSS JOIN unnest(@taskIds::text[], @operators::text[], @maxTries::integer[],
            @pools::text[], @slots::integer[], @weights::integer[], @perDag::integer[], @perDagrun::integer[], @queues::text[], @lengths::integer[])
            AS t (task_id, operator, max_tries, pool, slots, weight, per_dag, per_dagrun, queue, length)
        CROSS JOIN LATERAL generate_series(CASE WHEN t.length = 0 THEN -1 ELSE 0 END, t.length - 1) AS i
        ON CONFLICT DO NOTHING
        """;

    // What a worker or a queue holds stays under the settings it was taken with.
    private const string Adapt =
        """
        UPDATE pipelines.task_instance ti SET operator = t.operator, pool = t.pool, pool_slots = t.slots, priority_weight = t.weight,
            max_active_tis_per_dag = t.per_dag, max_active_tis_per_dagrun = t.per_dagrun, queue = t.queue
        FROM unnest(@taskIds::text[], @operators::text[], @pools::text[], @slots::integer[], @weights::integer[], @perDag::integer[], @perDagrun::integer[],
            @queues::text[]) AS t (task_id, operator, pool, slots, weight, per_dag, per_dagrun, queue)
        WHERE ti.dag_run_id = ANY(@dagRunIds) AND ti.task_id = t.task_id AND ti.state NOT IN ('queued', 'running', 'restarting')
        """;

    // The row stays, with its job, attempts and logs.
    private const string Turn =
        """
        UPDATE pipelines.task_instance ti SET map_index = @next WHERE dag_run_id = @dagRunId AND task_id = @taskId AND map_index = @previous
            AND NOT EXISTS (SELECT FROM pipelines.task_instance o WHERE o.dag_run_id = @dagRunId AND o.task_id = @taskId AND o.map_index = @next)
        """;

    private const string Find = $"SELECT {TaskInstanceRow.Columns} FROM pipelines.task_instance ti WHERE id = @id";

    private const string FindMany = $"SELECT {TaskInstanceRow.Columns} FROM pipelines.task_instance ti WHERE id = ANY(@ids)";

    // One statement, for who holds the run's lock meanwhile.
    private const string Glance =
        """
        (SELECT task_id, true AS is_unfinished FROM pipelines.task_instance
        WHERE dag_run_id = @dagRunId AND state NOT IN ('success', 'failed', 'skipped', 'upstream_failed', 'removed') LIMIT @limit)
        UNION ALL
        SELECT task_id, false FROM pipelines.task_instance WHERE dag_run_id = @dagRunId AND task_id = ANY(@taskIds)
        """;

    private const string OfTask =
        $"SELECT {TaskInstanceRow.Columns} FROM pipelines.task_instance ti WHERE dag_run_id = @dagRunId AND task_id = @taskId AND (@mapIndex::integer IS NULL OR map_index = @mapIndex) ORDER BY map_index";

    private const string OfRun = $"SELECT {TaskInstanceRow.Columns} FROM pipelines.task_instance ti WHERE dag_run_id = @dagRunId ORDER BY id";

    // Two parts: with OR the database reads all of a mapped group and throws away what has other indexes.
    private const string OfTasks =
        $"""
        SELECT {TaskInstanceRow.Columns} FROM pipelines.task_instance ti WHERE dag_run_id = @dagRunId AND task_id = ANY(@whole)
        UNION ALL
        SELECT {TaskInstanceRow.Columns} FROM pipelines.task_instance ti WHERE dag_run_id = @dagRunId AND task_id = ANY(@byMapIndex) AND map_index = ANY(@mapIndexes)
        """;

    // A worker claims without the run's lock.
    private const string LockOfRun = $"{OfRun} FOR NO KEY UPDATE";

    private const string LockTask = $"{OfTask} FOR NO KEY UPDATE";

    // An attempt that is open stays so on the way back to a worker, and ends with any other move. The planner moves a run's thousands together, and
    // hardly ever one that has an attempt.
    private const string Move =
        """
        WITH moved AS (
            UPDATE pipelines.task_instance ti SET state = t.next, try_number = t.try_number, reason = t.reason,
                scheduled_at = CASE WHEN t.next = 'scheduled' THEN @now ELSE scheduled_at END,
                end_date = CASE WHEN t.next IN ('success', 'failed', 'skipped', 'upstream_failed', 'removed') THEN @now END,
                next_retry_at = NULL, reschedule_date = NULL, attempt_goes_on = ti.attempt_goes_on AND t.next = 'scheduled',
                handed_at = NULL, lease_until = NULL, is_backfill = r.backfill_id IS NOT NULL, logical_date = r.logical_date
            FROM unnest(@ids::bigint[], @froms::text[], @nexts::text[], @tries::integer[], @reasons::text[])
                AS t (id, previous, next, try_number, reason), pipelines.dag_run r
            WHERE ti.id = t.id AND ti.state = t.previous AND r.id = ti.dag_run_id RETURNING ti.id, ti.token, ti.state, ti.reason
        ), closed AS (
            UPDATE pipelines.task_attempt a SET state = 'failed', end_date = @now, error = coalesce(moved.reason, 'stopped by the scheduler')
            FROM moved WHERE moved.token > 0 AND moved.state <> 'scheduled' AND a.task_instance_id = moved.id AND a.token = moved.token AND a.end_date IS NULL
        ), dropped AS (
            DELETE FROM pipelines.trigger t USING moved WHERE t.task_instance_id = moved.id AND moved.state <> 'scheduled'
        )
        SELECT count(*) FROM moved
        """;

    private const string SetReasons =
        """
        UPDATE pipelines.task_instance ti SET reason = t.reason
        FROM unnest(@ids::bigint[], @reasons::text[]) AS t (id, reason)
        WHERE ti.id = t.id AND ti.state NOT IN ('queued', 'running') AND ti.reason IS DISTINCT FROM t.reason
        """;

    private const string SetRenderedMapIndex =
        """
        UPDATE pipelines.task_instance SET rendered_map_index = @name
        WHERE id = @id AND token = @token AND state = 'running' AND rendered_map_index IS DISTINCT FROM @name
        """;

    /// <summary>Creates the task instances of a new run, and those that are missing in an old one.</summary>
    public static Task AddAsync(Transaction tx, long dagRunId, IReadOnlyList<DagTask> tasks) => AddAsync(tx, [dagRunId], tasks);

    /// <summary>As above, of several runs.</summary>
    public static Task AddAsync(Transaction tx, IReadOnlyList<long> dagRunIds, IReadOnlyList<DagTask> tasks) =>
        tx.ExecuteAsync(Add, Settings(dagRunIds, tasks, task => (int)(task.Mapping?.LiteralLength ?? 0)));

    /// <summary>Gives a task of a run the task instances that it is mapped to, or only one again.</summary>
    public static async Task ExpandAsync(Transaction tx, long dagRunId, DagTask task, Expansion expansion)
    {
        var (previous, next) = expansion.Length == 0 ? (0, -1) : (-1, 0);
        await tx.ExecuteAsync(Turn, new { dagRunId, taskId = task.TaskId, previous, next });
        await tx.ExecuteAsync(Add, Settings([dagRunId], [task], _ => expansion.Length));
    }

    /// <summary>Gives the task instances of a run the settings that their tasks have in another version of the DAG.</summary>
    public static Task AdaptAsync(Transaction tx, long dagRunId, IReadOnlyList<DagTask> tasks) => tx.ExecuteAsync(Adapt, Settings([dagRunId], tasks, _ => 0));

    /// <summary>Null when unknown.</summary>
    public static async Task<TaskInstance?> FindAsync(Transaction tx, long id) => (await tx.FindAsync<TaskInstanceRow>(Find, new { id }))?.ToTaskInstance();

    /// <summary>By id; those that are gone are absent.</summary>
    public static async Task<IReadOnlyDictionary<long, TaskInstance>> FindAsync(Transaction tx, IReadOnlyList<long> ids) =>
        (await tx.QueryAsync<TaskInstanceRow>(FindMany, new { ids = ids.ToArray() })).ToDictionary(row => row.Id, row => row.ToTaskInstance());

    /// <summary>Some tasks of a run that have not ended, as many as there are up to <paramref name="limit"/>; and which of <paramref name="taskIds"/> the run has.</summary>
    public static async Task<(IReadOnlySet<string> Unfinished, IReadOnlySet<string> There)> GlanceAsync(Transaction tx, long dagRunId, int limit, IEnumerable<string> taskIds)
    {
        var seen = (await tx.QueryAsync<(string TaskId, bool IsUnfinished)>(Glance, new { dagRunId, limit, taskIds = taskIds.ToArray() })).ToLookup(task => task.IsUnfinished, task => task.TaskId);
        return (seen[true].ToHashSet(StringComparer.Ordinal), seen[false].ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>Those of a task of a run in the order of their map indexes, or one of them; none when the run has no such task.</summary>
    public static async Task<IReadOnlyList<TaskInstance>> OfTaskAsync(Transaction tx, long dagRunId, string taskId, int? mapIndex = null) =>
        [.. (await tx.QueryAsync<TaskInstanceRow>(OfTask, new { dagRunId, taskId, mapIndex })).Select(row => row.ToTaskInstance())];

    /// <summary>All of a run, in the order of the DAG.</summary>
    public static async Task<IReadOnlyList<TaskInstance>> OfRunAsync(Transaction tx, long dagRunId) =>
        [.. (await tx.QueryAsync<TaskInstanceRow>(OfRun, new { dagRunId })).Select(row => row.ToTaskInstance())];

    /// <summary>Those of a run that are around some of its task instances.</summary>
    public static async Task<IReadOnlyList<TaskInstance>> OfTasksAsync(Transaction tx, long dagRunId, Neighbourhood near) =>
        [.. (await tx.QueryAsync<TaskInstanceRow>(OfTasks, new { dagRunId, whole = near.TaskIds.Except(near.ByMapIndex).ToArray(), byMapIndex = near.ByMapIndex.ToArray(), mapIndexes = near.MapIndexes.ToArray() })).Select(row => row.ToTaskInstance())];

    /// <summary>As <see cref="OfRunAsync"/>, and no worker claims one of them before the transaction ends.</summary>
    public static async Task<IReadOnlyList<TaskInstance>> LockOfRunAsync(Transaction tx, long dagRunId) =>
        [.. (await tx.QueryAsync<TaskInstanceRow>(LockOfRun, new { dagRunId })).Select(row => row.ToTaskInstance())];

    /// <summary>As <see cref="LockOfRunAsync"/>, for one task.</summary>
    public static async Task<IReadOnlyList<TaskInstance>> LockAsync(Transaction tx, long dagRunId, string taskId, int? mapIndex = null) =>
        [.. (await tx.QueryAsync<TaskInstanceRow>(LockTask, new { dagRunId, taskId, mapIndex })).Select(row => row.ToTaskInstance())];

    /// <summary>Applies planned transitions as compare-and-set, in their order; one whose From no longer holds is dropped.</summary>
    /// <returns>How many were applied.</returns>
    public static async Task<int> MoveAsync(Transaction tx, IReadOnlyList<PlannedTransition> transitions, DateTimeOffset now)
    {
        var applied = 0;
        // One statement changes a row once, so a second transition of one task instance goes into a second wave.
        foreach (var wave in transitions.GroupBy(move => move.TaskInstanceId).SelectMany(moves => moves.Index()).GroupBy(move => move.Index, move => move.Item))
        {
            applied += (int)await tx.SingleAsync<long>(Move, new
            {
                ids = wave.Select(move => move.TaskInstanceId).ToArray(),
                froms = wave.Select(move => StateNames.ToName(move.From)).ToArray(),
                nexts = wave.Select(move => StateNames.ToName(move.To)).ToArray(),
                tries = wave.Select(move => move.TryNumber).ToArray(),
                reasons = wave.Select(move => move.Reason).ToArray(),
                now,
            });
        }
        return applied;
    }

    /// <summary>Stores why task instances wait.</summary>
    public static Task SetReasonsAsync(Transaction tx, IReadOnlyList<TaskWait> waits) => waits.Count == 0 ? Task.CompletedTask
        : tx.ExecuteAsync(SetReasons, new { ids = waits.Select(wait => wait.TaskInstanceId).ToArray(), reasons = waits.Select(wait => wait.Reason).ToArray() });

    /// <summary>Names a mapped task instance that an attempt still holds; otherwise does nothing.</summary>
    /// <returns>True when that changed anything.</returns>
    public static async Task<bool> SetRenderedMapIndexAsync(Transaction tx, long id, long token, string name) => await tx.ExecuteAsync(SetRenderedMapIndex, new { id, token, name }) == 1;

    private static object Settings(IReadOnlyList<long> dagRunIds, IReadOnlyList<DagTask> tasks, Func<DagTask, int> length) => new
    {
        dagRunIds = dagRunIds.ToArray(),
        taskIds = tasks.Select(task => task.TaskId).ToArray(),
        operators = tasks.Select(task => task.ActivityType).ToArray(),
        maxTries = tasks.Select(task => task.Retries).ToArray(),
        pools = tasks.Select(task => task.Pool).ToArray(),
        slots = tasks.Select(task => task.PoolSlots).ToArray(),
        weights = tasks.Select(task => task.PriorityWeightTotal).ToArray(),
        perDag = tasks.Select(task => task.MaxActiveTisPerDag).ToArray(),
        perDagrun = tasks.Select(task => task.MaxActiveTisPerDagrun).ToArray(),
        queues = tasks.Select(task => task.Queue).ToArray(),
        lengths = tasks.Select(length).ToArray(),
    };
}
