using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>A pool and how much of it is taken.</summary>
public sealed record Pool
{
    /// <summary>The pool of tasks that name none.</summary>
    public const string Default = "default_pool";

    public required string Name { get; init; }

    /// <summary>-1: without end.</summary>
    public required int Slots { get; init; }

    public string? Description { get; init; }

    /// <summary>Whether deferred task instances keep their slots.</summary>
    public bool IncludeDeferred { get; init; }

    /// <summary>Slots that queued and running task instances take, and deferred ones where they keep them.</summary>
    public long Occupied { get; init; }

    /// <summary>For those who grant.</summary>
    public PoolSlots Use => new(Slots, (int)Occupied);
}

/// <summary>A task instance that has not ended and belongs to a pool.</summary>
/// <param name="Unfinished">How many there are.</param>
/// <param name="DagId">Of the first of them.</param>
/// <param name="RunId">Of the first of them.</param>
/// <param name="TaskId">Of the first of them.</param>
public sealed record PoolUse(long Unfinished, string DagId, string RunId, string TaskId);

/// <summary>Table <c>pool</c>.</summary>
public static class PoolTable
{
    private const string List =
        """
        SELECT p.name, p.slots, p.description, p.include_deferred, coalesce(a.slots, 0) + coalesce(d.slots, 0) AS occupied FROM pipelines.pool p
        LEFT JOIN (SELECT pool, sum(pool_slots) AS slots FROM pipelines.task_instance WHERE state IN ('queued', 'running', 'restarting') GROUP BY pool) a ON a.pool = p.name
        LEFT JOIN LATERAL (SELECT sum(pool_slots) AS slots FROM pipelines.task_instance WHERE p.include_deferred AND pool = p.name AND state = 'deferred') d ON true
        ORDER BY p.name
        """;

    private const string Stats =
        """
        SELECT p.name, p.slots, p.description, p.include_deferred,
            coalesce(sum(t.pool_slots) FILTER (WHERE t.state IN ('running', 'restarting')), 0) AS running, coalesce(sum(t.pool_slots) FILTER (WHERE t.state = 'queued'), 0) AS queued,
            coalesce(sum(t.pool_slots) FILTER (WHERE t.state = 'scheduled'), 0) AS scheduled, coalesce(sum(t.pool_slots) FILTER (WHERE t.state = 'deferred'), 0) AS deferred
        FROM pipelines.pool p LEFT JOIN (
            SELECT pool, state, pool_slots FROM pipelines.task_instance WHERE state IN ('queued', 'running', 'restarting')
            UNION ALL SELECT pool, state, pool_slots FROM pipelines.task_instance WHERE state = 'scheduled'
            UNION ALL SELECT pool, state, pool_slots FROM pipelines.task_instance WHERE state = 'deferred') t ON t.pool = p.name
        GROUP BY p.name ORDER BY p.name
        """;

    private const string Put =
        """
        INSERT INTO pipelines.pool (name, slots, description, include_deferred) VALUES (@name, @slots, @description, coalesce(@includeDeferred, false))
        ON CONFLICT (name) DO UPDATE SET slots = excluded.slots, description = coalesce(excluded.description, pool.description),
            include_deferred = coalesce(@includeDeferred::boolean, pool.include_deferred)
        """;

    private const string Name =
        """
        WITH gone AS (DELETE FROM pipelines.dag_pool WHERE dag_id = @dagId AND NOT pool = ANY(@pools))
        INSERT INTO pipelines.dag_pool (dag_id, pool) SELECT @dagId, unnest(@pools::text[]) ON CONFLICT DO NOTHING
        """;

    private const string NamedBy = "SELECT dag_id FROM pipelines.dag_pool JOIN pipelines.dag d USING (dag_id) WHERE pool = @name AND NOT d.is_stale ORDER BY dag_id";

    private const string Delete = "DELETE FROM pipelines.pool WHERE name = @name";

    private const string UseOf =
        """
        SELECT count(*) OVER () AS unfinished, r.dag_id, r.run_id, ti.task_id
        FROM pipelines.dag_run r JOIN pipelines.task_instance ti ON ti.dag_run_id = r.id
        WHERE r.state IN ('queued', 'running') AND ti.pool = @name AND ti.state NOT IN ('success', 'failed', 'skipped', 'upstream_failed', 'removed')
        ORDER BY ti.id LIMIT 1
        """;

    /// <summary>All, by name.</summary>
    public static Task<IReadOnlyList<Pool>> ListAsync(Transaction tx) => tx.QueryAsync<Pool>(List);

    /// <summary>How full each is, by name.</summary>
    public static async Task<IReadOnlyDictionary<string, PoolSlots>> UseAsync(Transaction tx) =>
        (await ListAsync(tx)).ToDictionary(pool => pool.Name, pool => pool.Use, StringComparer.Ordinal);

    /// <summary>Adds it, or changes the one of its name.</summary>
    /// <param name="description">Null: the one that it has stays.</param>
    /// <param name="includeDeferred">Whether deferred task instances keep their slots; null: it stays as it is, at first they do not.</param>
    public static Task PutAsync(Transaction tx, string name, int slots, string? description, bool? includeDeferred = null) =>
        tx.ExecuteAsync(Put, new { name, slots, description, includeDeferred });

    /// <summary>All with what their slots are taken by, by name.</summary>
    public static Task<IReadOnlyList<PoolStats>> StatsAsync(Transaction tx) => tx.QueryAsync<PoolStats>(Stats);

    /// <summary>Says which pools the tasks of a DAG name; the default one is always there.</summary>
    public static Task NameAsync(Transaction tx, string dagId, IEnumerable<string> pools) =>
        tx.ExecuteAsync(Name, new { dagId, pools = pools.Where(pool => pool != Pool.Default).Distinct(StringComparer.Ordinal).ToArray() });

    /// <summary>The DAGs, by id, whose tasks name it; those without a file do not count.</summary>
    public static Task<IReadOnlyList<string>> NamedByAsync(Transaction tx, string name) => tx.QueryAsync<string>(NamedBy, new { name });

    /// <summary>False when there was none.</summary>
    public static async Task<bool> DeleteAsync(Transaction tx, string name) => await tx.ExecuteAsync(Delete, new { name }) == 1;

    /// <summary>Task instances of unfinished runs that take its slots or will; null: none.</summary>
    public static async Task<PoolUse?> FindUseAsync(Transaction tx, string name) =>
        await tx.FindAsync<(long Unfinished, string DagId, string RunId, string TaskId)?>(UseOf, new { name }) is { } row
            ? new PoolUse(row.Unfinished, row.DagId, row.RunId, row.TaskId) : null;
}
