using System.Text.Json.Nodes;
using Pipelines.Activities.Extracts;
using Pipelines.Activities.Redshift;
using Pipelines.Activities.S3;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Activities;

/// <summary>
/// Copies a table, or a data interval of it, from PostgreSQL to files in S3 and describes them in a manifest that is written last. Every
/// attempt writes to a folder of its own; what a failed attempt wrote is deleted as far as possible and never loaded.
/// </summary>
public sealed class ExtractToS3 : IActivity
{
    /// <summary>Time for removing a failed attempt's files; the attempt may be over because the host is stopping.</summary>
    private static readonly TimeSpan CleanUpTime = TimeSpan.FromSeconds(10);

    public ActivityDescriptor Descriptor { get; } = new(
        "ExtractToS3", "Extract to S3", "AWS",
        "Copies a PostgreSQL table or query, or the rows of the run's data interval, to CSV files in S3 with a manifest.",
        [
            new("connectionId", InputType.String, "Connection", "The source, a connection of type postgres.") { Default = "postgres_default", OptionsFrom = OptionSource.Connections("postgres") },
            new("awsConnectionId", InputType.String, "AWS connection", "A connection of type aws.") { Default = "aws_default", OptionsFrom = OptionSource.Connections("aws") },
            new("mode", InputType.String, "Mode", "streamed: through this worker. server_side: RDS writes S3 itself (extension aws_s3, uncompressed).") { Default = "streamed", UiHint = "dropdown", Options = ["streamed", "server_side"] },
            new("table", InputType.String, "Table", "schema.table; or set 'query'.") { OptionsFrom = OptionSource.Tables("connectionId"), Check = inputs => TableName.Parse(inputs.Required("table"), "table") },
            new("query", InputType.String, "Query", "A SELECT, or the name of a template file that ends in .sql; or set 'table'.") { TemplateExtensions = [".sql"], UiHint = "code-editor", Language = "sql" },
            new("columns", InputType.StringList, "Columns", "The columns to extract, e.g. [\"id\", \"name\"]; empty: all.") { UiHint = "checklist", OptionsFrom = OptionSource.Columns("connectionId", "table") },
            new("intervalColumn", InputType.String, "Interval column", "Only rows whose value here is in the run's data interval (UTC): start ≤ value < end. timestamptz, timestamp or date.") { OptionsFrom = OptionSource.Columns("connectionId", "table") },
            new("bucket", InputType.String, "Bucket", "The S3 bucket; it must exist.") { Required = true, OptionsFrom = OptionSource.Tables("awsConnectionId") },
            new("prefix", InputType.String, "Prefix", "The start of the keys; empty: DAG id, task id and run id. Every attempt adds a folder of its own."),
            new("compression", InputType.String, "Compression", "gzip (the default of streamed), zstd or none (the only one of server_side).") { UiHint = "dropdown", Options = Compressions.Names },
            new("fileSizeMb", InputType.Integer, "File size", "Size in MB, compressed, at which the next file starts; Redshift likes 1 MB to 1 GB and as many files as a multiple of its slices.") { Default = "64", Check = inputs => ExtractSettings.FileSize(inputs) },
            new("columnTypes", InputType.Json, "Column types", "Redshift types where the default does not suit, e.g. {\"price\": \"DECIMAL(18,4)\"}. By default numeric without precision travels as exact text. A VARBYTE turns empty bytes into NULL; VARCHAR keeps them, as hex.") { UiHint = "json-editor", Check = inputs => ExtractSettings.Types(inputs) },
        ],
        [
            new("manifest", "s3:// URL of the manifest."),
            new("rows", "Rows in the files."),
            new("source_rows", "Rows that the source counted in the same snapshot."),
            new("bytes", "Bytes of the files as stored."),
            new("files", "Number of files."),
            new("prefix", "s3:// URL of the attempt's folder."),
            new("table", "The source table; null for a query."),
            new("seconds", "Duration."),
        ],
        [ActivityDescriptor.Done])
    { Checks = [new(["table", "query"], ExtractSettings.CheckSource), new(["mode", "compression"], inputs => ExtractSettings.CompressionOf(inputs))] };

    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var settings = ExtractSettings.Read(context);
        var source = await context.GetConnectionAsync(context.Inputs.Optional("connectionId") ?? "postgres_default", cancellation);
        var aws = await context.GetConnectionAsync(context.Inputs.Optional("awsConnectionId") ?? "aws_default", cancellation);
        using var store = S3Store.Open(aws);
        await AbandonedUploads.AbortAsync(context, store, settings.Attempt, cancellation);
        try
        {
            var extract = await ExtractAsync(context, settings, source, store, cancellation);
            if (!settings.ServerSide) await AbandonedUploads.AbortOwnAsync(context, store, settings.Folder, cancellation);
            return new Outcome.Succeeded(extract);
        }
        catch
        {
            await DeleteFilesAsync(context, settings.Folder, store);
            throw;
        }
    }

    private static async Task<JsonObject> ExtractAsync(ITaskContext context, ExtractSettings settings, Connection source, S3Store store, CancellationToken cancellation)
    {
        var started = context.Time.GetTimestamp();
        await using var snapshot = await SourceSnapshot.OpenAsync(source, context.Key.ToString(), readOnly: !settings.ServerSide, cancellation);
        var (query, table) = await SourcePlan.ResolveAsync(snapshot, settings, cancellation);
        var counted = await snapshot.Session.CountAsync(query.Count, cancellation);
        context.Log(LogLevel.Info, $"The source counts {counted} rows: {query.Select}");

        var (files, rows) = settings.ServerSide
            ? await ExportAsync(snapshot.Session, store, settings, query, cancellation)
            : await StreamAsync(context, snapshot.Session, store, settings, query, cancellation);
        if (rows != counted)
            throw new TaskFailure(
                $"The source counted {counted} rows but wrote {rows} in the same snapshot. The query gives different rows each time (random(), a sequence, clock_timestamp()): make it stable.",
                retryable: false);

        var seconds = context.Time.GetElapsedTime(started).TotalSeconds;
        var manifest = Manifest.Of(files, rows, Record(context, settings, source, query, table, counted, seconds));
        var url = settings.Folder with { Key = settings.Folder.Key + "manifest.json" };
        await store.PutTextAsync(url, manifest.ToJson(), cancellation);
        context.Report(new TaskProgress(rows, manifest.Meta.ContentLength, files.Count));
        context.Log(LogLevel.Info, $"Wrote {rows} rows, {manifest.Meta.ContentLength} bytes, {files.Count} files in {seconds:0.0} s; manifest {url}");
        return Result(manifest, url, settings, seconds);
    }

    private static async Task<(IReadOnlyList<PartFile> Files, long Rows)> StreamAsync(
        ITaskContext context, SqlSession session, S3Store store, ExtractSettings settings, SourceQuery query, CancellationToken cancellation)
    {
        await using var files = new PartFiles(store, settings.Folder, settings.Compression, settings.FileBytes);
        try
        {
            var copy = $"COPY ({query.Select}) TO STDOUT (FORMAT csv, NULL {SqlText.Literal(settings.NullMarker)}{(query.HasBlankLines ? ", FORCE_QUOTE *" : "")})";
            return (await new StreamedExtract(context, session, files).RunAsync(copy, cancellation), files.Rows);
        }
        catch
        {
            using var limit = new CancellationTokenSource(CleanUpTime, context.Time);
            await files.AbortAsync(limit.Token);
            throw;
        }
    }

    private static async Task<(IReadOnlyList<PartFile> Files, long Rows)> ExportAsync(
        SqlSession session, S3Store store, ExtractSettings settings, SourceQuery query, CancellationToken cancellation)
    {
        var export = new ServerSideExtract(session, store, settings.Folder);
        return (await export.RunAsync(query, settings.NullMarker, cancellation), export.Rows);
    }

    private static ExtractRecord Record(
        ITaskContext context, ExtractSettings settings, Connection source, SourceQuery query, TableName? table, long counted, double seconds) => new()
        {
            Task = context.Key.ToString(),
            Connection = source.ConnId,
            Table = table?.ToString(),
            Sql = query.Select,
            CountSql = query.Count,
            SourceRows = counted,
            IntervalColumn = query.Interval?.Column,
            IntervalStart = query.Interval?.Interval.Start,
            IntervalEnd = query.Interval?.Interval.End,
            NullMarker = settings.NullMarker,
            Compression = settings.Compression.Name(),
            Columns = [.. query.Columns.Select(column => new ExtractColumn(column.Name, column.Type,
                (settings.ColumnTypes.GetValueOrDefault(column.Name) ?? PostgresTypes.TargetOf(column)).Sql))],
            Seconds = seconds,
        };

    private static JsonObject Result(Manifest manifest, S3Url url, ExtractSettings settings, double seconds) => new()
    {
        ["manifest"] = url.ToString(),
        ["rows"] = manifest.Meta.RecordCount,
        ["source_rows"] = manifest.Pipelines.SourceRows,
        ["bytes"] = manifest.Meta.ContentLength,
        ["files"] = manifest.Entries.Count,
        ["prefix"] = settings.Folder.ToString(),
        ["table"] = manifest.Pipelines.Table,
        ["seconds"] = Math.Round(seconds, 3),
    };

    private static async Task DeleteFilesAsync(ITaskContext context, S3Url folder, S3Store store)
    {
        using var limit = new CancellationTokenSource(CleanUpTime, context.Time);
        try
        {
            await AbandonedUploads.AbortOwnAsync(context, store, folder, limit.Token);
            foreach (var file in await store.ListAsync(folder, limit.Token)) await store.DeleteAsync(file.Url, limit.Token);
        }
        catch (Exception error) when (error is TaskFailure or OperationCanceledException)
        {
            context.Log(LogLevel.Warning, $"Files of this attempt may remain under {folder}; without a manifest nothing ever loads them. {error.Message}");
        }
    }
}
