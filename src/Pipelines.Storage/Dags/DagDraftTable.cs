namespace Pipelines.Storage.Dags;

/// <summary>What somebody edits in the designer and has not published.</summary>
public sealed record DagDraft
{
    public required string DagId { get; init; }

    /// <summary>SHA-256 of the file's text that it began from; null: there was no file.</summary>
    public string? BaseHash { get; init; }

    /// <summary>The file that publishing would write.</summary>
    public required string FileText { get; init; }

    /// <summary>From 1; grows with each save.</summary>
    public long Revision { get; init; }

    public required string SavedBy { get; init; }

    public DateTimeOffset SavedAt { get; init; }
}

/// <summary>Table <c>dag_draft</c>: at most one per DAG.</summary>
public static class DagDraftTable
{
    private const string Put =
        """
        INSERT INTO pipelines.dag_draft (dag_id, base_hash, file_text, saved_by, saved_at)
        VALUES (@DagId, @BaseHash, @FileText, @SavedBy, @SavedAt)
        ON CONFLICT (dag_id) DO UPDATE SET base_hash = excluded.base_hash, file_text = excluded.file_text, saved_by = excluded.saved_by,
            saved_at = excluded.saved_at, revision = dag_draft.revision + 1
        RETURNING revision
        """;

    private const string Find = "SELECT * FROM pipelines.dag_draft WHERE dag_id = @dagId";

    private const string Drafted = "SELECT dag_id FROM pipelines.dag_draft WHERE dag_id = ANY(@dagIds) ORDER BY dag_id";

    private const string Lock = "SELECT * FROM pipelines.dag_draft WHERE dag_id = @dagId FOR UPDATE";

    private const string List = "SELECT * FROM pipelines.dag_draft ORDER BY dag_id";

    private const string Delete = "DELETE FROM pipelines.dag_draft WHERE dag_id = @dagId";

    /// <summary>Adds it, or replaces the one of its DAG.</summary>
    /// <returns>It, with its revision.</returns>
    public static async Task<DagDraft> PutAsync(Transaction tx, DagDraft draft) => draft with { Revision = await tx.SingleAsync<long>(Put, draft) };

    /// <summary>Null when there is none.</summary>
    public static Task<DagDraft?> FindAsync(Transaction tx, string dagId) => tx.FindAsync<DagDraft>(Find, new { dagId });

    /// <summary>Those of these DAGs that have one.</summary>
    public static Task<IReadOnlyList<string>> DraftedAsync(Transaction tx, IReadOnlyCollection<string> dagIds) =>
        tx.QueryAsync<string>(Drafted, new { dagIds = dagIds.ToArray() });

    /// <summary>Locks it against other saves; null when there is none.</summary>
    public static Task<DagDraft?> LockAsync(Transaction tx, string dagId) => tx.FindAsync<DagDraft>(Lock, new { dagId });

    /// <summary>All by DAG.</summary>
    public static Task<IReadOnlyList<DagDraft>> ListAsync(Transaction tx) => tx.QueryAsync<DagDraft>(List);

    /// <summary>False when there was none.</summary>
    public static async Task<bool> DeleteAsync(Transaction tx, string dagId) => await tx.ExecuteAsync(Delete, new { dagId }) == 1;
}
