using Pipelines.Storage;
using Pipelines.Storage.Logs;
using LogLevel = Pipelines.Model.Activities.LogLevel;

namespace Pipelines.Web.Logs;

/// <summary>Reads a log piece by piece, so that neither server nor browser ever holds all of it.</summary>
internal sealed class LogReader(Database database)
{
    /// <summary>Bytes of a piece; about a thousand lines.</summary>
    private const long Piece = 128 << 10;

    /// <summary>Bytes that one request looks through for a filter: a moment's work.</summary>
    private const long Look = 16 << 20;

    private const long Step = 1 << 20;

    /// <summary>Lines that one answer to a filter holds.</summary>
    private const int MaxFound = 500;

    /// <summary>The piece from a chunk on, or before one; neither: the end of the log.</summary>
    public Task<LogPiece> ReadAsync(long attemptId, int? after, int? before, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var chunks = after is { } from ? await LogTable.AfterAsync(tx, attemptId, from, Piece) : await LogTable.BeforeAsync(tx, attemptId, before ?? int.MaxValue, Piece);
        var extent = await LogTable.ExtentAsync(tx, attemptId);
        var end = chunks.Count > 0 ? chunks[^1].Number + 1 : after ?? before ?? 0;
        return new LogPiece(extent.Last, extent.Bytes, chunks.Count > 0 ? chunks[0].Number : end, end, 0, [.. chunks.SelectMany(chunk => Lines(chunk, null))]);
    }, cancellation);

    /// <summary>Lines that fit, looked for from a chunk on until there are many, or enough was looked at; the answer says how far that was.</summary>
    public async Task<LogPiece> FindAsync(long attemptId, int from, LogFilter filter, CancellationToken cancellation)
    {
        List<LogPieceLine> found = [];
        var (next, looked) = (from, 0L);
        while (looked < Look && found.Count < MaxFound)
        {
            var chunks = await database.InTransactionAsync(tx => LogTable.AfterAsync(tx, attemptId, next, Step), cancellation);
            if (chunks.Count == 0) break;
            foreach (var chunk in chunks.TakeWhile(_ => found.Count < MaxFound))
            {
                found.AddRange(Lines(chunk, filter));
                looked += chunk.Lines.Sum(line => line.Message.Length + PerLine);
                next = chunk.Number + 1;
            }
        }
        var extent = await database.InTransactionAsync(tx => LogTable.ExtentAsync(tx, attemptId), cancellation);
        return new LogPiece(extent.Last, extent.Bytes, from, next, looked, found);
    }

    /// <summary>All of it as text, a megabyte at a time.</summary>
    public async Task WriteAsync(long attemptId, Stream output, CancellationToken cancellation)
    {
        await using var writer = new StreamWriter(output, leaveOpen: true);
        for (var next = 0; ;)
        {
            var chunks = await database.InTransactionAsync(tx => LogTable.AfterAsync(tx, attemptId, next, Step), cancellation);
            if (chunks.Count == 0) return;
            foreach (var line in chunks.SelectMany(chunk => chunk.Lines)) await writer.WriteAsync(LogPieceLine.Text(line).AsMemory(), cancellation);
            await writer.FlushAsync(cancellation);
            next = chunks[^1].Number + 1;
        }
    }

    // Time, level and quotes as stored.
    private const int PerLine = 60;

    private static IEnumerable<LogPieceLine> Lines(LogChunk chunk, LogFilter? filter) =>
        chunk.Lines.Index().Where(line => filter?.Fits(line.Item) != false).Select(line => LogPieceLine.Of(chunk.Number, line.Index, line.Item));
}

/// <summary>A piece of a log on its way to a browser.</summary>
/// <param name="Last">Number of the log's last chunk; -1: the log is empty.</param>
/// <param name="Bytes">Bytes of the whole log.</param>
/// <param name="First">The first chunk of the piece.</param>
/// <param name="Next">The chunk after the piece.</param>
/// <param name="Looked">Bytes that a filter has looked at, about; 0 without one.</param>
/// <param name="Lines">The lines.</param>
internal sealed record LogPiece(int Last, long Bytes, int First, int Next, long Looked, IReadOnlyList<LogPieceLine> Lines);

/// <summary>A line and its place.</summary>
/// <param name="At">Chunk and number in it, <c>12.3</c>: what a link to the line says.</param>
internal sealed record LogPieceLine(string At, DateTimeOffset Time, string Level, string Message)
{
    public static LogPieceLine Of(int chunk, int number, LogLine line) =>
        new(FormattableString.Invariant($"{chunk}.{number}"), line.Time, Name(line.Level), line.Message);

    /// <summary>As in a file: <c>2026-01-31T06:00:00.000Z INFO message</c>.</summary>
    public static string Text(LogLine line) => FormattableString.Invariant($"{line.Time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {Name(line.Level).ToUpperInvariant()} {line.Message}\n");

    private static string Name(LogLevel level) => level.ToString().ToLowerInvariant();
}
