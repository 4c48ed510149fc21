namespace Pipelines.Model.Runs;

/// <summary>One task of one run.</summary>
public sealed record TaskInstance
{
    /// <summary>Our surrogate key; Hangfire jobs carry only this.</summary>
    public required long Id { get; init; }

    /// <summary>The run it belongs to.</summary>
    public required long DagRunId { get; init; }

    /// <summary>Which task.</summary>
    public required string TaskId { get; init; }

    /// <summary>-1 for a task that is not mapped.</summary>
    public int MapIndex { get; init; } = -1;

    /// <summary>Its state.</summary>
    public required TaskState State { get; init; }

    /// <summary>Number of the latest attempt; 0 before the first. Grows when the task becomes scheduled for a new attempt.</summary>
    public int TryNumber { get; init; }

    /// <summary>The last try number that may still be retried after; starts as the task's retries.</summary>
    public int MaxTries { get; init; }

    /// <summary>Fencing token of the latest claim; 0 before the first.</summary>
    public long Token { get; init; }

    /// <summary>Not scheduled before this moment while up_for_retry; null otherwise.</summary>
    public DateTimeOffset? NextRetryAt { get; init; }

    /// <summary>Not scheduled before this moment while up_for_reschedule; null otherwise (Airflow's reschedule_date).</summary>
    public DateTimeOffset? RescheduleDate { get; init; }

    /// <summary>
    /// Start of the first attempt that was rescheduled since the task instance was made or cleared; null: none was. A sensor's timeout counts
    /// from it, over all retries (airflow-semantics.md §13).
    /// </summary>
    public DateTimeOffset? FirstReschedule { get; init; }

    /// <summary>
    /// True: the latest attempt goes on when it is claimed next, with its try number, its start and its log. While a worker holds it: it has.
    /// </summary>
    public bool AttemptGoesOn { get; init; }

    /// <summary>Start of the latest attempt.</summary>
    public DateTimeOffset? StartDate { get; init; }

    /// <summary>End of the latest attempt.</summary>
    public DateTimeOffset? EndDate { get; init; }

    /// <summary>Why it is not running, in words; null when it is, or has ended.</summary>
    public string? Reason { get; init; }

    /// <summary>Message of the latest failure; null: none.</summary>
    public string? Error { get; init; }

    /// <summary>Hangfire's job id; null before it is first queued.</summary>
    public string? HangfireJobId { get; init; }

    /// <summary>What people call it, made of its task's map_index_template; null: its map index.</summary>
    public string? RenderedMapIndex { get; init; }

    /// <summary>What people call it within its run: <c>load</c>, or <c>load[3]</c> when it is mapped.</summary>
    public string Name => NameOf(TaskId, MapIndex);

    /// <summary>The name of a task instance within its run.</summary>
    public static string NameOf(string taskId, int mapIndex) => mapIndex < 0 ? taskId : $"{taskId}[{mapIndex}]";
}

/// <summary>Names one task instance to people and templates.</summary>
/// <param name="DagId">The DAG.</param>
/// <param name="RunId">The run.</param>
/// <param name="TaskId">The task.</param>
/// <param name="MapIndex">-1 when not mapped.</param>
public sealed record TaskInstanceKey(string DagId, string RunId, string TaskId, int MapIndex = -1)
{
    /// <summary><c>dag.task [run]</c>, the name of its Hangfire job.</summary>
    public override string ToString() => $"{DagId}.{TaskInstance.NameOf(TaskId, MapIndex)} [{RunId}]";
}
