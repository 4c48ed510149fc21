using System.Text.Json;
using System.Text.Json.Serialization;
using Pipelines.Model.Callbacks;

namespace Pipelines.Storage.Callbacks;

/// <summary>A callback to be stored with the end that calls for it.</summary>
/// <param name="DagRunId">The run.</param>
/// <param name="DagVersionId">The version whose notifiers it has.</param>
/// <param name="Moment">What it is about.</param>
/// <param name="Notifiers">How many; at least one.</param>
public sealed record NewCallback(long DagRunId, long DagVersionId, CallbackMoment Moment, int Notifiers)
{
    /// <summary>The task instance; null: it is the DAG's.</summary>
    public long? TaskInstanceId { get; init; }

    /// <summary>Of the attempt whose log tells of it; null exactly when <see cref="TaskInstanceId"/> is.</summary>
    public long? Token { get; init; }

    /// <summary>Workers of this queue come first; null: any.</summary>
    public string? Queue { get; init; }
}

/// <summary>A callback that is owed.</summary>
public sealed record OwedCallback
{
    public required long Id { get; init; }

    public required long DagRunId { get; init; }

    /// <summary>Null: it is the DAG's.</summary>
    public long? TaskInstanceId { get; init; }

    public long? Token { get; init; }

    public required long DagVersionId { get; init; }

    public required CallbackMoment Moment { get; init; }

    /// <summary>Places of the notifiers that have not told yet, in their order.</summary>
    public required IReadOnlyList<int> Todo { get; init; }

    /// <summary>How often deliveries have failed and were put off.</summary>
    public required int Tries { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    /// <summary>Under which it was taken.</summary>
    public required long Claim { get; init; }
}

/// <summary>Table <c>callback</c>: an outbox. Who takes one may die at any moment; then another takes it, so that each notifier is called at least once.</summary>
public static class CallbackTable
{
    private const string Columns = "c.id, c.dag_run_id, c.task_instance_id, c.token, c.dag_version_id, c.moment::text AS moment, c.todo, c.tries, c.due_at, c.claim";

    private const string Add =
        """
        INSERT INTO pipelines.callback (dag_run_id, task_instance_id, token, dag_version_id, moment, todo, queue, due_at)
        VALUES (@DagRunId, @TaskInstanceId, @Token, @DagVersionId, @moment::json, @todo, @Queue, @now)
        """;

    // A queue that has lost its last worker keeps nobody from hearing of it. Runs of dags test are carried in a terminal.
    private const string Take =
        $"""
        WITH due AS (
            SELECT c.id FROM pipelines.callback c JOIN pipelines.dag_run r ON r.id = c.dag_run_id
            WHERE c.due_at <= @now AND r.triggered_by <> 'test' AND (c.queue IS NULL OR c.queue = ANY(@queues) OR c.due_at <= @now::timestamptz - interval '1 minute')
            ORDER BY c.due_at, c.id LIMIT @limit FOR NO KEY UPDATE OF c SKIP LOCKED
        )
        UPDATE pipelines.callback c SET due_at = @until, claim = claim + 1 FROM due WHERE c.id = due.id RETURNING {Columns}
        """;

    private const string TakeOfRun =
        $"""
        WITH due AS (SELECT id FROM pipelines.callback WHERE due_at <= @now AND dag_run_id = @dagRunId ORDER BY due_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
        UPDATE pipelines.callback c SET due_at = @until, claim = claim + 1 FROM due WHERE c.id = due.id RETURNING {Columns}
        """;

    private const string OfRun = $"SELECT {Columns} FROM pipelines.callback c WHERE dag_run_id = @dagRunId ORDER BY id";

    private const string PutOff = "UPDATE pipelines.callback SET todo = @todo, due_at = @until, tries = @tries WHERE id = @Id AND claim = @Claim";

