using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>What runs see of the runs before them, and table <c>past_change</c>: that there is something new to see.</summary>
public static class PastTable
{
    private const string Previous =
        $"SELECT {DagRunRow.Columns} FROM pipelines.dag_run r WHERE dag_id = @dagId AND logical_date < @before ORDER BY logical_date DESC LIMIT 1";

    private const string PreviousAutomated =
        $"""
        SELECT {DagRunRow.Columns} FROM pipelines.dag_run r
        WHERE dag_id = @dagId AND logical_date < @before AND run_type <> 'manual' AND logical_date IS NOT NULL ORDER BY logical_date DESC LIMIT 1
        """;

    private const string IsFirstOfBackfill =
        "SELECT EXISTS (SELECT FROM pipelines.backfill_dag_run WHERE backfill_id = @backfillId AND sort_ordinal = 1 AND dag_run_id = @dagRunId)";

    private const string States = "SELECT task_id, state FROM pipelines.task_instance WHERE dag_run_id = @dagRunId AND task_id = ANY(@taskIds)";

    // Its cost follows the history, so it is asked only for a task that the run before lacks, which is when the task is new.
    private const string RanBefore =
        """
        SELECT t.task_id FROM unnest(@taskIds::text[]) AS t (task_id) WHERE EXISTS (
            SELECT FROM pipelines.dag_run r JOIN pipelines.task_instance ti ON ti.dag_run_id = r.id AND ti.task_id = t.task_id
            WHERE r.dag_id = @dagId AND r.logical_date < @before)
        """;

    private const string Add = "INSERT INTO pipelines.past_change (dag_id, logical_date) VALUES (@dagId, @logicalDate)";

    // A run that somebody holds may be read by him as it was before: then the row stays for the next look.
    private const string Wake =
        """
        WITH change AS MATERIALIZED (SELECT id, dag_id, logical_date FROM pipelines.past_change ORDER BY id LIMIT @limit FOR UPDATE SKIP LOCKED),
        later AS MATERIALIZED (
            SELECT c.id AS change_id, r.id FROM change c
            JOIN pipelines.dag_run r ON r.dag_id = c.dag_id AND r.state = 'running' AND r.logical_date > c.logical_date),
        free AS MATERIALIZED (
            SELECT id FROM pipelines.dag_run WHERE id IN (SELECT id FROM later) FOR NO KEY UPDATE SKIP LOCKED),
        woken AS (UPDATE pipelines.dag_run SET wake_at = @now WHERE id IN (SELECT id FROM free) AND state = 'running'),
        heard AS (
            DELETE FROM pipelines.past_change p USING change c
            WHERE p.id = c.id AND NOT EXISTS (SELECT FROM later l WHERE l.change_id = c.id AND l.id NOT IN (SELECT id FROM free)))
        SELECT count(*) FROM change
        """;

    /// <summary>The run before one by logical date; null when there is none.</summary>
    /// <param name="automated">True: passing over those that people made by hand.</param>
    public static async Task<DagRun?> PreviousAsync(Transaction tx, string dagId, DateTimeOffset before, bool automated) =>
        (await tx.FindAsync<DagRunRow>(automated ? PreviousAutomated : Previous, new { dagId, before }))?.ToDagRun();

    /// <summary>Whether a run is the one with which its backfill begins.</summary>
    public static Task<bool> IsFirstOfBackfillAsync(Transaction tx, long backfillId, long dagRunId) =>
        tx.SingleAsync<bool>(IsFirstOfBackfill, new { backfillId, dagRunId });

    /// <summary>The states of these tasks in a run, those that it has; of a mapped task the first that did not end well, if any.</summary>
    public static async Task<IReadOnlyDictionary<string, TaskState>> StatesAsync(Transaction tx, long dagRunId, IEnumerable<string> taskIds) =>
        TaskSummary.Of((await tx.QueryAsync<(string TaskId, string State)>(States, new { dagRunId, taskIds = taskIds.ToArray() })).Select(row => (row.TaskId, StateNames.Parse<TaskState>(row.State))));

    /// <summary>Those of these tasks that a run of an earlier logical date has.</summary>
    public static async Task<IReadOnlySet<string>> RanBeforeAsync(Transaction tx, string dagId, DateTimeOffset before, IReadOnlyCollection<string> taskIds) =>
        taskIds.Count == 0 ? new HashSet<string>()
        : (await tx.QueryAsync<string>(RanBefore, new { dagId, before, taskIds = taskIds.ToArray() })).ToHashSet(StringComparer.Ordinal);

    /// <summary>Has the running runs of later logical dates planned again, see <see cref="WakeAsync"/>.</summary>
    public static Task AddAsync(Transaction tx, string dagId, DateTimeOffset logicalDate) => tx.ExecuteAsync(Add, new { dagId, logicalDate });

    /// <summary>Wakes the runs that wait for what has changed. Waits for nobody.</summary>
    /// <returns>How many changes were looked at.</returns>
    public static Task<long> WakeAsync(Transaction tx, int limit, DateTimeOffset now) => tx.SingleAsync<long>(Wake, new { limit, now });
}
