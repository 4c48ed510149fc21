using Pipelines.Activities.Extracts;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Redshift;

/// <summary>A column of a table in Redshift.</summary>
/// <param name="Name">As stored.</param>
/// <param name="TypeName">Its type with sizes, e.g. <c>character varying(256)</c>.</param>
internal sealed record TargetColumn(string Name, string TypeName);

/// <summary>The table that is loaded: what of it exists, and the statement that makes it.</summary>
internal sealed class TargetTable(TableName name, string connectionId)
{
    /// <summary>Its columns in order; empty: it does not exist.</summary>
    public async Task<IReadOnlyList<TargetColumn>> ColumnsAsync(SqlSession session, CancellationToken cancellation)
    {
        const string sql =
            """
            SELECT a.attname, format_type(a.atttypid, a.atttypmod)
            FROM pg_catalog.pg_attribute a
            JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
            """;
        return [.. (await session.RowsAsync(sql, cancellation, name.Schema, name.Name)).Select(row => new TargetColumn((string)row[0]!, (string)row[1]!))];
    }

    /// <summary>Makes the schema when it is missing and the author lets us create.</summary>
    public async Task EnsureSchemaAsync(SqlSession session, bool create, CancellationToken cancellation)
    {
        if (await session.CountAsync("SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = $1", cancellation, name.Schema) > 0) return;
        if (!create)
            throw new TaskFailure($"Schema {name.Schema} does not exist in connection '{connectionId}'. Create it, correct input 'table', or set input 'createTable' to true.", retryable: false);
        var sql = $"CREATE SCHEMA IF NOT EXISTS {SqlText.Identifier(name.Schema)}";
        try
        {
            await session.ExecuteAsync(sql, cancellation);
        }
        catch (TaskFailure failure) when (SqlErrors.IsCreationRace(failure.InnerException, sql))
        {
            // Another load has just created it.
        }
    }

    /// <summary>The statement that creates the table from a manifest's columns.</summary>
    /// <exception cref="TaskFailure">Two columns differ only in case (not retryable).</exception>
    public string CreateStatement(IReadOnlyList<ExtractColumn> columns, string attributes)
    {
        if (columns.GroupBy(column => column.Name.ToLowerInvariant()).FirstOrDefault(group => group.Count() > 1) is { } twins)
            throw new TaskFailure(
                $"Redshift folds names to lower case, so the columns {string.Join(" and ", twins.Select(column => column.Name))} would be one. " +
                "Rename one with 'query' in the extract (SELECT … AS other_name).",
                retryable: false);
        var definitions = columns.Select(column => $"{SqlText.Identifier(column.Name.ToLowerInvariant())} {column.TargetType}");
        return $"CREATE TABLE IF NOT EXISTS {name.Sql} ({string.Join(", ", definitions)}){attributes}";
    }

    /// <summary>The target's spelling of a manifest's columns, in the manifest's order.</summary>
    /// <exception cref="TaskFailure">The table exists and lacks one (not retryable).</exception>
    public IReadOnlyList<string> Match(IReadOnlyList<ExtractColumn> columns, IReadOnlyList<TargetColumn> target)
    {
        var missing = columns.Where(column => Find(target, column.Name) is null).ToList();
        if (missing.Count == 0) return [.. columns.Select(column => Find(target, column.Name)!.Name)];
        var fixes = missing.Select(column => $"ALTER TABLE {name} ADD COLUMN {SqlText.Identifier(column.Name.ToLowerInvariant())} {column.TargetType};");
        throw new TaskFailure(
            $"Table {name} in connection '{connectionId}' lacks {missing.Count} extracted columns: {string.Join(", ", missing.Select(column => column.Name))}. " +
            $"Add them ({string.Join(" ", fixes)}), or leave them out with input 'columns' of the extract.",
            retryable: false);
    }

    /// <summary>A column by name without regard to case, or null.</summary>
    public static TargetColumn? Find(IReadOnlyList<TargetColumn> columns, string column) =>
        columns.FirstOrDefault(candidate => string.Equals(candidate.Name, column, StringComparison.OrdinalIgnoreCase));
}
