using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Processes;

/// <summary>The environment variables of a script: the worker's without its secrets, or the task's own, and Airflow's AIRFLOW_CTX_….</summary>
internal static class ScriptEnvironment
{
    private const string Ours = "PIPELINES_";

    /// <exception cref="TaskFailure">The input is no JSON object (not retryable).</exception>
    public static IReadOnlyDictionary<string, string> Of(ITaskContext context, string input)
    {
        var own = Own(context.Inputs.Optional(input), input);
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        if (own is null || context.Inputs.Boolean("appendEnv", false))
        {
            foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
                if (!((string)variable.Key).StartsWith(Ours, StringComparison.OrdinalIgnoreCase)) all[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        all["AIRFLOW_CTX_DAG_ID"] = context.Key.DagId;
        all["AIRFLOW_CTX_TASK_ID"] = context.Key.TaskId;
        all["AIRFLOW_CTX_DAG_RUN_ID"] = context.Key.RunId;
        all["AIRFLOW_CTX_TRY_NUMBER"] = context.TryNumber.ToString(CultureInfo.InvariantCulture);
        if (context.LogicalDate is { } date) all["AIRFLOW_CTX_LOGICAL_DATE"] = date.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);
        foreach (var (name, value) in own ?? []) all[name] = value;
        return all;
    }

    private static Dictionary<string, string>? Own(string? text, string input)
    {
        if (text is null) return null;
        try
        {
            return JsonNode.Parse(text)!.AsObject().ToDictionary(
                variable => variable.Key, variable => variable.Value is JsonValue value && value.TryGetValue<string>(out var plain) ? plain : variable.Value?.ToJsonString() ?? "", StringComparer.Ordinal);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new TaskFailure($"Input '{input}' must be a JSON object of variables such as {{\"COUNTRY\": \"DE\"}}.", retryable: false, inner: error);
        }
    }
}
