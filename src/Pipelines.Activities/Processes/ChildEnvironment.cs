using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Processes;

/// <summary>The environment variables of a program that a task runs.</summary>
internal static class ChildEnvironment
{
    // Airflow hands its own settings and secrets on to every command. Here they stay with the worker: a command that prints its
    // environment must not tell the metadata database's password, nor the key that decrypts every connection.
    private static readonly string[] OfTheEngine = ["PIPELINES_", "AIRFLOW_CONN_", "AIRFLOW_VAR_", "AIRFLOW__"];

    /// <summary>All of a task's program: the worker's and those of its input, or the latter alone, and the attempt's.</summary>
    public static Dictionary<string, string> Of(ITaskContext context, Dictionary<string, string>? given = null, bool replaces = false)
    {
        var variables = replaces ? [] : Inherited();
        foreach (var (name, value) in (given ?? []).Concat(OfAttempt(context))) variables[name] = value;
        return variables;
    }

    /// <summary>The worker's own, without what is the engine's.</summary>
    public static Dictionary<string, string> Inherited() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .Where(variable => !OfTheEngine.Any(prefix => ((string)variable.Key).StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);

    /// <summary>What Airflow's context_to_airflow_vars tells of the attempt.</summary>
    private static IEnumerable<KeyValuePair<string, string>> OfAttempt(ITaskContext context)
    {
        yield return new("AIRFLOW_CTX_DAG_ID", context.Key.DagId);
        yield return new("AIRFLOW_CTX_TASK_ID", context.Key.TaskId);
        yield return new("AIRFLOW_CTX_DAG_RUN_ID", context.Key.RunId);
        yield return new("AIRFLOW_CTX_TRY_NUMBER", context.TryNumber.ToString(CultureInfo.InvariantCulture));
        if (context.LogicalDate is { } date) yield return new("AIRFLOW_CTX_LOGICAL_DATE", Iso(date));
    }

    /// <summary>A moment as Python's isoformat writes it.</summary>
    public static string Iso(DateTimeOffset moment) =>
        moment.ToUniversalTime().ToString(moment.Ticks % TimeSpan.TicksPerSecond < 10 ? "yyyy-MM-dd'T'HH:mm:sszzz" : "yyyy-MM-dd'T'HH:mm:ss.ffffffzzz", CultureInfo.InvariantCulture);

    /// <summary>Variables from an input that is a JSON object; null when it is not given.</summary>
    /// <exception cref="TaskFailure">It is something else (not retryable).</exception>
    public static Dictionary<string, string>? Read(RenderedInputs inputs, string name) => inputs.Json<Dictionary<string, string>?>(
        name, null, json => json!.AsObject().ToDictionary(member => Checked(member.Key), member => Checked(Text(member.Value!)), StringComparer.Ordinal),
        "a JSON object of names and texts, such as {\"DAY\": \"2026-01-01\"}");

    private static string Text(JsonNode value) => value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();

    private static string Checked(string text) => !text.Contains('\0') ? text : throw new ArgumentException("An environment variable holds no NUL.");
}
