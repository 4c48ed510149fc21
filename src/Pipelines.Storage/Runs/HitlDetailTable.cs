using System.Text.Json.Nodes;
using Pipelines.Model.Hitl;
using Pipelines.Model.Params;

namespace Pipelines.Storage.Runs;

/// <summary>Table <c>hitl_detail</c>: what tasks ask people (airflow-semantics.md §23). It goes with the attempt.</summary>
public static class HitlDetailTable
{
    private const string Columns =
        """
        h.attempt_id, a.try_number, h.subject, h.body, h.options, h.defaults, h.multiple, h.params::text AS params, h.assigned_users, h.created_at, h.respond_by,
        h.responded_at, h.responded_by, h.chosen_options, h.params_input::text AS params_input
        """;

    // An attempt may ask again.
    private const string Ask =
        """
        INSERT INTO pipelines.hitl_detail (attempt_id, subject, body, options, defaults, multiple, params, assigned_users, created_at, respond_by)
        VALUES (@attemptId, @subject, @body, @options, @defaults, @multiple, @parameters::json, @assignedUsers, @now, @respondBy)
        ON CONFLICT (attempt_id) DO UPDATE SET subject = excluded.subject, body = excluded.body, options = excluded.options, defaults = excluded.defaults,
            multiple = excluded.multiple, params = excluded.params, assigned_users = excluded.assigned_users, created_at = excluded.created_at,
            respond_by = excluded.respond_by, responded_at = NULL, responded_by = NULL, chosen_options = NULL, params_input = NULL
        """;

    private const string Detail = $"SELECT {Columns} FROM pipelines.hitl_detail h JOIN pipelines.task_attempt a ON a.id = h.attempt_id";

    private const string OfAttempt = $"{Detail} WHERE h.attempt_id = @attemptId";

    private const string OfTaskInstance = $"{Detail} WHERE a.task_instance_id = @taskInstanceId ORDER BY a.id DESC LIMIT 1";

    private const string Respond =
        """
        UPDATE pipelines.hitl_detail SET responded_at = @respondedAt, responded_by = @respondedBy, chosen_options = @chosenOptions, params_input = @paramsInput::json
        WHERE attempt_id = @attemptId AND responded_at IS NULL
        """;

    private const string Where =
        """
        FROM pipelines.hitl_detail h JOIN pipelines.task_attempt a ON a.id = h.attempt_id JOIN pipelines.task_instance ti ON ti.id = a.task_instance_id
        JOIN pipelines.dag_run r ON r.id = ti.dag_run_id
        """;

    // What was cleared or marked meanwhile asks no more, though it was never answered.
    private const string Asks = "h.responded_at IS NULL AND ti.state = 'deferred' AND a.token = ti.token";

    private const string Action = $"SELECT {Columns}, r.dag_id, r.run_id, ti.task_id, ti.map_index, ti.rendered_map_index {Where}";

    private const string Asking = $"{Action} WHERE {Asks} AND (@dagId::text IS NULL OR r.dag_id = @dagId) ORDER BY h.created_at, h.attempt_id LIMIT @limit OFFSET @offset";

    private const string Answered = $"{Action} WHERE h.responded_at IS NOT NULL AND (@dagId::text IS NULL OR r.dag_id = @dagId) ORDER BY h.responded_at DESC, h.attempt_id DESC LIMIT @limit OFFSET @offset";

    private const string CountAsking = $"SELECT count(*) {Where} WHERE {Asks}";

    /// <summary>Stores what an attempt that has just been deferred asks.</summary>
    /// <param name="tx">The transaction.</param>
    /// <param name="attemptId">Which attempt.</param>
    /// <param name="question">What it asks.</param>
    /// <param name="asked">The params that it asks for.</param>
    /// <param name="now">The current instant.</param>
    /// <param name="limit">How long people have; null: without end.</param>
    public static Task AskAsync(Transaction tx, long attemptId, HitlQuestion question, DagParams asked, DateTimeOffset now, TimeSpan? limit) => tx.ExecuteAsync(Ask, new
    {
        attemptId,
        question.Subject,
        question.Body,
        options = question.Options.ToArray(),
        defaults = question.Defaults.ToArray(),
        question.Multiple,
        parameters = asked.ToJson().ToJsonString(),
        assignedUsers = question.AssignedUsers.ToArray(),
        now,
        respondBy = now + limit,
    });

