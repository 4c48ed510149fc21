namespace Pipelines.Model.Activities;

/// <summary>An attempt failed in a way the activity understands.</summary>
/// <param name="message">What failed, where, and what to do next; shown to the user as it is. Holds no secret.</param>
/// <param name="retryable">False: another attempt cannot help (Airflow's AirflowFailException), so the task fails at once.</param>
/// <param name="retryAfter">The soonest moment, from now, at which a retry makes sense; null: the task's retry delay alone decides.</param>
/// <param name="inner">The cause, for the log.</param>
public sealed class TaskFailure(string message, bool retryable = true, TimeSpan? retryAfter = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>False: no retry.</summary>
    public bool Retryable { get; } = retryable;

    /// <summary>The soonest retry, from now.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>What the message says, part by part (table, column, row, value, cause, fix), for faces that label each; empty: the message alone. Holds no secret.</summary>
    public IReadOnlyList<FailureFact> Facts { get; init; } = [];
}

/// <summary>One part of what went wrong.</summary>
/// <param name="Name">What it is, for people, e.g. <c>Column</c>.</param>
/// <param name="Value">What it was; may hold anything that the source held.</param>
public sealed record FailureFact(string Name, string Value);
