using System.Globalization;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;

namespace Pipelines.Activities;

/// <summary>Waits until the first value of a query's result is true, as Airflow's SqlSensor.</summary>
public sealed class SqlSensor() : Sensor(new(
    "SqlSensor", "Wait for SQL", "Sensors", "Runs a query in PostgreSQL or Redshift until the first cell of its first row is neither 0, false, empty nor NULL.",
    [
        new("connectionId", InputType.String, "Connection", "A connection of type postgres or redshift.") { Default = "redshift_default", OptionsFrom = OptionSource.Connections("redshift", "postgres") },
        new("sql", InputType.String, "SQL", "One query, e.g. SELECT count(*) FROM orders WHERE day = '{{ ds }}', or the name of a template file that ends in .sql.") { TemplateExtensions = [".sql"], Required = true, UiHint = "code-editor", Language = "sql" },
        new("failOnEmpty", InputType.Boolean, "Fail on an empty result", "Fail without a retry when the query has no row.") { Default = "false", UiHint = "checkbox" },
    ],
    [],
    [ActivityDescriptor.Done]))
{
    protected override async Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation)
    {
        var connection = await context.GetConnectionAsync(context.Inputs.Optional("connectionId") ?? "redshift_default", cancellation);
        await using var session = await SqlSession.OpenAsync(connection, context.Key.ToString(), cancellation);
        var (hasRow, cell) = await session.FirstCellAsync(context.Inputs.Required("sql"), [], cancellation);
        if (hasRow) return IsFalse(cell) ? new Poke.NotYet($"the first cell is {(cell is null ? "NULL" : string.Create(CultureInfo.InvariantCulture, $"'{cell}'"))}") : new Poke.Done();
        return context.Inputs.Boolean("failOnEmpty", false)
            ? throw new TaskFailure("The query has no row, and 'failOnEmpty' is set. Correct the query or what it looks for, then clear the task.", retryable: false)
            : new Poke.NotYet("the query has no row");
    }

    private static bool IsFalse(object? cell) =>
        cell is null or false or "" or "0" || (cell is short or int or long or float or double or decimal && Convert.ToDouble(cell, CultureInfo.InvariantCulture) == 0);
}
