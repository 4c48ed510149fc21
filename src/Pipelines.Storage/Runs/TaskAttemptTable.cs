using System.Text.Json;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>One attempt at a task instance, running, waiting or past.</summary>
public sealed record TaskAttempt
{
    public required long Id { get; init; }

    public required long TaskInstanceId { get; init; }

    public required int TryNumber { get; init; }

    /// <summary>Of its latest claim.</summary>
    public required long Token { get; init; }

    public required string Worker { get; init; }

    public string? HangfireJobId { get; init; }

    /// <summary>Running, up_for_reschedule, success, failed or skipped.</summary>
    public required TaskState State { get; init; }

    public required DateTimeOffset StartDate { get; init; }

    /// <summary>Null: it runs, or goes on later.</summary>
    public DateTimeOffset? EndDate { get; init; }

    public string? Error { get; init; }

    /// <summary>The failure's message part by part; empty: the message alone.</summary>
    public IReadOnlyList<FailureFact> Facts { get; init; } = [];

    public required TaskProgress Progress { get; init; }

    /// <summary>A JSON object of texts by input; null before they were rendered.</summary>
    public string? RenderedInputs { get; init; }
}

/// <summary>Table <c>task_attempt</c>.</summary>
public static class TaskAttemptTable
{
    private const string Columns =
        """
        a.id, a.task_instance_id, a.try_number, a.token, a.worker, a.hangfire_job_id, a.state, a.start_date, a.end_date, a.error, a.error_facts::text AS error_facts,
        a.progress_rows, a.progress_bytes, a.progress_files, a.rendered_inputs::text AS rendered_inputs
        """;

    private const string Find = $"SELECT {Columns} FROM pipelines.task_attempt a WHERE id = @id";

    private const string OfTaskInstance = $"SELECT {Columns} FROM pipelines.task_attempt a WHERE task_instance_id = @taskInstanceId ORDER BY token";

    private const string OfRun =
        $"""
        SELECT {Columns} FROM pipelines.task_instance ti JOIN pipelines.task_attempt a ON a.task_instance_id = ti.id
        WHERE ti.dag_run_id = @dagRunId ORDER BY a.id
        """;

    private const string LatestOfRun =
        $"""
        SELECT {Columns} FROM pipelines.task_instance ti
        JOIN pipelines.task_attempt a ON a.task_instance_id = ti.id AND a.token = ti.token
        WHERE ti.dag_run_id = @dagRunId
        """;

    private const string SetProgress =
        """
        UPDATE pipelines.task_attempt SET progress_rows = @Rows, progress_bytes = @Bytes, progress_files = @Files
        WHERE task_instance_id = @taskInstanceId AND token = @token AND end_date IS NULL
        """;

    private const string SetRenderedInputs =
        """
        UPDATE pipelines.task_attempt SET rendered_inputs = @json::json
        WHERE task_instance_id = @taskInstanceId AND token = @token AND end_date IS NULL
        """;

    /// <summary>Null when unknown.</summary>
    public static async Task<TaskAttempt?> FindAsync(Transaction tx, long id) => (await tx.FindAsync<Row>(Find, new { id }))?.ToAttempt();

    /// <summary>All of a task instance, the oldest first.</summary>
    public static async Task<IReadOnlyList<TaskAttempt>> OfTaskInstanceAsync(Transaction tx, long taskInstanceId) =>
        [.. (await tx.QueryAsync<Row>(OfTaskInstance, new { taskInstanceId })).Select(row => row.ToAttempt())];

    /// <summary>All of all tasks of a run, in the order they began.</summary>
    public static async Task<IReadOnlyList<TaskAttempt>> OfRunAsync(Transaction tx, long dagRunId) =>
        [.. (await tx.QueryAsync<Row>(OfRun, new { dagRunId })).Select(row => row.ToAttempt())];

    /// <summary>The latest attempt of each task instance of a run that has one, by task instance.</summary>
    public static async Task<IReadOnlyDictionary<long, TaskAttempt>> LatestOfRunAsync(Transaction tx, long dagRunId) =>
        (await tx.QueryAsync<Row>(LatestOfRun, new { dagRunId })).ToDictionary(row => row.TaskInstanceId, row => row.ToAttempt());

    /// <summary>False when refused: the attempt has ended.</summary>
    public static async Task<bool> SetProgressAsync(Transaction tx, long taskInstanceId, long token, TaskProgress progress) =>
        await tx.ExecuteAsync(SetProgress, new { taskInstanceId, token, progress.Rows, progress.Bytes, progress.Files }) == 1;

    /// <summary>False when refused: the attempt has ended.</summary>
    /// <param name="json">A JSON object of texts by input, without secrets.</param>
    public static async Task<bool> SetRenderedInputsAsync(Transaction tx, long taskInstanceId, long token, string json) =>
        await tx.ExecuteAsync(SetRenderedInputs, new { taskInstanceId, token, json }) == 1;

    private sealed class Row
    {
        public long Id { get; init; }

        public long TaskInstanceId { get; init; }

        public int TryNumber { get; init; }

        public long Token { get; init; }

        public string Worker { get; init; } = "";

        public string? HangfireJobId { get; init; }

        public string State { get; init; } = "";

        public DateTimeOffset StartDate { get; init; }

        public DateTimeOffset? EndDate { get; init; }

        public string? Error { get; init; }

        public string? ErrorFacts { get; init; }

        public long ProgressRows { get; init; }

        public long ProgressBytes { get; init; }

        public int ProgressFiles { get; init; }

        public string? RenderedInputs { get; init; }

        public TaskAttempt ToAttempt() => new()
        {
            Id = Id,
            TaskInstanceId = TaskInstanceId,
            TryNumber = TryNumber,
            Token = Token,
            Worker = Worker,
            HangfireJobId = HangfireJobId,
            State = StateNames.Parse<TaskState>(State),
            StartDate = StartDate,
            EndDate = EndDate,
            Error = Error,
            Facts = ErrorFacts is null ? [] : JsonSerializer.Deserialize<List<FailureFact>>(ErrorFacts)!,
            Progress = new TaskProgress(ProgressRows, ProgressBytes, ProgressFiles),
            RenderedInputs = RenderedInputs,
        };
    }
}
