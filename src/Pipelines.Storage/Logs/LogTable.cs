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

/// <summary>Table <c>log_chunk</c>.</summary>
public static class LogTable
{
    /// <summary>Longest chunk in bytes of UTF-8, see <see cref="Encode"/>.</summary>
    public const int MaxChunkBytes = 64 * 1024;

    // The attempt must be the latest of its task and still open: a zombie's lines are refused.
    private const string Append =
        """
        INSERT INTO pipelines.log_chunk (day, attempt_id, chunk, content)
        SELECT (a.start_date AT TIME ZONE 'UTC')::date, a.id, @chunk, @content
        FROM pipelines.task_attempt a JOIN pipelines.task_instance ti ON ti.id = a.task_instance_id AND ti.token = a.token
        WHERE a.id = @attemptId AND a.end_date IS NULL
        """;

    // For the engine's own last words on an attempt that it has ended, e.g. "worker X stopped renewing its lease".
    private const string AppendLast =
        """
        INSERT INTO pipelines.log_chunk (day, attempt_id, chunk, content)
        SELECT (a.start_date AT TIME ZONE 'UTC')::date, a.id,
               coalesce((SELECT max(chunk) + 1 FROM pipelines.log_chunk l WHERE l.attempt_id = a.id), 0), @content
        FROM pipelines.task_attempt a WHERE a.task_instance_id = @taskInstanceId AND a.token = @token
        """;

    private const string Read =
        """
        SELECT chunk, content FROM pipelines.log_chunk
        WHERE attempt_id = @attemptId AND chunk >= @fromChunk ORDER BY chunk LIMIT @maxChunks
        """;

    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A line as it is stored; chunks are such texts joined by newlines, at most <see cref="MaxChunkBytes"/> long.</summary>
    public static string Encode(LogLine line) => JsonSerializer.Serialize(line, Json);

    /// <summary>A line as it was encoded.</summary>
    public static LogLine Decode(string line) => JsonSerializer.Deserialize<LogLine>(line, Json)!;

    /// <summary>Writes a chunk.</summary>
    /// <param name="chunk">0, 1, 2 … per attempt.</param>
    /// <param name="encodedLines">See <see cref="Encode"/>.</param>
    /// <returns>False when refused: the attempt has ended, or a newer one has begun.</returns>
    public static async Task<bool> AppendAsync(Transaction tx, long attemptId, int chunk, IEnumerable<string> encodedLines) =>
        await tx.ExecuteAsync(Append, new { attemptId, chunk, content = string.Join('\n', encodedLines) }) == 1;

    /// <summary>Adds the engine's own line to an attempt, also when it has ended.</summary>
    public static Task AppendLastAsync(Transaction tx, long taskInstanceId, long token, LogLine line) =>
        tx.ExecuteAsync(AppendLast, new { taskInstanceId, token, content = Encode(line) });

    /// <summary>Reads on, also while the attempt runs; no lines: nothing new.</summary>
    public static async Task<LogPage> ReadAsync(Transaction tx, long attemptId, int fromChunk = 0, int maxChunks = 16)
    {
        var chunks = await tx.QueryAsync<(int Chunk, string Content)>(Read, new { attemptId, fromChunk, maxChunks });
        var lines = chunks.SelectMany(row => row.Content.Split('\n')).Select(Decode);
        return new LogPage([.. lines], chunks.Count == 0 ? fromChunk : chunks[^1].Chunk + 1);
    }
}
