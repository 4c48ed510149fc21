namespace Pipelines.Storage.Runs;

/// <summary>A run that has failed, of a DAG that pauses itself after some.</summary>
/// <param name="DagId">Its DAG.</param>
/// <param name="RunId">Which.</param>
/// <param name="MaxFailures">After so many in a row the DAG is to pause.</param>
public sealed record UnseenFailure(string DagId, string RunId, int MaxFailures);

/// <summary>Table <c>failed_run</c>: runs whose failure the tick has not looked at yet.</summary>
public static class FailedRunTable
{
    private const string Add = "INSERT INTO pipelines.failed_run (dag_id, run_id, max_failures) VALUES (@DagId, @RunId, @MaxFailures)";

    private const string Take =
        """
        DELETE FROM pipelines.failed_run WHERE id IN (SELECT id FROM pipelines.failed_run ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING dag_id, run_id, max_failures
        """;

    private const string AllFailed =
        """
        SELECT count(*) = @count AND coalesce(bool_and(state = 'failed'), false)
        FROM (SELECT state FROM pipelines.dag_run WHERE dag_id = @dagId ORDER BY run_after DESC, id DESC LIMIT @count) newest
        """;

    /// <summary>Leaves word of one. Waits for nobody.</summary>
    public static Task AddAsync(Transaction tx, UnseenFailure run) => tx.ExecuteAsync(Add, run);

    /// <summary>Takes one that no other scheduler has; null when there is none.</summary>
    public static Task<UnseenFailure?> TakeAsync(Transaction tx) => tx.FindAsync<UnseenFailure>(Take);

    /// <summary>Whether a DAG has so many runs or more, and the newest of them have all failed.</summary>
    public static Task<bool> AllFailedAsync(Transaction tx, string dagId, int count) => tx.SingleAsync<bool>(AllFailed, new { dagId, count });
}
