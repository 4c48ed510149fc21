using Pipelines.Model.Timetables;

namespace Pipelines.Activities.Sql;

/// <summary>The rows of one data interval, as SQL: start ≤ column &lt; end, in UTC.</summary>
/// <param name="Column">The column, as the database at hand spells it.</param>
/// <param name="TypeName">Its type: timestamp with or without time zone, or date.</param>
/// <param name="Interval">The interval.</param>
internal sealed record IntervalFilter(string Column, string TypeName, DataInterval Interval)
{
    /// <summary>The condition.</summary>
    /// <param name="alias">The table's alias with its dot, or an empty text.</param>
    public string Sql(string alias = "") =>
        $"{alias}{SqlText.Identifier(Column)} >= {Bound(Interval.Start)} AND {alias}{SqlText.Identifier(Column)} < {Bound(Interval.End)}";

    // A date counts as its midnight in UTC, so each date belongs to exactly one of any sequence of intervals.
    private string Bound(DateTimeOffset instant) => TypeName == "timestamp with time zone"
        ? $"'{SqlText.Utc(instant)}+00'::timestamptz"
        : $"'{SqlText.Utc(instant)}'::timestamp";
}
