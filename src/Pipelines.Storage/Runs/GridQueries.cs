using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>A run as the grid shows it: a column, with a cell for each of its tasks.</summary>
public sealed record GridRun
{
    public required long Id { get; init; }

    public required string DagId { get; init; }

    public required string RunId { get; init; }

    /// <summary>Airflow's name.</summary>
    public required string RunType { get; init; }

    /// <summary>Airflow's name.</summary>
    public required string State { get; init; }

    public DateTimeOffset? LogicalDate { get; init; }

    public DateTimeOffset RunAfter { get; init; }

    public DateTimeOffset? StartDate { get; init; }

    public DateTimeOffset? EndDate { get; init; }

    /// <summary>Of its task instances, in the order of the DAG.</summary>
    public required string[] TaskIds { get; init; }

    /// <summary>Airflow's names, one per task instance.</summary>
    public required string[] States { get; init; }

    /// <summary>One per task instance: how long it took, in tenths of a second; while it runs: minus the second since 1970 it began; 0: not begun.</summary>
    public required long[] Lengths { get; init; }
}

/// <summary>Which runs of a DAG the grid shows.</summary>
/// <param name="Limit">At most so many, the newest.</param>
/// <param name="Before">The id of a run: only older ones.</param>
/// <param name="State">Only those in this state; null: any.</param>
/// <param name="Type">Only those of this type; null: any.</param>
public sealed record GridFilter(int Limit, long Before = long.MaxValue, DagRunState? State = null, DagRunType? Type = null);

/// <summary>What the grid shows: runs with the states of their tasks, a row of the answer per run.</summary>
public static class GridQueries
{
    private const string Columns =
        "r.id, r.dag_id, r.run_id, r.run_type, r.state, r.logical_date, r.run_after, r.start_date, r.end_date, t.task_ids, t.states, t.lengths";

    // One index scan per run, and 365 rows instead of 18,250: the arrays cross the wire once per run.
    private const string Cells =
        """
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(ti.task_id ORDER BY ti.id), '{}') AS task_ids, coalesce(array_agg(ti.state ORDER BY ti.id), '{}') AS states,
                coalesce(array_agg(CASE
                    WHEN ti.state IN ('running', 'restarting') THEN -date_part('epoch', ti.start_date)::bigint
                    WHEN ti.end_date >= ti.start_date THEN (date_part('epoch', ti.end_date - ti.start_date) * 10)::bigint
                    ELSE 0 END ORDER BY ti.id), '{}') AS lengths
            FROM pipelines.task_instance ti WHERE ti.dag_run_id = r.id
        ) t
        """;

    private const string Newest =
        $"""
        SELECT {Columns} FROM (
            SELECT * FROM pipelines.dag_run
            WHERE dag_id = @dagId AND {DagRunQueries.Older} AND (@state::text IS NULL OR state = @state) AND (@type::text IS NULL OR run_type = @type)
            ORDER BY run_after DESC, id DESC LIMIT @limit
        ) r {Cells} ORDER BY r.run_after, r.id
        """;

    private const string OfRun = $"SELECT {Columns} FROM pipelines.dag_run r {Cells} WHERE r.dag_id = @dagId AND r.run_id = @runId";

    private const string OfIds = $"SELECT {Columns} FROM pipelines.dag_run r {Cells} WHERE r.id = ANY(@ids) AND r.dag_id = ANY(@dagIds) ORDER BY r.dag_id, r.run_after, r.id";

    /// <summary>The newest runs of a DAG that fit, in the order of their dates.</summary>
    public static Task<IReadOnlyList<GridRun>> NewestAsync(Transaction tx, string dagId, GridFilter filter) => tx.QueryAsync<GridRun>(Newest, new
    {
        dagId,
        limit = filter.Limit,
        before = filter.Before,
        state = filter.State is { } state ? StateNames.ToName(state) : null,
        type = filter.Type is { } type ? StateNames.ToName(type) : null,
    });

    /// <summary>Null when unknown.</summary>
    public static Task<GridRun?> FindAsync(Transaction tx, string dagId, string runId) => tx.FindAsync<GridRun>(OfRun, new { dagId, runId });

    /// <summary>Those of these runs that belong to one of the DAGs, by DAG.</summary>
    public static Task<IReadOnlyList<GridRun>> OfIdsAsync(Transaction tx, IReadOnlyCollection<long> ids, IReadOnlyCollection<string> dagIds) =>
        tx.QueryAsync<GridRun>(OfIds, new { ids = ids.ToArray(), dagIds = dagIds.ToArray() });
}
