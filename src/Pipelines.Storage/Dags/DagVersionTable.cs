namespace Pipelines.Storage.Dags;

/// <summary>A DAG file as it was.</summary>
public sealed record DagVersion
{
    public required long Id { get; init; }

    public required string DagId { get; init; }

    /// <summary>From 1, per DAG.</summary>
    public required int VersionNumber { get; init; }

    /// <summary>Of what matters to a run, see <c>DagFileResult.Hash</c>.</summary>
    public required string Hash { get; init; }

    public required string FileText { get; init; }
}

/// <summary>Table <c>dag_version</c>.</summary>
public static class DagVersionTable
{
    private const string Find = "SELECT id, dag_id, version_number, hash, file_text FROM pipelines.dag_version WHERE id = @id";

    private const string Add =
        """
        INSERT INTO pipelines.dag_version (dag_id, version_number, hash, file_text, created_at)
        SELECT @dagId, coalesce(max(version_number), 0) + 1, @hash, @fileText, @now FROM pipelines.dag_version WHERE dag_id = @dagId
        RETURNING id
        """;

    private const string Overwrite =
        """
        UPDATE pipelines.dag_version v SET hash = @hash, file_text = @fileText, created_at = @now
        WHERE id = @id AND (hash = @hash OR NOT EXISTS (SELECT FROM pipelines.dag_run r WHERE r.dag_version_id = v.id))
        """;

    /// <summary>Null when unknown.</summary>
    public static Task<DagVersion?> FindAsync(Transaction tx, long id) => tx.FindAsync<DagVersion>(Find, new { id });

    /// <summary>Adds the next version of a DAG; hold the DAG's lock.</summary>
    /// <returns>Its id.</returns>
    public static Task<long> AddAsync(Transaction tx, string dagId, string hash, string fileText, DateTimeOffset now) =>
        tx.SingleAsync<long>(Add, new { dagId, hash, fileText, now });

    /// <summary>
    /// Replaces the text of a version that no run has used, or that means the same to a run; false when a run has used it and the
    /// meaning changes. Hold the DAG's lock.
    /// </summary>
    public static async Task<bool> OverwriteAsync(Transaction tx, long id, string hash, string fileText, DateTimeOffset now) =>
        await tx.ExecuteAsync(Overwrite, new { id, hash, fileText, now }) == 1;
}
