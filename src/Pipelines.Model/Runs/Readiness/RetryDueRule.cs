using System.Globalization;

namespace Pipelines.Model.Runs.Readiness;

/// <summary>After a failed attempt the next one waits for its moment. Due at that moment, not after it, so that a wake-up at it is not in vain.</summary>
public static class RetryDueRule
{
    /// <summary>Judges by the clock; passes when no moment is set (a task cleared while it ran).</summary>
    public static ReadinessAnswer Judge(TaskInstance task, DateTimeOffset now) =>
        task.State == TaskState.UpForRetry && task.NextRetryAt > now
            ? new(ReadinessVerdict.Waiting, string.Create(
                CultureInfo.InvariantCulture,
                $"waits for its retry at {task.NextRetryAt.Value.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC (attempt {task.TryNumber + 1} of {Math.Max(task.MaxTries, task.TryNumber) + 1})"))
            : new(ReadinessVerdict.Passed, "its retry is due");
}
