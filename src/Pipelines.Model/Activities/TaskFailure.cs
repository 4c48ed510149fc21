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
}
