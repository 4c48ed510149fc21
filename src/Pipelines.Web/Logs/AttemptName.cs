using Pipelines.Storage.Runs;

namespace Pipelines.Web.Logs;

/// <summary>
/// Attempts of a task as URLs name them: <c>2</c> by the number of the try. A try that a stopping worker hands back is claimed again under
/// its number; the earlier claim is <c>2.5</c>, with its token.
/// </summary>
internal static class AttemptName
{
    /// <summary>The shortest name.</summary>
    /// <param name="attempt">Which.</param>
    /// <param name="all">All of its task instance, the oldest first.</param>
    public static string Of(TaskAttempt attempt, IReadOnlyList<TaskAttempt> all) => WasHandedBack(attempt, all) ? Exact(attempt) : FormattableString.Invariant($"{attempt.TryNumber}");

    /// <summary>True when its try has been claimed again since.</summary>
    public static bool WasHandedBack(TaskAttempt attempt, IReadOnlyList<TaskAttempt> all) => all.Any(other => other.TryNumber == attempt.TryNumber && other.Token > attempt.Token);

    /// <summary>The attempt of this name; null or empty: the latest. Null when there is none.</summary>
    public static TaskAttempt? Find(IReadOnlyList<TaskAttempt> all, string? name) =>
        all.LastOrDefault(attempt => string.IsNullOrEmpty(name) || name == FormattableString.Invariant($"{attempt.TryNumber}") || name == Exact(attempt));

    private static string Exact(TaskAttempt attempt) => FormattableString.Invariant($"{attempt.TryNumber}.{attempt.Token}");
}
