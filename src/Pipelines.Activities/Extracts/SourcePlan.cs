using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Extracts;

/// <summary>From settings to the query: resolves table, columns and types in the source's own catalog.</summary>
internal static class SourcePlan
{
    /// <summary>The query to count and to copy.</summary>
    /// <exception cref="TaskFailure">A table or column does not exist, or the interval column has no point in time (not retryable).</exception>
    public static async Task<(SourceQuery Query, TableName? Table)> ResolveAsync(SourceSnapshot snapshot, ExtractSettings settings, CancellationToken cancellation)
    {
        var table = settings.Table is null ? null : await snapshot.FindTableAsync(settings.Table, cancellation);
        var from = table?.Sql ?? SourceQuery.Parenthesised(settings.Query!);
        var all = await snapshot.ColumnsAsync(from, cancellation);
        var source = table is null ? "The query" : $"Table {table}";
        if (all.Count == 0) throw new TaskFailure($"{source} has no columns, so there is nothing to extract.", retryable: false);
        IReadOnlyList<SourceColumn> columns = settings.Columns.Count == 0 ? all : [.. settings.Columns.Select(name => Find(all, name, "columns", source))];
        foreach (var name in settings.ColumnTypes.Keys) Find(all, name, "columnTypes", source);
        return (new SourceQuery(from, columns, Filter(settings, all, source)), table);
    }

    private static IntervalFilter? Filter(ExtractSettings settings, IReadOnlyList<SourceColumn> all, string source)
    {
        if (settings is not { IntervalColumn: { } name, Interval: { } interval }) return null;
        var column = Find(all, name, "intervalColumn", source);
        if (!column.IsInstant)
            throw new TaskFailure(
                $"Input 'intervalColumn': column '{column.Name}' has type {column.Type}, but a data interval needs timestamptz, timestamp or date. " +
                "Name another column, or put your own condition into 'query'.",
                retryable: false);
        return new IntervalFilter(column.Name, column.TypeName, interval);
    }

    private static SourceColumn Find(IReadOnlyList<SourceColumn> all, string name, string input, string source) =>
        all.FirstOrDefault(column => column.Name == name)
        ?? all.FirstOrDefault(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new TaskFailure($"Input '{input}': {source} has no column '{name}'. It has: {string.Join(", ", all.Select(column => column.Name))}.", retryable: false);
}
