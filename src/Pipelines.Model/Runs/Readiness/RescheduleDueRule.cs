using System.Globalization;

namespace Pipelines.Model.Runs.Readiness;

/// <summary>Between two pokes a sensor waits for its moment (airflow-semantics.md §13). Due at that moment, not after it, as in <see cref="RetryDueRule"/>.</summary>
public static class RescheduleDueRule
{
    /// <summary>Judges by the clock.</summary>
    public static ReadinessAnswer Judge(TaskInstance task, DateTimeOffset now) =>
        task.State == TaskState.UpForReschedule && task.RescheduleDate is { } at && at > now
            ? new(ReadinessVerdict.Waiting, Words(at))
            : new(ReadinessVerdict.Passed, "its next poke is due");

    /// <summary>What a task instance waits for that goes on at a moment.</summary>
    public static string Words(DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"waits for its next poke at {at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
}
