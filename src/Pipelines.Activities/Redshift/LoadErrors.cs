using System.Globalization;
using System.Text;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Redshift;

/// <summary>A row that COPY rejected, as Redshift's system tables keep it.</summary>
internal sealed record LoadError(string File, long Line, string Column, string Type, string Length, string? Value, int Code, string Reason);

/// <summary>Finds out why a COPY failed and says it so that a person can act: table, column, row, value, cause, fix.</summary>
internal static class LoadErrors
{
    /// <summary>stl_load_errors keeps this many bytes of a value.</summary>
    private const int KeptBytes = 1024;

    private const int ShownCharacters = 80;

    // A file's folder belongs to one attempt of one extract, so its name finds our rows where session and query ids would not outlive a lost
    // connection; its time keeps out those of an earlier COPY of the same files.
    private const string Provisioned =
        """
        SELECT trim(filename), line_number::bigint, trim(colname), trim(type), trim(col_length), rtrim(raw_field_value), err_code::integer, trim(err_reason)
        FROM stl_load_errors WHERE filename LIKE $1 AND starttime >= $2 ORDER BY starttime DESC, filename, line_number LIMIT 10
        """;

    // Serverless has no stl tables; its view keeps no values.
    private const string Serverless =
        """
        SELECT trim(file_name), line_number::bigint, trim(column_name), trim(column_type), trim(column_length), NULL::varchar, error_code::integer, trim(error_message)
        FROM sys_load_error_detail WHERE file_name LIKE $1 AND start_time >= $2 ORDER BY start_time DESC, file_name, line_number LIMIT 10
        """;

    /// <summary>The server's clock as its system tables keep time, in whole seconds.</summary>
    public static async Task<DateTime> NowAsync(SqlSession session, CancellationToken cancellation) =>
        (DateTime)(await session.ScalarAsync("SELECT getdate()", cancellation))!;

    /// <summary>The rejected rows of files in a folder, latest first; empty when the COPY failed for another reason.</summary>
    /// <param name="open">Connects to the target.</param>
    /// <param name="folder">The files' URL up to the last slash.</param>
    /// <param name="since">The server's clock before the COPY.</param>
    /// <param name="warn">Told when nobody could be asked; then nothing is found.</param>
    /// <param name="cancellation">Stops looking.</param>
    public static async Task<IReadOnlyList<LoadError>> FindAsync(Func<Task<SqlSession>> open, string folder, DateTime since, Action<string> warn, CancellationToken cancellation)
    {
        var pattern = folder.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_") + "%";
        List<object?[]> rows;
        try
        {
            rows = await QueryAsync(open, Provisioned, pattern, since, cancellation);
        }
        catch (TaskFailure)
        {
            try
            {
                rows = await QueryAsync(open, Serverless, pattern, since, cancellation);
            }
            catch (TaskFailure failure)
            {
                // What the COPY said is still to be told.
                warn($"Redshift could not be asked which rows it rejected. {failure.Message}");
                return [];
            }
        }
        return [.. rows.Select(row => new LoadError((string)row[0]!, (long)row[1]!, (string)row[2]!, (string)row[3]!, (string)row[4]!, (string?)row[5], (int)row[6]!, (string)row[7]!))];
    }

    // Redshift reports most errors as XX000, for which the driver gives a connection up: every question needs its own.
    private static async Task<List<object?[]>> QueryAsync(Func<Task<SqlSession>> open, string sql, string pattern, DateTime since, CancellationToken cancellation)
    {
        await using var session = await open();
        return await session.RowsAsync(sql, cancellation, pattern, since);
    }

    /// <summary>The failure to show. Never retryable: the same files would be rejected again.</summary>
    public static TaskFailure Explain(TableName table, IReadOnlyList<LoadError> errors, TaskFailure cause)
    {
        var first = errors[0];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Redshift rejected a row for table {table}. Column {first.Column} ({TypeOf(first)}), line {first.Line} of {first.File}: ");
        if (first.Value is not null) text.Append(CultureInfo.InvariantCulture, $"value '{Excerpt.Of(first.Value, ShownCharacters)}' ({Size(first.Value)}): ");
        text.Append(CultureInfo.InvariantCulture, $"{first.Reason.TrimEnd('.')} (code {first.Code}). Nothing was loaded. {Fix(table, first)}");
        if (errors.Count > 1) text.Append(CultureInfo.InvariantCulture, $" Also rejected: {Others(errors)}.");
        return new TaskFailure(text.ToString(), retryable: false, inner: cause) { Facts = Facts(table, errors) };
    }

