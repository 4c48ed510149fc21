using System.Text.Json;
using System.Text.Json.Serialization;
using Pipelines.Model.Activities;

namespace Pipelines.Storage.Logs;

/// <summary>One line of a task's log.</summary>
public sealed record LogLine(
    [property: JsonPropertyName("t")] DateTimeOffset Time,
    [property: JsonPropertyName("l")] LogLevel Level,
    [property: JsonPropertyName("m")] string Message);

/// <summary>A piece of a log: its lines, and where the next piece starts.</summary>
/// <param name="NextChunk">To be passed as <c>fromChunk</c> of the next read.</param>
public sealed record LogPage(IReadOnlyList<LogLine> Lines, int NextChunk);

/// <summary>A stored chunk of a log. Numbers grow but may have gaps.</summary>
public sealed record LogChunk(int Number, IReadOnlyList<LogLine> Lines);

/// <summary>A chunk at the end of a log.</summary>
/// <param name="AttemptId">Whose.</param>
/// <param name="Part">0, 1 … after what is written.</param>
/// <param name="EncodedLines">See <see cref="LogTable.Encode"/>.</param>
public sealed record LogEnd(long AttemptId, int Part, IEnumerable<string> EncodedLines);

/// <summary>How long a log is.</summary>
public sealed record LogExtent
{
    /// <summary>Number of the last chunk; -1: nothing is written.</summary>
    public required int Last { get; init; }

    /// <summary>Bytes as stored, which is a little more than as read.</summary>
    public required long Bytes { get; init; }
}

/// <summary>Table <c>log_chunk</c>.</summary>
public static class LogTable
{
    /// <summary>Longest chunk in bytes of UTF-8, see <see cref="Encode"/>.</summary>
    public const int MaxChunkBytes = 64 * 1024;

    // All chunks of an attempt are of the day that it started on, so one partition is read.
    private const string Day = "(a.start_date AT TIME ZONE 'UTC')::date";

    private const string AfterTheLast = $"coalesce((SELECT max(chunk) + 1 FROM pipelines.log_chunk l WHERE l.attempt_id = a.id AND l.day = {Day}), 0)";

    // The attempt must be the latest of its task and still open: a zombie's lines are refused.
    private const string Append =
        $"""
        INSERT INTO pipelines.log_chunk (day, attempt_id, chunk, content)
        SELECT {Day}, a.id, @chunk, @content
        FROM pipelines.task_attempt a JOIN pipelines.task_instance ti ON ti.id = a.task_instance_id AND ti.token = a.token
        WHERE a.id = @attemptId AND a.end_date IS NULL
        """;

    // After whatever has been written, so that the end is the end also where somebody else has added a line.
    private const string AppendEnd =
        $"""
        INSERT INTO pipelines.log_chunk (day, attempt_id, chunk, content)
        SELECT {Day}, a.id, {AfterTheLast} + c.chunk, c.content
        FROM unnest(@attemptIds::bigint[], @chunks::integer[], @contents::text[]) AS c (attempt_id, chunk, content)
        JOIN pipelines.task_attempt a ON a.id = c.attempt_id AND a.end_date IS NULL
        JOIN pipelines.task_instance ti ON ti.id = a.task_instance_id AND ti.token = a.token
        """;

    private const string AppendTo =
        $"""
        INSERT INTO pipelines.log_chunk (day, attempt_id, chunk, content)
        SELECT {Day}, a.id, {AfterTheLast}, @content
        FROM pipelines.task_attempt a WHERE a.task_instance_id = @taskInstanceId
        """;

    // For the engine's own last words on an attempt that it has ended, e.g. "worker X stopped renewing its lease".
    private const string AppendLast = $"{AppendTo} AND a.token = @token";

    // An attempt that goes on after a wait has a new token, and the attempt after it has a greater one.
    private const string AppendAfterEnd = $"{AppendTo} AND a.token >= @token ORDER BY a.token LIMIT 1 RETURNING attempt_id";

    private const string Last = "SELECT max(chunk) FROM pipelines.log_chunk WHERE attempt_id = @attemptId";

    private const string Read =
        """
        SELECT chunk, content FROM pipelines.log_chunk
        WHERE attempt_id = @attemptId AND chunk >= @fromChunk ORDER BY chunk LIMIT @maxChunks
        """;

    // The running sum is of sizes only, so no content is read but that of the chunks that come back.
    private const string After =
        """
        SELECT chunk, content FROM (
            SELECT chunk, content, sum(octet_length(content)) OVER (ORDER BY chunk) - octet_length(content) AS skipped
            FROM pipelines.log_chunk WHERE attempt_id = @attemptId AND chunk >= @fromChunk ORDER BY chunk LIMIT @maxChunks) c
        WHERE skipped < @bytes ORDER BY chunk
        """;

    private const string Before =
        """
        SELECT chunk, content FROM (
            SELECT chunk, content, sum(octet_length(content)) OVER (ORDER BY chunk DESC) - octet_length(content) AS skipped
            FROM pipelines.log_chunk WHERE attempt_id = @attemptId AND chunk < @beforeChunk ORDER BY chunk DESC LIMIT @maxChunks) c
        WHERE skipped < @bytes ORDER BY chunk
        """;

