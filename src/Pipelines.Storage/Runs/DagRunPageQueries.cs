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
/// <param name="Total">How many fit, of those that are looked at.</param>
public sealed record DagRunPage(IReadOnlyList<DagRun> Runs, int Total);

/// <summary>Runs of all DAGs, page by page. Only the newest are looked at, so that no list or search costs more as the history grows.</summary>
public static class DagRunPageQueries
{
    /// <summary>How many of the newest runs are looked at: of all DAGs, or of each DAG that the filter names.</summary>
    public const int Newest = 10_000;

    private const string Fit =
        """
        (@states::text[] IS NULL OR r.state = ANY(@states))
          AND (@search::text IS NULL OR strpos(lower(r.run_id), lower(@search)) > 0 OR strpos(lower(r.dag_id), lower(@search)) > 0)
          AND (@version::integer IS NULL OR EXISTS (SELECT FROM pipelines.dag_version v WHERE v.id = r.dag_version_id AND v.version_number = @version))
          AND (@from::timestamptz IS NULL OR r.queued_at >= @from) AND (@to::timestamptz IS NULL OR r.queued_at < @to)
        """;

    private const string IdsOfAll = $"SELECT r.id FROM (SELECT * FROM pipelines.dag_run ORDER BY id DESC LIMIT @newest) r WHERE {Fit} ORDER BY r.id DESC";

    private const string IdsOfDags =
        $"""
        SELECT r.id FROM unnest(@dagIds::text[]) AS d (dag_id)
        CROSS JOIN LATERAL (SELECT * FROM pipelines.dag_run x WHERE x.dag_id = d.dag_id ORDER BY x.id DESC LIMIT @newest) r
        WHERE {Fit} ORDER BY r.id DESC
        """;

    private const string OfIds = $"SELECT {DagRunRow.Columns} FROM pipelines.dag_run r WHERE r.id = ANY(@ids)";

    private const string Unfinished = "SELECT id FROM pipelines.dag_run WHERE dag_id = @dagId AND state IN ('queued', 'running') ORDER BY id DESC";

    private const string Failed =
        "SELECT dag_run_id, count(*) AS count FROM pipelines.task_instance WHERE dag_run_id = ANY(@runIds) AND state = 'failed' GROUP BY dag_run_id";

    /// <summary>How many tasks of each of these runs have failed; a run without any is left out.</summary>
    public static async Task<IReadOnlyDictionary<long, int>> FailedTasksAsync(Transaction tx, long[] runIds) =>
        (await tx.QueryAsync<FailedTasks>(Failed, new { runIds })).ToDictionary(run => run.DagRunId, run => (int)run.Count);

    /// <summary>All queued and running runs of a DAG, the newest first, however old they are.</summary>
    public static Task<IReadOnlyList<long>> UnfinishedAsync(Transaction tx, string dagId) => tx.QueryAsync<long>(Unfinished, new { dagId });

    /// <summary>Runs that pass the filter, in the order they were created or the reverse.</summary>
    public static async Task<DagRunPage> PageAsync(Transaction tx, DagRunFilter filter, int limit, long offset, bool oldestFirst = false)
    {
        var fitting = await tx.QueryAsync<long>(filter.DagIds is null ? IdsOfAll : IdsOfDags, new
        {
            dagIds = filter.DagIds?.Distinct().ToArray(),
            states = filter.States?.Select(state => StateNames.ToName(state)).ToArray(),
            search = filter.Search,
            version = filter.VersionNumber,
            from = filter.From,
            to = filter.To,
            newest = Newest,
        });
        var ordered = oldestFirst ? fitting.Reverse() : fitting;
        long[] ids = [.. ordered.Skip((int)Math.Min(offset, fitting.Count)).Take(limit)];
        var rows = (await tx.QueryAsync<DagRunRow>(OfIds, new { ids })).ToDictionary(row => row.Id);
        return new DagRunPage([.. ids.Select(id => rows[id].ToDagRun())], fitting.Count);
    }

    private sealed record FailedTasks(long DagRunId, long Count);
}