    private static List<FailureFact> Facts(TableName table, IReadOnlyList<LoadError> errors)
    {
        var first = errors[0];
        List<FailureFact> facts =
        [
            new("Table", table.ToString()),
            new("Column", $"{first.Column}, {TypeOf(first)}"),
            new("Row", string.Create(CultureInfo.InvariantCulture, $"line {first.Line} of {first.File}")),
        ];
        if (first.Value is not null) facts.Add(new("Value", $"{Excerpt.Of(first.Value, ShownCharacters)} ({Size(first.Value)})"));
        facts.Add(new("Cause", string.Create(CultureInfo.InvariantCulture, $"{first.Reason.TrimEnd('.')} (code {first.Code})")));
        facts.Add(new("Fix", Fix(table, first)));
        if (errors.Count > 1) facts.Add(new("Also rejected", Others(errors)));
        facts.Add(new("Loaded", "nothing"));
        return facts;
    }

    private static string Others(IReadOnlyList<LoadError> errors) => string.Join("; ", errors.Skip(1).Take(3).Select(error => $"{error.Column} in line {error.Line}"));

    private static string TypeOf(LoadError error) =>
        error.Length is "" or "0" ? error.Type.ToUpperInvariant() : $"{error.Type.ToUpperInvariant()}({error.Length})";

    private static string Size(string value)
    {
        var bytes = Encoding.UTF8.GetByteCount(value);
        return bytes >= KeptBytes - 4 ? $"{KeptBytes} bytes or more" : $"{bytes} bytes";
    }

    private static string Fix(TableName table, LoadError error)
    {
        if (error.Reason.Contains("exceeds DDL length", StringComparison.OrdinalIgnoreCase)) return TooLong(table, error);
        if (error.Reason.Contains("Missing data for not-null", StringComparison.OrdinalIgnoreCase))
            return $"Let the column hold NULL (create {table} without NOT NULL on {error.Column}), or leave such rows out with input 'query' of the extract.";
        if (error.Type.StartsWith("timestamp", StringComparison.OrdinalIgnoreCase) || error.Type.StartsWith("date", StringComparison.OrdinalIgnoreCase))
            return "Redshift holds neither infinite dates nor years outside 4713 BC to 294276 AD: replace such values with input 'query' of the extract (NULLIF(…, 'infinity')), or load the column as text with 'columnTypes'.";
        if (error.Reason.Contains("UTF", StringComparison.OrdinalIgnoreCase) || error.Reason.Contains("multibyte", StringComparison.OrdinalIgnoreCase))
            return "The source holds bytes that are no valid UTF-8: repair them there, or set input 'copyOptions' to ACCEPTINVCHARS.";
        return $"The value does not fit the column's type: change the type of {error.Column} in {table}, or convert the value with input 'query' of the extract.";
    }

    private static string TooLong(TableName table, LoadError error)
    {
        var needed = error.Value is null ? RedshiftType.LongestVarchar : Encoding.UTF8.GetByteCount(error.Value);
        var longest = error.Type.Contains("varbyte", StringComparison.OrdinalIgnoreCase) ? RedshiftType.LongestVarbyte : RedshiftType.LongestVarchar;
        var shorten = "shorten the value with input 'query' of the extract, or set input 'copyOptions' to TRUNCATECOLUMNS to cut it";
        if (error.Length == longest.ToString(CultureInfo.InvariantCulture))
            return $"{longest} bytes are the most that Redshift holds: {shorten}.";
        var size = needed >= KeptBytes - 4 ? longest : Math.Min(longest, (needed + 255) / 256 * 256);
        return $"Make the column longer (ALTER TABLE {table} ALTER COLUMN {SqlText.Identifier(error.Column)} TYPE VARCHAR({size});), {shorten}.";
    }
}