    private const string Extent =
        """
        SELECT coalesce(max(chunk), -1) AS last, coalesce(sum(octet_length(content)), 0)::bigint AS bytes
        FROM pipelines.log_chunk WHERE attempt_id = @attemptId
        """;

    // A task that logs a line now and then has chunks of one line.
    private const int MaxChunksOfAPiece = 2000;

    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Longest message of a line in characters: one takes at most six bytes as JSON (\u0000), so a line fits into a chunk whatever it holds.</summary>
    public const int LongestMessage = 10_000;

    /// <summary>A line as it is stored, cut to <see cref="LongestMessage"/>; chunks are such texts joined by newlines, at most <see cref="MaxChunkBytes"/> long.</summary>
    public static string Encode(LogLine line) => JsonSerializer.Serialize(line.Message.Length <= LongestMessage ? line : line with { Message = Excerpt.Of(line.Message, LongestMessage) }, Json);

    /// <summary>A line as it was encoded.</summary>
    public static LogLine Decode(string line) => JsonSerializer.Deserialize<LogLine>(line, Json)!;

    /// <summary>Writes a chunk.</summary>
    /// <param name="chunk">0, 1, 2 … per attempt.</param>
    /// <param name="encodedLines">See <see cref="Encode"/>.</param>
    /// <returns>False when refused: the attempt has ended, or a newer one has begun.</returns>
    public static async Task<bool> AppendAsync(Transaction tx, long attemptId, int chunk, IEnumerable<string> encodedLines) =>
        await tx.ExecuteAsync(Append, new { attemptId, chunk, content = string.Join('\n', encodedLines) }) == 1;

    /// <summary>Writes the ends of logs, just before their attempts end; refuses those of attempts that have.</summary>
    public static Task AppendEndAsync(Transaction tx, IReadOnlyList<LogEnd> ends) => tx.ExecuteAsync(AppendEnd, new
    {
        attemptIds = ends.Select(end => end.AttemptId).ToArray(),
        chunks = ends.Select(end => end.Part).ToArray(),
        contents = ends.Select(end => string.Join('\n', end.EncodedLines)).ToArray(),
    });

    /// <summary>Adds the engine's own line to an attempt, also when it has ended.</summary>
    public static Task AppendLastAsync(Transaction tx, long taskInstanceId, long token, LogLine line) =>
        tx.ExecuteAsync(AppendLast, new { taskInstanceId, token, content = Encode(line) });

    /// <summary>Adds a chunk to an attempt that has ended, or that its worker has left to wait.</summary>
    /// <returns>The attempt; null: it is gone.</returns>
    public static Task<long?> AppendAfterEndAsync(Transaction tx, long taskInstanceId, long token, IReadOnlyList<string> encodedLines) =>
        tx.FindAsync<long?>(AppendAfterEnd, new { taskInstanceId, token, content = string.Join('\n', encodedLines) });

    /// <summary>The number that the next chunk of an attempt may have: 0 when it has none.</summary>
    public static async Task<int> NextChunkAsync(Transaction tx, long attemptId) => await tx.SingleAsync<int?>(Last, new { attemptId }) + 1 ?? 0;

    /// <summary>Reads on, also while the attempt runs; no lines: nothing new.</summary>
    public static async Task<LogPage> ReadAsync(Transaction tx, long attemptId, int fromChunk = 0, int maxChunks = 16)
    {
        var chunks = await tx.QueryAsync<(int Chunk, string Content)>(Read, new { attemptId, fromChunk, maxChunks });
        return new LogPage([.. chunks.SelectMany(row => DecodeAll(row.Content))], chunks.Count == 0 ? fromChunk : chunks[^1].Chunk + 1);
    }

    /// <summary>Chunks from <paramref name="fromChunk"/> on: as many as hold <paramref name="bytes"/>, and at least one if there is one.</summary>
    public static Task<IReadOnlyList<LogChunk>> AfterAsync(Transaction tx, long attemptId, int fromChunk, long bytes) =>
        ChunksAsync(tx, After, new { attemptId, fromChunk, bytes, maxChunks = MaxChunksOfAPiece });

    /// <summary>The chunks just before <paramref name="beforeChunk"/>, in their order; int.MaxValue: the end of the log.</summary>
    public static Task<IReadOnlyList<LogChunk>> BeforeAsync(Transaction tx, long attemptId, int beforeChunk, long bytes) =>
        ChunksAsync(tx, Before, new { attemptId, beforeChunk, bytes, maxChunks = MaxChunksOfAPiece });

    /// <summary>How long it is now.</summary>
    public static Task<LogExtent> ExtentAsync(Transaction tx, long attemptId) => tx.SingleAsync<LogExtent>(Extent, new { attemptId });

    private static async Task<IReadOnlyList<LogChunk>> ChunksAsync(Transaction tx, string sql, object parameters) =>
        [.. (await tx.QueryAsync<(int Chunk, string Content)>(sql, parameters)).Select(row => new LogChunk(row.Chunk, DecodeAll(row.Content)))];

    private static IReadOnlyList<LogLine> DecodeAll(string content) => [.. content.Split('\n').Select(Decode)];
}
