using System.Globalization;
using Pipelines.LocalCloud.Redshift.Columns;
using Pipelines.LocalCloud.Redshift.Sessions;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Load;

/// <summary>The table a COPY fills, read inside the client's transaction, so its own new and temporary tables are there.</summary>
internal sealed record TargetTable(int Id, string Name, IReadOnlyList<TargetColumn> Columns, string CopyStatement)
{
    /// <returns>Null when the backend refused; the client got its error.</returns>
    /// <exception cref="SqlErrorException">A column of the command is not there.</exception>
    public static async Task<TargetTable?> FindAsync(Conversation conversation, CopyCommand command)
    {
        var rows = await conversation.QueryAsync($"""
            SELECT c.oid::int8, c.relname, a.attname, t.typname, a.atttypmod, a.attnotnull::int4, (a.attidentity <> '')::int4
            FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
            WHERE c.oid = '{command.Table.Replace("'", "''", StringComparison.Ordinal)}'::regclass
            ORDER BY a.attnum
            """);
        if (conversation.HasFailed) return null;
        var all = rows.Select(row => new TargetColumn(row[2]!, row[3]!, int.Parse(row[4]!, CultureInfo.InvariantCulture), row[5] == "1", row[6] == "1")).ToList();
        var columns = Choose(all, command, rows[0][1]!);
        string list = string.Join(", ", columns.Select(column => $"\"{column.Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
        return new TargetTable((int)long.Parse(rows[0][0]!, CultureInfo.InvariantCulture), rows[0][1]!, columns,
            $"COPY {command.Table} ({list}) FROM STDIN WITH (FORMAT text, ENCODING 'UTF8')");
    }

    private static List<TargetColumn> Choose(List<TargetColumn> all, CopyCommand command, string table)
    {
        if (command.Columns.Count == 0) return [.. all.Where(column => command.ExplicitIds || !column.IsIdentity)];
        var chosen = command.Columns.Select(name => all.Find(column => column.Name == name)
            ?? throw new SqlErrorException(new SqlError("42703", $"column \"{name}\" of relation \"{table}\" does not exist"))).ToList();
        if (!command.ExplicitIds && chosen.Find(column => column.IsIdentity) is { } identity)
            throw new SqlErrorException(SqlError.Unsupported($"cannot set an identity column to a value: \"{identity.Name}\"", "Leave the column out of the list, or add EXPLICIT_IDS."));
        return chosen;
    }
}
