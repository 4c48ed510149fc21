using System.Text.Json;

namespace Pipelines.Storage.Dags;

/// <summary>What is told of a version in lists: all but its text, which may be large.</summary>
public record DagVersionHead
{
    public required long Id { get; init; }

    public required string DagId { get; init; }

    /// <summary>From 1, per DAG.</summary>
    public required int VersionNumber { get; init; }

    /// <summary>Of what matters to a run, see <c>DagFileResult.Hash</c>.</summary>
    public required string Hash { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who published it in the designer; null: the file was changed outside.</summary>
    public string? PublishedBy { get; init; }
}

/// <summary>A DAG file as it was.</summary>
public sealed record DagVersion : DagVersionHead
{
    public required string FileText { get; init; }

    /// <summary>The template files that it took along: a JSON object of texts by name.</summary>
    public string TemplateFiles { get; init; } = NoTemplates;

    /// <summary>As JSON: none.</summary>
    public const string NoTemplates = "{}";

    /// <summary><see cref="TemplateFiles"/>, read.</summary>
    public IReadOnlyDictionary<string, string> Templates => _templates ??= JsonSerializer.Deserialize<Dictionary<string, string>>(TemplateFiles)!;

    private Dictionary<string, string>? _templates;
}

/// <summary>What a version is made of.</summary>
/// <param name="Hash">Of what matters to a run.</param>
/// <param name="FileText">The DAG file's text.</param>
/// <param name="Templates">Its template files, texts by name.</param>
public sealed record DagVersionContent(string Hash, string FileText, IReadOnlyDictionary<string, string> Templates)
{
    /// <summary>A file that uses no others.</summary>
    public DagVersionContent(string hash, string fileText)
        : this(hash, fileText, new Dictionary<string, string>())
    {
    }

    internal string TemplatesJson => Templates.Count == 0 ? DagVersion.NoTemplates : JsonSerializer.Serialize(Templates);
}

/// <summary>Table <c>dag_version</c>.</summary>
public static class DagVersionTable
{
    private const string Head = "v.id, v.dag_id, v.version_number, v.hash, v.created_at, v.published_by";

    private const string Columns = $"{Head}, v.file_text, v.template_files::text AS template_files";

    private const string Find = $"SELECT {Columns} FROM pipelines.dag_version v WHERE id = @id";

    private const string FindHash = "SELECT hash FROM pipelines.dag_version WHERE id = @id";

    private const string FindByNumber = $"SELECT {Columns} FROM pipelines.dag_version v WHERE dag_id = @dagId AND version_number = @number";

    private const string LastNumber = "SELECT coalesce(max(version_number), 0) FROM pipelines.dag_version WHERE dag_id = @dagId";

    private const string HeadsOfDags = $"SELECT {Head} FROM pipelines.dag_version v WHERE dag_id = ANY(@dagIds) ORDER BY dag_id, version_number DESC";

    private const string HeadsOfIds = $"SELECT {Head} FROM pipelines.dag_version v WHERE id = ANY(@ids) ORDER BY id";

    private const string OfIds = $"SELECT {Columns} FROM pipelines.dag_version v WHERE id = ANY(@ids) ORDER BY id";

    private const string Current = $"SELECT {Columns} FROM pipelines.dag_version v JOIN pipelines.dag d ON d.current_version_id = v.id ORDER BY v.dag_id";

    private const string Delete =
        """
        DELETE FROM pipelines.dag_version v WHERE id = @id
          AND NOT EXISTS (SELECT FROM pipelines.dag_run r WHERE r.dag_version_id = v.id)
          AND NOT EXISTS (SELECT FROM pipelines.dag d WHERE d.current_version_id = v.id)
        """;

    private const string Add =
        """
        INSERT INTO pipelines.dag_version (dag_id, version_number, hash, file_text, created_at, published_by, template_files)
        SELECT @dagId, coalesce(max(version_number), 0) + 1, @hash, @fileText, @now, @publishedBy, @templates::json FROM pipelines.dag_version WHERE dag_id = @dagId
        RETURNING id
        """;

