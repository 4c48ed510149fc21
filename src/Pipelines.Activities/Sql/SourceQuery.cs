namespace Pipelines.Activities.Sql;

/// <summary>What is extracted: the same rows whether they are counted, copied or exported.</summary>
/// <param name="From">A table's quoted name, or a query in parentheses.</param>
/// <param name="Columns">The columns to select, in order.</param>
/// <param name="Interval">Only these rows; null: all.</param>
internal sealed record SourceQuery(string From, IReadOnlyList<SourceColumn> Columns, IntervalFilter? Interval)
{
    /// <summary>Session settings that make every value's text exact and independent of the server's configuration.</summary>
    public const string SessionSettings =
        """
        SET DateStyle = 'ISO, YMD';
        SET TimeZone = 'UTC';
        SET IntervalStyle = 'postgres';
        SET bytea_output = 'hex';
        SET extra_float_digits = 3
        """;

    /// <summary>The rows.</summary>
    public string Select => $"SELECT {string.Join(", ", Columns.Select(column => column.Expression))} FROM {From} AS q{Where}";

    /// <summary>Their number.</summary>
    public string Count => $"SELECT count(*) FROM {From} AS q{Where}";

    /// <summary>
    /// True when an empty text would make an empty line, which Redshift does not take for a row ("Line contains no data"): then every value
    /// must be quoted.
    /// </summary>
    public bool HasBlankLines => Columns.Count == 1;

    private string Where => Interval is null ? "" : $" WHERE {Interval.Sql("q.")}";

    /// <summary>A query as a source; the line break ends a comment on its last line.</summary>
    public static string Parenthesised(string query) => $"({query.TrimEnd().TrimEnd(';')}\n)";
}
