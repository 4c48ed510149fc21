using System.Text;
using Pipelines.Storage.Logs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>The end of an attempt's log, to be written with its report.</summary>
/// <param name="EncodedLines">At most one chunk's worth; empty: everything is written.</param>
internal sealed record LastLines(IReadOnlyList<string> EncodedLines)
{
    /// <summary>These lines and one more, in one chunk if they fit.</summary>
    public IEnumerable<LogEnd> With(string encodedLine, long attemptId) =>
        EncodedLines.Sum(line => Encoding.UTF8.GetByteCount(line) + 1) + Encoding.UTF8.GetByteCount(encodedLine) <= LogTable.MaxChunkBytes
            ? [new LogEnd(attemptId, 0, [.. EncodedLines, encodedLine])]
            : [new LogEnd(attemptId, 0, EncodedLines), new LogEnd(attemptId, 1, [encodedLine])];
}
