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

    /// <summary>Slots that queued and running task instances take.</summary>
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
        SELECT p.name, p.slots, p.description, coalesce(sum(ti.pool_slots), 0) AS occupied FROM pipelines.pool p
        LEFT JOIN pipelines.task_instance ti ON ti.pool = p.name AND ti.state IN ('queued', 'running', 'restarting')
        GROUP BY p.name ORDER BY p.name
        """;

    private const string Put =
        """
        INSERT INTO pipelines.pool (name, slots, description) VALUES (@name, @slots, @description)
        ON CONFLICT (name) DO UPDATE SET slots = excluded.slots, description = coalesce(excluded.description, pool.description)
        """;

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
    public static Task PutAsync(Transaction tx, string name, int slots, string? description) => tx.ExecuteAsync(Put, new { name, slots, description });

    /// <summary>False when there was none.</summary>
    public static async Task<bool> DeleteAsync(Transaction tx, string name) => await tx.ExecuteAsync(Delete, new { name }) == 1;

    /// <summary>Task instances of unfinished runs that take its slots or will; null: none.</summary>
    public static async Task<PoolUse?> FindUseAsync(Transaction tx, string name) =>
        await tx.FindAsync<(long Unfinished, string DagId, string RunId, string TaskId)?>(UseOf, new { name }) is { } row
            ? new PoolUse(row.Unfinished, row.DagId, row.RunId, row.TaskId) : null;
}
