namespace Pipelines.Storage.Access;

/// <summary>Something that a person or the engine did.</summary>
/// <param name="Name">What, in snake_case, e.g. <c>trigger_dag_run</c>.</param>
/// <param name="Owner">Who: a user name, or <c>scheduler</c>, <c>worker</c>.</param>
public sealed record Event(string Name, string Owner)
{
    public DateTimeOffset LoggedAt { get; init; }

    public string? DagId { get; init; }

    public string? RunId { get; init; }

    public string? TaskId { get; init; }

    public int? MapIndex { get; init; }

    /// <summary>Details in words or JSON.</summary>
    public string? Extra { get; init; }
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
        SELECT event AS name, owner, logged_at, dag_id, run_id, task_id, map_index, extra
        FROM pipelines.event_log ORDER BY id DESC LIMIT @limit
        """;

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

    private sealed class Row
    {
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
            LoggedAt = LoggedAt,
            DagId = DagId,
            RunId = RunId,
            TaskId = TaskId,
            MapIndex = MapIndex,
            Extra = Extra,
        };
    }
}
