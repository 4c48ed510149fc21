using System.Globalization;
using Npgsql;
using Pipelines.Activities.S3;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Extracts;

/// <summary>
/// RDS writes S3 itself (extension aws_s3); the engine only issues the statement, then believes S3's listing and not the answer alone.
/// RDS starts a further file, <c>…_part2</c> and so on, about every 6 GB.
/// </summary>
internal sealed class ServerSideExtract(SqlSession session, S3Store store, S3Url folder)
{
    private const string Export =
        """
        SELECT rows_uploaded, files_uploaded, bytes_uploaded
        FROM aws_s3.query_export_to_s3($1, aws_commons.create_s3_uri($2, $3, $4), options := $5)
        """;

    /// <summary>Exports and returns the files; no files for no rows.</summary>
    public async Task<IReadOnlyList<PartFile>> RunAsync(SourceQuery query, string nullMarker, CancellationToken cancellation)
    {
        var first = folder with { Key = $"{folder.Key}part-00000{Compression.None.Extension()}" };
        var answer = await ExportAsync(query, first, nullMarker, cancellation);
        var (rows, bytes) = (Number(answer[0]), Number(answer[2]));
        var stored = await store.ListAsync(folder, cancellation);
        Verify(stored, Number(answer[1]), bytes);
        if (rows > 0) return [.. stored.Select(file => new PartFile(file.Url, file.Bytes, stored.Count == 1 ? rows : null, file.ETag))];
        foreach (var empty in stored) await store.DeleteAsync(empty.Url, cancellation);
        return [];
    }

    /// <summary>Rows that RDS said it wrote.</summary>
    public long Rows { get; private set; }

    private async Task<object?[]> ExportAsync(SourceQuery query, S3Url first, string nullMarker, CancellationToken cancellation)
    {
        try
        {
            var options = $"format csv, null {SqlText.Literal(nullMarker)}{(query.HasBlankLines ? ", force_quote *" : "")}";
            var answer = (await session.RowsAsync(Export, cancellation, query.Select, first.Bucket, first.Key, store.Region, options)).Single();
            Rows = Number(answer[0]);
            return answer;
        }
        catch (TaskFailure failure) when (failure.InnerException is PostgresException { SqlState: "3F000" or "42883" or "42P01" } error && error.MessageText.Contains("aws_", StringComparison.Ordinal))
        {
            throw new TaskFailure(
                $"Connection '{session.Connection.ConnId}' cannot export to S3 itself: the database lacks the extension aws_s3 ({error.MessageText}). " +
                "Run CREATE EXTENSION aws_s3 CASCADE there (RDS and Aurora only), or set input 'mode' to streamed.",
                retryable: false, inner: failure);
        }
    }

    private void Verify(List<StoredObject> stored, long files, long bytes)
    {
        if (stored.Sum(file => file.Bytes) == bytes && (stored.Count == files || bytes == 0)) return;
        throw new TaskFailure(
            $"The database said it wrote {files} files with {bytes} bytes, but {folder} holds {stored.Count} with {stored.Sum(file => file.Bytes)}. " +
            "Check that input 'bucket' and the connection's region are where the database writes to.");
    }

    private static long Number(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);
}