    private const string End = "DELETE FROM pipelines.callback WHERE id = @Id AND claim = @Claim";

    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Stores what is owed from now on and tells the workers, both with the commit.</summary>
    public static async Task AddAsync(Transaction tx, IReadOnlyCollection<NewCallback> callbacks, DateTimeOffset now)
    {
        if (callbacks.Count == 0) return;
        foreach (var owed in callbacks)
        {
            await tx.ExecuteAsync(Add, new
            {
                owed.DagRunId,
                owed.TaskInstanceId,
                owed.Token,
                owed.DagVersionId,
                moment = JsonSerializer.Serialize(owed.Moment, Json),
                todo = Enumerable.Range(0, owed.Notifiers).ToArray(),
                owed.Queue,
                now,
            });
        }

        await tx.NotifyAsync(Topic.CallbackOwed, "");
    }

    /// <summary>Takes what is due, who waits longest first; not of runs of <c>dags test</c>.</summary>
    /// <param name="tx">The transaction.</param>
    /// <param name="queues">The worker's; of others what has waited for a minute.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="now">The current instant.</param>
    /// <param name="until">When another may take it, if nothing is heard before.</param>
    public static async Task<IReadOnlyList<OwedCallback>> TakeAsync(Transaction tx, IReadOnlyList<string> queues, int limit, DateTimeOffset now, DateTimeOffset until) =>
        [.. (await tx.QueryAsync<Row>(Take, new { queues = queues.ToArray(), limit, now, until })).OrderBy(row => row.Id).Select(row => row.ToOwed())];

    /// <summary>As <see cref="TakeAsync"/>, the next of one run; null: nothing is due.</summary>
    public static async Task<OwedCallback?> TakeOfRunAsync(Transaction tx, long dagRunId, DateTimeOffset now, DateTimeOffset until) =>
        (await tx.FindAsync<Row>(TakeOfRun, new { dagRunId, now, until }))?.ToOwed();

    /// <summary>What is still owed of a run.</summary>
    public static async Task<IReadOnlyList<OwedCallback>> OfRunAsync(Transaction tx, long dagRunId) =>
        [.. (await tx.QueryAsync<Row>(OfRun, new { dagRunId })).Select(row => row.ToOwed())];

    /// <summary>Keeps it, or gives it back, until a moment.</summary>
    /// <param name="tx">The transaction.</param>
    /// <param name="owed">As it was taken.</param>
    /// <param name="todo">What is left to do; at least one place.</param>
    /// <param name="tries">See <see cref="OwedCallback.Tries"/>.</param>
    /// <param name="until">When somebody may take it.</param>
    /// <returns>False: another has taken it meanwhile, or it is gone with its run.</returns>
    public static async Task<bool> PutOffAsync(Transaction tx, OwedCallback owed, IReadOnlyList<int> todo, int tries, DateTimeOffset until) =>
        await tx.ExecuteAsync(PutOff, new { owed.Id, owed.Claim, todo = todo.ToArray(), tries, until }) == 1;

    /// <summary>Nothing is owed any more. False as there.</summary>
    public static async Task<bool> EndAsync(Transaction tx, OwedCallback owed) => await tx.ExecuteAsync(End, new { owed.Id, owed.Claim }) == 1;

    private sealed class Row
    {
        public long Id { get; init; }

        public long DagRunId { get; init; }

        public long? TaskInstanceId { get; init; }

        public long? Token { get; init; }

        public long DagVersionId { get; init; }

        public required string Moment { get; init; }

        public required int[] Todo { get; init; }

        public int Tries { get; init; }

        public DateTimeOffset DueAt { get; init; }

        public long Claim { get; init; }

        public OwedCallback ToOwed() => new()
        {
            Id = Id,
            DagRunId = DagRunId,
            TaskInstanceId = TaskInstanceId,
            Token = Token,
            DagVersionId = DagVersionId,
            Moment = JsonSerializer.Deserialize<CallbackMoment>(Moment, Json)!,
            Todo = Todo,
            Tries = Tries,
            DueAt = DueAt,
            Claim = Claim,
        };
    }
}
