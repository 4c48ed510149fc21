using Pipelines.Storage.Logs;

namespace Pipelines.Cli.Terminal;

/// <summary>A task's log line as a terminal shows it.</summary>
internal static class LogText
{
    /// <summary><c>[2026-01-31T06:00:00.000Z] INFO - message</c>.</summary>
    public static string Of(LogLine line) =>
        $"[{line.Time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}] {line.Level.ToString().ToUpperInvariant()} - {line.Message}";
}
