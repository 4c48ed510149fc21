using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>A row of <c>task_instance</c> on its way to the Model's type.</summary>
internal class TaskInstanceRow
{
    public const string Columns =
        """
        ti.id, ti.dag_run_id, ti.task_id, ti.map_index, ti.state, ti.try_number, ti.max_tries, ti.token, ti.next_retry_at, ti.start_date,
        ti.end_date, ti.reason, ti.error, ti.hangfire_job_id, ti.reschedule_date, ti.first_reschedule, ti.attempt_goes_on, ti.rendered_map_index
        """;

    public long Id { get; init; }

    public long DagRunId { get; init; }

    public string TaskId { get; init; } = "";

    public int MapIndex { get; init; }

    public string State { get; init; } = "";

    public int TryNumber { get; init; }

    public int MaxTries { get; init; }

    public long Token { get; init; }

    public DateTimeOffset? NextRetryAt { get; init; }

    public DateTimeOffset? RescheduleDate { get; init; }

    public DateTimeOffset? FirstReschedule { get; init; }

    public bool AttemptGoesOn { get; init; }

    public DateTimeOffset? StartDate { get; init; }

    public DateTimeOffset? EndDate { get; init; }

    public string? Reason { get; init; }

    public string? Error { get; init; }

    public string? HangfireJobId { get; init; }

    public string? RenderedMapIndex { get; init; }

    public TaskInstance ToTaskInstance() => new()
    {
        Id = Id,
        DagRunId = DagRunId,
        TaskId = TaskId,
        MapIndex = MapIndex,
        State = StateNames.Parse<TaskState>(State),
        TryNumber = TryNumber,
        MaxTries = MaxTries,
        Token = Token,
        NextRetryAt = NextRetryAt,
        RescheduleDate = RescheduleDate,
        FirstReschedule = FirstReschedule,
        AttemptGoesOn = AttemptGoesOn,
        StartDate = StartDate,
        EndDate = EndDate,
        Reason = Reason,
        Error = Error,
        HangfireJobId = HangfireJobId,
        RenderedMapIndex = RenderedMapIndex,
    };
}
