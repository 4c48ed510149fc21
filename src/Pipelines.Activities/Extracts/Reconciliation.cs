using System.Globalization;
using System.Text.Json.Nodes;
using Pipelines.Activities.Redshift;
using Pipelines.Activities.S3;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;
using Pipelines.Model.Timetables;

namespace Pipelines.Activities.Extracts;

/// <summary>One line of a reconciliation.</summary>
/// <param name="Name">The table, or the check.</param>
/// <param name="Source">What the source says now, or what is expected.</param>
/// <param name="Target">What the target says now; null: cannot be told apart from other rows.</param>
/// <param name="Equal">True when there is no difference.</param>
internal sealed record ReconciledLine(string Name, string? Source, string? Target, bool Equal);

/// <summary>Counts again, now, on both sides, what a load moved.</summary>
internal sealed class Reconciliation(ITaskContext context)
{
    /// <summary>Counts the rows of one load.</summary>
    /// <param name="load">The return value of a CopyToRedshift.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<ReconciledLine> CountAsync(JsonObject load, CancellationToken cancellation)
    {
        var manifest = await ManifestAsync(load, cancellation);
        var extract = manifest.Pipelines;
        var table = TableName.Parse(Text(load, "table"), "table");
        var source = await SourceAsync(extract, cancellation);
        var target = await TargetAsync(Text(load, "connection"), table, extract, Text(load, "mode") == "append", cancellation);
        return new ReconciledLine(table.ToString(), source.ToString(CultureInfo.InvariantCulture), target?.ToString(CultureInfo.InvariantCulture), target is null || source == target);
    }

    /// <summary>The first value of a statement as text, null for NULL or no row.</summary>
    public async Task<string?> ValueAsync(string connectionId, string sql, CancellationToken cancellation)
    {
        await using var session = await OpenAsync(connectionId, cancellation);
        var (_, rows) = await session.RunTextAsync(sql, [], cancellation);
        return rows?.Rows is [JsonObject { Count: > 0 } first, ..] ? first.First().Value?.ToString() : null;
    }

    private async Task<Manifest> ManifestAsync(JsonObject load, CancellationToken cancellation)
    {
        var url = S3Url.Parse(Text(load, "manifest_url"), "manifest_url of the load");
        using var store = S3Store.Open(await context.GetConnectionAsync(Text(load, "aws_connection"), cancellation));
        return Manifest.Parse(await store.GetTextAsync(url, cancellation), url.ToString());
    }

    private async Task<long> SourceAsync(ExtractRecord extract, CancellationToken cancellation)
    {
        await using var session = await OpenAsync(extract.Connection, cancellation);
        return await session.CountAsync(extract.CountSql, cancellation);
    }

    // Rows appended without an interval cannot be told from the rows that were there: the load's own proof has to do.
    private async Task<long?> TargetAsync(string connectionId, TableName table, ExtractRecord extract, bool append, CancellationToken cancellation)
    {
        await using var session = await OpenAsync(connectionId, cancellation);
        var columns = await new TargetTable(table, connectionId).ColumnsAsync(session, cancellation);
        if (columns.Count == 0)
            throw new TaskFailure($"Table {table} does not exist any more in connection '{connectionId}'. Clear its load to make it again.", retryable: false);
        if (extract is { IntervalColumn: { } name, IntervalStart: { } start, IntervalEnd: { } end } && TargetTable.Find(columns, name) is { } column)
            return await session.CountAsync($"SELECT count(*) FROM {table.Sql} WHERE {new IntervalFilter(column.Name, column.TypeName, new DataInterval(start, end)).Sql()}", cancellation);
        return append ? null : await session.CountAsync($"SELECT count(*) FROM {table.Sql}", cancellation);
    }

    private async Task<SqlSession> OpenAsync(string connectionId, CancellationToken cancellation) =>
        await SqlSession.OpenAsync(await context.GetConnectionAsync(connectionId, cancellation), context.Key.ToString(), cancellation);

    private static string Text(JsonObject load, string key) => load[key]?.ToString()
        ?? throw new TaskFailure($"The load's return value has no '{key}'. Name tasks of type CopyToRedshift in input 'loads'.", retryable: false);
}
