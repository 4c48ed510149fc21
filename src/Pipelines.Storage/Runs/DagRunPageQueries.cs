using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>Which runs to list, of any DAG. Null: any.</summary>
public sealed record DagRunFilter
{
    public IReadOnlyCollection<string>? DagIds { get; init; }

    public IReadOnlyCollection<DagRunState>? States { get; init; }

    /// <summary>A part of the dag_id or the run_id, in any case.</summary>
    public string? Search { get; init; }

    /// <summary>Number of the DAG version that they use.</summary>
    public int? VersionNumber { get; init; }

    /// <summary>Created at or after.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Created before.</summary>
    public DateTimeOffset? To { get; init; }
}

/// <summary>A page of runs.</summary>
/// <param name="Runs">In the order asked for.</param>
/// <param name="Total">How many there are, up to <see cref="DagRunPageQueries.MostCounted"/>.</param>
public sealed record DagRunPage(IReadOnlyList<DagRun> Runs, long Total);

/// <summary>Runs of all DAGs, page by page.</summary>
public static class DagRunPageQueries
{
    /// <summary>Counting goes no further: its cost must not grow with the history.</summary>
    public const int MostCounted = 10_000;

    private const string Fit =
        """
        (@dagIds::text[] IS NULL OR r.dag_id = ANY(@dagIds)) AND (@states::text[] IS NULL OR r.state = ANY(@states))
          AND (@search::text IS NULL OR strpos(lower(r.run_id), lower(@search)) > 0 OR strpos(lower(r.dag_id), lower(@search)) > 0)
          AND (@version::integer IS NULL OR EXISTS (SELECT FROM pipelines.dag_version v WHERE v.id = r.dag_version_id AND v.version_number = @version))
          AND (@from::timestamptz IS NULL OR r.queued_at >= @from) AND (@to::timestamptz IS NULL OR r.queued_at < @to)
        """;

    private const string NewestFirst = $"SELECT {DagRunRow.Columns} FROM pipelines.dag_run r WHERE {Fit} ORDER BY r.id DESC LIMIT @limit OFFSET @offset";

    private const string OldestFirst = $"SELECT {DagRunRow.Columns} FROM pipelines.dag_run r WHERE {Fit} ORDER BY r.id LIMIT @limit OFFSET @offset";

    private const string Count = $"SELECT count(*) FROM (SELECT FROM pipelines.dag_run r WHERE {Fit} LIMIT @most) counted";

    private const string Failed =
        "SELECT dag_run_id, count(*) AS count FROM pipelines.task_instance WHERE dag_run_id = ANY(@runIds) AND state = 'failed' GROUP BY dag_run_id";

    /// <summary>How many tasks of each of these runs have failed; a run without any is left out.</summary>
    public static async Task<IReadOnlyDictionary<long, int>> FailedTasksAsync(Transaction tx, long[] runIds) =>
        (await tx.QueryAsync<FailedTasks>(Failed, new { runIds })).ToDictionary(run => run.DagRunId, run => (int)run.Count);

    /// <summary>Runs that pass the filter, in the order they were created or the reverse.</summary>
    public static async Task<DagRunPage> PageAsync(Transaction tx, DagRunFilter filter, int limit, long offset, bool oldestFirst = false)
    {
        var parameters = new
        {
            dagIds = filter.DagIds?.ToArray(),
            states = filter.States?.Select(state => StateNames.ToName(state)).ToArray(),
            search = filter.Search,
            version = filter.VersionNumber,
            from = filter.From,
            to = filter.To,
            limit,
            offset,
            most = MostCounted,
        };
        var rows = await tx.QueryAsync<DagRunRow>(oldestFirst ? OldestFirst : NewestFirst, parameters);
        return new DagRunPage([.. rows.Select(row => row.ToDagRun())], await tx.SingleAsync<long>(Count, parameters));
    }

    private sealed record FailedTasks(long DagRunId, long Count);
}
