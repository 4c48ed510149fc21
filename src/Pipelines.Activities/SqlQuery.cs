using System.Text.Json.Nodes;
using Npgsql;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Activities;

/// <summary>Runs the statements of a script one by one in PostgreSQL or Redshift, by default all of them or none.</summary>
public sealed class SqlQuery : IActivity
{
    private static readonly HashSet<string> TransactionVerbs = new(["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"], StringComparer.Ordinal);

    // Runs of one DAG often start together and create the same tables; each further turn finds one more of them there.
    private const int Turns = 10;

    public ActivityDescriptor Descriptor { get; } = new(
        "SqlQuery", "SQL query", "SQL",
        "Runs SQL statements in PostgreSQL or Redshift, in one transaction unless autocommit is set.",
        [
            new("connectionId", InputType.String, "Connection", "A connection of type postgres or redshift.") { Default = "redshift_default", OptionsFrom = OptionSource.Connections("redshift", "postgres") },
            new("sql", InputType.String, "SQL", "One or more statements separated by semicolons, or the name of a template file that ends in .sql.") { TemplateExtensions = [".sql"], Required = true, UiHint = "code-editor", Language = "sql" },
            QueryParameters.Descriptor,
            new("autocommit", InputType.Boolean, "Autocommit", "Commit each statement by itself, as VACUUM needs. In Redshift TRUNCATE commits in any case.") { Default = "false", UiHint = "checkbox" },
        ],
        [
            new("statements", "Statements run."),
            new("rows_affected", "Rows inserted, updated or deleted by all of them."),
            new("row_count", "Rows of the last result; null when no statement had one."),
            new("rows", $"The first {ResultRows.Kept} rows of the last result, as objects."),
        ],
        [ActivityDescriptor.Done]);

    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var autocommit = context.Inputs.Boolean("autocommit", false);
        var script = SqlScript.Split(context.Inputs.Required("sql"));
        var parameters = QueryParameters.Of(context.Inputs);
        if (script.Count == 0) throw new TaskFailure("Input 'sql' holds no statement, only comments or blanks.", retryable: false);
        if (!autocommit) RefuseTransactionControl(script);
        var connection = await context.GetConnectionAsync(context.Inputs.Optional("connectionId") ?? "redshift_default", cancellation);
        for (var turn = 1; ; turn++)
        {
            try
            {
                return await RunScriptAsync(context, connection, script, parameters, autocommit, cancellation);
            }
            catch (StatementFailure failure) when (!autocommit && turn < Turns && failure.IsCreationRace)
            {
                context.Log(LogLevel.Warning, $"{failure.Message} Another run created it at the same moment; nothing was committed, the script starts again.");
            }
            catch (StatementFailure failure)
            {
                throw failure.ToTaskFailure();
            }
        }
    }

    private static async Task<Outcome> RunScriptAsync(
        ITaskContext context, Connection connection, IReadOnlyList<ScriptStatement> script, string?[] parameters, bool autocommit, CancellationToken cancellation)
    {
        await using var session = await SqlSession.OpenAsync(connection, context.Key.ToString(), cancellation);

        if (!autocommit) await session.ExecuteAsync("BEGIN", cancellation);
        long affected = 0;
        ResultRows? last = null;
        foreach (var (index, statement) in script.Index())
        {
            var (changed, result) = await RunAsync(context, session, script.Count, index + 1, statement, parameters, cancellation);
            affected += changed;
            last = result ?? last;
        }
        if (!autocommit) await session.ExecuteAsync("COMMIT", cancellation);
        return new Outcome.Succeeded(new JsonObject
        {
            ["statements"] = script.Count,
            ["rows_affected"] = affected,
            ["row_count"] = last?.Count,
            ["rows"] = last?.Rows,
        });
    }

    private static async Task<(long Changed, ResultRows? Rows)> RunAsync(
        ITaskContext context, SqlSession session, int total, int number, ScriptStatement statement, string?[] parameters, CancellationToken cancellation)
    {
        if (statement.Parameters > parameters.Length)
            throw new TaskFailure($"Statement {number} (line {statement.Line}) uses ${statement.Parameters}, but input 'parameters' has {parameters.Length} values.", retryable: false);
        try
        {
            var (changed, rows) = await session.RunTextAsync(statement.Text, parameters[..statement.Parameters], cancellation);
            context.Log(LogLevel.Info, $"Statement {number} of {total} (line {statement.Line}), {statement.Verb}: {(rows is null ? $"{Math.Max(changed, 0)} rows affected" : $"{rows.Count} rows")}");
            return (Math.Max(changed, 0), rows);
        }
        catch (TaskFailure failure)
        {
            var line = statement.Line + LinesBefore(statement.Text, failure.InnerException as PostgresException);
            throw new StatementFailure($"Statement {number} of {total} failed at line {line}. {failure.Message}{Autocommit(failure)}", failure, statement);
        }
    }

    // PostgreSQL counts characters (code points) from 1; counting UTF-16 units is off only behind emoji on the same line.
    private static int LinesBefore(string text, PostgresException? error) =>
        error is { Position: > 0 } ? text.AsSpan(0, Math.Min(error.Position - 1, text.Length)).Count('\n') : 0;

    private static string Autocommit(TaskFailure failure) =>
        failure.InnerException is PostgresException { SqlState: "25001" } ? " Set input 'autocommit' to true." : "";

    private static void RefuseTransactionControl(IReadOnlyList<ScriptStatement> script)
    {
        foreach (var (index, statement) in script.Index())
            if (TransactionVerbs.Contains(statement.Verb))
                throw new TaskFailure(
                    $"Statement {index + 1} (line {statement.Line}) is {statement.Verb}, but the whole script runs in one transaction already. Remove it, or set input 'autocommit' to true.",
                    retryable: false);
    }

    /// <summary>A statement of the script failed.</summary>
    private sealed class StatementFailure(string message, TaskFailure cause, ScriptStatement statement) : Exception(message, cause)
    {
        public bool IsCreationRace => SqlErrors.IsCreationRace(cause.InnerException, statement.Text);

        public TaskFailure ToTaskFailure() => new(Message, cause.Retryable, inner: cause);
    }
}