    private const string Overwrite =
        """
        UPDATE pipelines.dag_version v SET hash = @hash, file_text = @fileText, created_at = @now, published_by = @publishedBy,
            template_files = @templates::json
        WHERE id = @id AND (hash = @hash OR NOT EXISTS (SELECT FROM pipelines.dag_run r WHERE r.dag_version_id = v.id))
        """;

    /// <summary>Null when unknown.</summary>
    public static Task<DagVersion?> FindAsync(Transaction tx, long id) => tx.FindAsync<DagVersion>(Find, new { id });

    /// <summary>Null when unknown.</summary>
    public static Task<DagVersion?> FindAsync(Transaction tx, string dagId, int number) => tx.FindAsync<DagVersion>(FindByNumber, new { dagId, number });

    /// <summary>The hash of a version alone; null when unknown.</summary>
    public static Task<string?> FindHashAsync(Transaction tx, long id) => tx.FindAsync<string>(FindHash, new { id });

    /// <summary>The number of a DAG's newest version; 0: it has none.</summary>
    public static Task<int> LastNumberAsync(Transaction tx, string dagId) => tx.SingleAsync<int>(LastNumber, new { dagId });

    /// <summary>Versions of a DAG without their texts, the newest first.</summary>
    public static Task<IReadOnlyList<DagVersionHead>> HeadsOfDagAsync(Transaction tx, string dagId) => HeadsOfDagsAsync(tx, [dagId]);

    /// <summary>Versions of these DAGs without their texts, by DAG, the newest first.</summary>
    public static Task<IReadOnlyList<DagVersionHead>> HeadsOfDagsAsync(Transaction tx, IReadOnlyCollection<string> dagIds) =>
        tx.QueryAsync<DagVersionHead>(HeadsOfDags, new { dagIds = dagIds.ToArray() });

    /// <summary>As <see cref="OfIdsAsync"/>, without their texts.</summary>
    public static Task<IReadOnlyList<DagVersionHead>> HeadsOfIdsAsync(Transaction tx, IReadOnlyCollection<long> ids) =>
        tx.QueryAsync<DagVersionHead>(HeadsOfIds, new { ids = ids.ToArray() });

    /// <summary>Those of these ids that exist.</summary>
    public static Task<IReadOnlyList<DagVersion>> OfIdsAsync(Transaction tx, IReadOnlyCollection<long> ids) => tx.QueryAsync<DagVersion>(OfIds, new { ids = ids.ToArray() });

    /// <summary>The version of each DAG that new runs use, by DAG.</summary>
    public static Task<IReadOnlyList<DagVersion>> CurrentAsync(Transaction tx) => tx.QueryAsync<DagVersion>(Current);

    /// <summary>False when a run has used it, new runs would use it, or it is unknown.</summary>
    public static async Task<bool> DeleteAsync(Transaction tx, long id) => await tx.ExecuteAsync(Delete, new { id }) == 1;

    /// <summary>Adds the next version of a DAG; hold the DAG's lock.</summary>
    /// <returns>Its id.</returns>
    public static Task<long> AddAsync(Transaction tx, string dagId, DagVersionContent content, string? publishedBy, DateTimeOffset now) =>
        tx.SingleAsync<long>(Add, new { dagId, hash = content.Hash, fileText = content.FileText, templates = content.TemplatesJson, publishedBy, now });

    /// <summary>
    /// Replaces the text of a version that no run has used, or that means the same to a run; false when a run has used it and the
    /// meaning changes. Hold the DAG's lock.
    /// </summary>
    public static async Task<bool> OverwriteAsync(Transaction tx, long id, DagVersionContent content, string? publishedBy, DateTimeOffset now) =>
        await tx.ExecuteAsync(Overwrite, new { id, hash = content.Hash, fileText = content.FileText, templates = content.TemplatesJson, publishedBy, now }) == 1;
}