    /// <summary>What an attempt asks or has asked; null: nothing.</summary>
    public static async Task<HitlDetail?> OfAttemptAsync(Transaction tx, long attemptId) => (await tx.FindAsync<Row>(OfAttempt, new { attemptId }))?.ToDetail();

    /// <summary>What a task instance asked last; null: nothing yet.</summary>
    public static async Task<HitlDetail?> OfTaskInstanceAsync(Transaction tx, long taskInstanceId) => (await tx.FindAsync<Row>(OfTaskInstance, new { taskInstanceId }))?.ToDetail();

    /// <summary>Stores an answer. Lock the run first.</summary>
    /// <returns>False: there is one.</returns>
    public static async Task<bool> RespondAsync(Transaction tx, long attemptId, HitlResponse response) => await tx.ExecuteAsync(Respond, new
    {
        attemptId,
        response.RespondedAt,
        response.RespondedBy,
        chosenOptions = response.ChosenOptions.ToArray(),
        paramsInput = response.ParamsInput.ToJsonString(),
    }) == 1;

    /// <summary>What waits for an answer, the oldest first.</summary>
    /// <param name="tx">The transaction.</param>
    /// <param name="dagId">Of which DAG; null: of all.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="offset">After so many.</param>
    public static async Task<IReadOnlyList<HitlAction>> AskingAsync(Transaction tx, string? dagId, int limit, int offset = 0) =>
        [.. (await tx.QueryAsync<Row>(Asking, new { dagId, limit, offset })).Select(row => row.ToAction())];

    /// <summary>What was answered, the latest first; otherwise as <see cref="AskingAsync"/>.</summary>
    public static async Task<IReadOnlyList<HitlAction>> AnsweredAsync(Transaction tx, string? dagId, int limit, int offset = 0) =>
        [.. (await tx.QueryAsync<Row>(Answered, new { dagId, limit, offset })).Select(row => row.ToAction())];

    /// <summary>How many wait for an answer.</summary>
    public static Task<long> CountAskingAsync(Transaction tx) => tx.SingleAsync<long>(CountAsking);

    private sealed class Row
    {
        public long AttemptId { get; init; }

        public string Subject { get; init; } = "";

        public string? Body { get; init; }

        public string[] Options { get; init; } = [];

        public string[] Defaults { get; init; } = [];

        public bool Multiple { get; init; }

        public string Params { get; init; } = "";

        public string[] AssignedUsers { get; init; } = [];

        public DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset? RespondBy { get; init; }

        public DateTimeOffset? RespondedAt { get; init; }

        public string? RespondedBy { get; init; }

        public string[]? ChosenOptions { get; init; }

        public string? ParamsInput { get; init; }

        public string DagId { get; init; } = "";

        public string RunId { get; init; } = "";

        public string TaskId { get; init; } = "";

        public int MapIndex { get; init; }

        public string? RenderedMapIndex { get; init; }

        public int TryNumber { get; init; }

        public HitlDetail ToDetail() => new()
        {
            AttemptId = AttemptId,
            TryNumber = TryNumber,
            Question = new HitlQuestion(Subject, Options) { Body = Body, Defaults = Defaults, Multiple = Multiple, AssignedUsers = AssignedUsers },
            Params = DagParams.Stored(Params),
            CreatedAt = CreatedAt,
            RespondBy = RespondBy,
            Response = RespondedAt is { } at ? new HitlResponse(ChosenOptions!, (JsonObject)JsonNode.Parse(ParamsInput!)!, at, RespondedBy) : null,
        };

        public HitlAction ToAction() => new()
        {
            Detail = ToDetail(),
            DagId = DagId,
            RunId = RunId,
            TaskId = TaskId,
            MapIndex = MapIndex,
            RenderedMapIndex = RenderedMapIndex,
        };
    }
}
