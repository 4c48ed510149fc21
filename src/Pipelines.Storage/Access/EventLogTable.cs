namespace Pipelines.Storage.Access;

/// <summary>Something that a person or the engine did.</summary>
/// <param name="Name">What, in snake_case, e.g. <c>trigger_dag_run</c>.</param>
/// <param name="Owner">Who: a user name, or <c>scheduler</c>, <c>worker</c>.</param>
public sealed record Event(string Name, string Owner)
{
    /// <summary>Grows with time; 0 before it is stored.</summary>
    public long Id { get; init; }

    public DateTimeOffset LoggedAt { get; init; }

    public string? DagId { get; init; }

    public string? RunId { get; init; }

    public string? TaskId { get; init; }

    public int? MapIndex { get; init; }

    /// <summary>Details in words or JSON.</summary>
    public string? Extra { get; init; }
}

/// <summary>Which events to list. Null: any.</summary>
public sealed record EventFilter
{
    public string? Owner { get; init; }

    public string? Event { get; init; }

    public string? DagId { get; init; }

    /// <summary>At or after.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before.</summary>
    public DateTimeOffset? To { get; init; }
}

/// <summary>Table <c>event_log</c>.</summary>
public static class EventLogTable
{
    private const string Add =
        """
        INSERT INTO pipelines.event_log (logged_at, event, owner, dag_id, run_id, task_id, map_index, extra)
        VALUES (@now, @Name, @Owner, @DagId, @RunId, @TaskId, @MapIndex, @Extra)
        """;

    private const string Newest =
        """
        SELECT id, event AS name, owner, logged_at, dag_id, run_id, task_id, map_index, extra
        FROM pipelines.event_log ORDER BY id DESC LIMIT @limit
        """;

    private const string Page =
        """
        SELECT id, event AS name, owner, logged_at, dag_id, run_id, task_id, map_index, extra FROM pipelines.event_log
        WHERE id < @before AND (@owner::text IS NULL OR owner = @owner) AND (@name::text IS NULL OR event = @name) AND (@dagId::text IS NULL OR dag_id = @dagId)
          AND (@from::timestamptz IS NULL OR logged_at >= @from) AND (@to::timestamptz IS NULL OR logged_at < @to)
        ORDER BY id DESC LIMIT @limit
        """;

    private const string OfRun =
        """
        SELECT id, event AS name, owner, logged_at, dag_id, run_id, task_id, map_index, extra FROM pipelines.event_log
        WHERE dag_id = @dagId AND run_id = @runId AND event = ANY(@names) ORDER BY id
        """;

    private const string Names = "SELECT DISTINCT event FROM (SELECT event FROM pipelines.event_log ORDER BY id DESC LIMIT 5000) recent ORDER BY event";

    public static Task AddAsync(Transaction tx, Event entry, DateTimeOffset now) => tx.ExecuteAsync(Add, new
    {
        now,
        entry.Name,
        entry.Owner,
        entry.DagId,
        entry.RunId,
        entry.TaskId,
        entry.MapIndex,
        entry.Extra,
    });

    /// <summary>The newest first.</summary>
    public static async Task<IReadOnlyList<Event>> NewestAsync(Transaction tx, int limit) =>
        [.. (await tx.QueryAsync<Row>(Newest, new { limit })).Select(row => row.ToEvent())];

    /// <summary>Events that pass the filter, the newest first.</summary>
    /// <param name="before">For the next page: the smallest id of this one.</param>
    public static async Task<IReadOnlyList<Event>> PageAsync(Transaction tx, EventFilter filter, int limit, long before = long.MaxValue) =>
        [.. (await tx.QueryAsync<Row>(Page, new
        {
            before,
            limit,
            owner = filter.Owner,
            name = filter.Event,
            dagId = filter.DagId,
            from = filter.From,
            to = filter.To,
        })).Select(row => row.ToEvent())];

    /// <summary>Events of these names about a run, the oldest first.</summary>
    public static async Task<IReadOnlyList<Event>> OfRunAsync(Transaction tx, string dagId, string runId, IReadOnlyCollection<string> names) =>
        [.. (await tx.QueryAsync<Row>(OfRun, new { dagId, runId, names = names.ToArray() })).Select(row => row.ToEvent())];

    /// <summary>Names of the events of late, for a filter's choices.</summary>
    public static Task<IReadOnlyList<string>> NamesAsync(Transaction tx) => tx.QueryAsync<string>(Names);

    private sealed class Row
    {
        public long Id { get; init; }

        public required string Name { get; init; }

        public required string Owner { get; init; }

        public DateTimeOffset LoggedAt { get; init; }

        public string? DagId { get; init; }

        public string? RunId { get; init; }

        public string? TaskId { get; init; }

        public int? MapIndex { get; init; }

        public string? Extra { get; init; }

        public Event ToEvent() => new(Name, Owner)
        {
            Id = Id,
            LoggedAt = LoggedAt,
            DagId = DagId,
            RunId = RunId,
            TaskId = TaskId,
            MapIndex = MapIndex,
            Extra = Extra,
        };
    }
}
