namespace Pipelines.Model.Dags;

/// <summary>Airflow's rule for dag_id and task_id (airflow-semantics.md §1, §5).</summary>
public static class AirflowKey
{
    /// <summary>The longest key, in characters.</summary>
    public const int MaxLength = 250;

    /// <summary>True for 1–250 ASCII letters, digits, '-', '.', '_'.</summary>
    public static bool IsValid(string key) => key.Length is > 0 and <= MaxLength && key.All(IsAllowed);

    /// <summary>What is wrong with an invalid key, in words, e.g. <c>contains ' '</c>.</summary>
    internal static string Fault(string key) => key.Length == 0 ? "is empty"
        : key.Length > MaxLength ? $"has {key.Length} characters"
        : $"contains '{key.First(c => !IsAllowed(c))}'";

    /// <summary>The rule, as told to users.</summary>
    internal const string Rule = "Use 1 to 250 letters, digits, '-', '.' or '_'.";

    private static bool IsAllowed(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_';
}
