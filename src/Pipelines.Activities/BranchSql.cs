using System.Globalization;
using Pipelines.Activities.Branching;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>Chooses by the first value of a query's result, as Airflow's BranchSQLOperator.</summary>
public sealed class BranchSql : IActivity
{
    private static readonly HashSet<string> Yes = new(["y", "yes", "t", "true", "on", "1"], StringComparer.OrdinalIgnoreCase);
    private static readonly HashSet<string> No = new(["n", "no", "f", "false", "off", "0"], StringComparer.OrdinalIgnoreCase);

    public ActivityDescriptor Descriptor { get; } = new(
        "BranchSql", "Branch by SQL", "Control",
        "Asks PostgreSQL or Redshift which of the tasks directly after it run; the others are skipped.",
        [
            new("connectionId", InputType.String, "Connection", "A connection of type postgres or redshift.") { Default = "redshift_default", OptionsFrom = OptionSource.Connections("redshift", "postgres") },
            new("sql", InputType.String, "SQL", "One query, whose first value must be a boolean, a whole number (0 is false) or one of the words y, yes, t, true, on, 1, n, no, f, false, off, 0. Or the name of a template file that ends in .sql.") { TemplateExtensions = [".sql"], Required = true, UiHint = "code-editor", Language = "sql" },
            QueryParameters.Descriptor,
            .. Fork.Inputs,
        ],
        [],
        Fork.Ports)
    { Checks = Fork.Checks, Follows = Fork.Follows };

    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var (sql, parameters) = (context.Inputs.Required("sql"), QueryParameters.Of(context.Inputs));
        var connection = await context.GetConnectionAsync(context.Inputs.Optional("connectionId") ?? "redshift_default", cancellation);
        await using var session = await SqlSession.OpenAsync(connection, context.Key.ToString(), cancellation);
        var (hasRow, cell) = await session.FirstCellAsync(sql, parameters, cancellation);
        if (!hasRow) throw new TaskFailure("The query has no row, so there is nothing to choose by. Write one that always has a row, such as SELECT count(*) …; an attempt that is left asks again.");
        var answer = IsTrue(cell);
        context.Log(LogLevel.Info, $"The query's first value is {Words(cell)}, which counts as {(answer ? "true" : "false")}.");
        return Fork.Take(context, answer);
    }

    private static bool IsTrue(object? cell) => cell switch
    {
        bool flag => flag,
        string text when Yes.Contains(text) => true,
        string text when No.Contains(text) => false,
        short or int or long => Convert.ToInt64(cell, CultureInfo.InvariantCulture) != 0,
        _ => throw new TaskFailure(
            $"The query's first value is {Words(cell)}, which is neither a boolean, a whole number nor one of the words y, yes, t, true, on, 1, n, no, f, false, off, 0. Correct the query, e.g. with a comparison: SELECT sum(amount) > 0 …",
            retryable: false),
    };

    private static string Words(object? cell) => cell is null ? "NULL" : $"'{Excerpt.Of(Convert.ToString(cell, CultureInfo.InvariantCulture)!, 200)}' ({cell.GetType().Name})";
}
