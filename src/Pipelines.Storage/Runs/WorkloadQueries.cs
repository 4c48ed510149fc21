namespace Pipelines.Storage.Runs;

/// <summary>Task instances of running runs that are in one state, of one queue and pool.</summary>
public sealed record WorkloadPart
{
    public required string State { get; init; }

    public required string Queue { get; init; }

    public required string Pool { get; init; }

    public required long Count { get; init; }

    /// <summary>Slots of the pool that they take, or want.</summary>
    public required long Slots { get; init; }

    /// <summary>Since when the one waits that waits longest for a worker; null: none does.</summary>
    public DateTimeOffset? OldestQueuedAt { get; init; }
}

/// <summary>How much there is to do, for those who watch the installation as a whole. Costs as much as there are unfinished runs, whatever the history.</summary>
public static class WorkloadQueries
{
    private const string Tasks =
        """
        SELECT ti.state, ti.queue, ti.pool, count(*) AS count, sum(ti.pool_slots) AS slots, min(ti.queued_at) FILTER (WHERE ti.state = 'queued') AS oldest_queued_at
        FROM pipelines.dag_run r JOIN pipelines.task_instance ti ON ti.dag_run_id = r.id
        WHERE r.state = 'running' GROUP BY ti.state, ti.queue, ti.pool
        """;

    private const string Runs = "SELECT state, count(*) AS count FROM pipelines.dag_run WHERE state IN ('queued', 'running') GROUP BY state";

    private const string Dags =
        """
        SELECT (SELECT count(*) FROM pipelines.dag WHERE NOT is_stale) AS dags, (SELECT count(DISTINCT file_name) FROM pipelines.import_error) AS broken_files
        """;

    /// <summary>Task instances of running runs.</summary>
    public static Task<IReadOnlyList<WorkloadPart>> TasksAsync(Transaction tx) => tx.QueryAsync<WorkloadPart>(Tasks);

    /// <summary>Unfinished runs by state; a state without any is absent.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> RunsAsync(Transaction tx) =>
        (await tx.QueryAsync<(string State, long Count)>(Runs)).ToDictionary(row => row.State, row => row.Count, StringComparer.Ordinal);

    /// <summary>DAGs that have a file, and files that cannot be read.</summary>
    public static Task<(long Dags, long BrokenFiles)> DagsAsync(Transaction tx) => tx.SingleAsync<(long Dags, long BrokenFiles)>(Dags);
}
