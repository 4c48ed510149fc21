using Pipelines.Engine.Execution.Attempts;
using Pipelines.Storage.Logs;

namespace Pipelines.Engine.Execution.Testing;

/// <summary>A log that is kept in memory and forgotten with the answer. Its owner writes one chunk at a time.</summary>
internal sealed class KeptLog : ILogStore
{
    private readonly List<LogLine> _lines = [];

    /// <summary>In their order; read them when the log has ended.</summary>
    public IReadOnlyList<LogLine> Lines => _lines;

    public Task<bool> AppendAsync(int chunk, IReadOnlyList<string> encodedLines, CancellationToken cancellation)
    {
        _lines.AddRange(encodedLines.Select(LogTable.Decode));
        return Task.FromResult(true);
    }

    public Task AppendLastAsync(LogLine line, CancellationToken cancellation)
    {
        _lines.Add(line);
        return Task.CompletedTask;
    }
}
