using Pipelines.Model.Dags;

namespace Pipelines.Storage.Dags;

/// <summary>Table <c>import_error</c>: what is wrong with the files of the DAG folder now.</summary>
public static class ImportErrorTable
{
    private const string Add =
        """
        INSERT INTO pipelines.import_error (file_name, json_path, line, column_no, message, created_at)
        VALUES (@File, @JsonPath, @Line, @Column, @Message, @now)
        """;

    private const string DeleteFile = "DELETE FROM pipelines.import_error WHERE file_name = @fileName";

    private const string DeleteGone = "DELETE FROM pipelines.import_error WHERE NOT file_name = ANY(@present)";

    private const string List =
        """
        SELECT file_name AS file, json_path, line, column_no AS "column", message FROM pipelines.import_error ORDER BY file_name, id
        """;

    /// <summary>Replaces all errors of a file; none: the file is fine now.</summary>
    public static async Task ReplaceAsync(Transaction tx, string fileName, IEnumerable<DagFileError> errors, DateTimeOffset now)
    {
        await tx.ExecuteAsync(DeleteFile, new { fileName });
        foreach (var error in errors) await tx.ExecuteAsync(Add, new { error.File, error.JsonPath, error.Line, error.Column, error.Message, now });
    }

    /// <summary>Forgets the errors of files that are gone.</summary>
    public static Task DeleteGoneAsync(Transaction tx, IReadOnlyCollection<string> present) =>
        tx.ExecuteAsync(DeleteGone, new { present = present.ToArray() });

    /// <summary>By file, in the order they were found.</summary>
    public static async Task<IReadOnlyList<DagFileError>> ListAsync(Transaction tx) =>
        [.. (await tx.QueryAsync<(string File, string JsonPath, int Line, int? Column, string Message)>(List))
            .Select(row => new DagFileError(row.File, row.JsonPath, row.Line, row.Column, row.Message))];
}
