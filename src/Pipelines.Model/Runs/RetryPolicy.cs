using System.Globalization;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Runs;

/// <summary>What follows a failed attempt.</summary>
/// <param name="Event"><see cref="TaskEvent.Failed"/> or <see cref="TaskEvent.FailedForGood"/>.</param>
/// <param name="NextRetryAt">When the next attempt may start; null when none follows.</param>
/// <param name="Reason">Why, in words for the user.</param>
public sealed record RetryDecision(TaskEvent Event, DateTimeOffset? NextRetryAt, string Reason);

/// <summary>Airflow's retry rules (airflow-semantics.md §5, §5.1): deterministic, since the jitter is a hash.</summary>
public static class RetryPolicy
{
    /// <summary>No delay with backoff is longer (core.max_task_retry_delay).</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromHours(24);

    /// <summary>Decides whether and when the next attempt follows.</summary>
    /// <param name="task">The task's settings.</param>
    /// <param name="run">Its run.</param>
    /// <param name="instance">Try number and max tries of the attempt that failed.</param>
    /// <param name="failure">What the activity said; null for any other exception or a lost worker, which may be retried.</param>
    /// <param name="endedAt">When the attempt ended.</param>
    public static RetryDecision Decide(DagTask task, DagRun run, TaskInstance instance, TaskFailure? failure, DateTimeOffset endedAt)
    {
        if (failure is { Retryable: false })
        {
            return new(TaskEvent.FailedForGood, null, "the failure is one that another attempt cannot help");
        }

        if (!HasAttemptsLeft(task, instance))
        {
            return new(TaskEvent.FailedForGood, null, task.Retries <= 0 ? "the task has no retries" : $"no attempt is left after attempt {instance.TryNumber}");
        }

        var delay = Delay(task, run.DagId, run.LogicalDate, instance.TryNumber);
        var at = endedAt + (failure?.RetryAfter > delay ? failure.RetryAfter.Value : delay);
        return new(TaskEvent.Failed, at, string.Create(
            CultureInfo.InvariantCulture,
            $"attempt {instance.TryNumber} of {instance.MaxTries + 1} failed; the next starts at {at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"));
    }

    /// <summary>True when another attempt may follow the one with this try number.</summary>
    public static bool HasAttemptsLeft(DagTask task, TaskInstance instance) => task.Retries > 0 && instance.TryNumber <= instance.MaxTries;

    /// <summary>Time from the end of an attempt to the next.</summary>
    /// <param name="task">The task's settings.</param>
    /// <param name="dagId">Part of the jitter.</param>
    /// <param name="logicalDate">Part of the jitter.</param>
    /// <param name="tryNumber">The attempt that failed, from 1; it keeps growing over clears.</param>
    public static TimeSpan Delay(DagTask task, string dagId, DateTimeOffset? logicalDate, int tryNumber)
    {
        if (task.RetryExponentialBackoff is not (> 0 and not 1))
        {
            return task.RetryDelay;
        }

        var grown = Math.Ceiling(task.RetryDelay.TotalSeconds * Math.Pow(task.RetryExponentialBackoff, tryNumber - 1));
        var delay = grown >= LongestDelay.TotalSeconds ? LongestDelay : Jittered((long)Math.Max(1, grown), task, dagId, logicalDate, tryNumber);
        return task.MaxRetryDelay < delay ? task.MaxRetryDelay.Value : delay;
    }

    /// <summary>Between one and two times the base, so that tasks which failed together do not come back together.</summary>
    private static TimeSpan Jittered(long seconds, DagTask task, string dagId, DateTimeOffset? logicalDate, int tryNumber)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{dagId}#{task.TaskId}#{HashJitter.PythonText(logicalDate)}#{tryNumber}");
        var delay = TimeSpan.FromSeconds(HashJitter.Seconds(seconds, text));
        return delay < LongestDelay ? delay : LongestDelay;
    }
}
