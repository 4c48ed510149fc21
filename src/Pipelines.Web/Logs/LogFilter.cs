using Pipelines.Storage.Logs;
using LogLevel = Pipelines.Model.Activities.LogLevel;

namespace Pipelines.Web.Logs;

/// <summary>Which lines of a log a person wants to see.</summary>
/// <param name="AtLeast">As grave as this or graver.</param>
/// <param name="Find">With this text in them, in any case; empty: whatever they say.</param>
internal sealed record LogFilter(LogLevel AtLeast, string Find)
{
    /// <summary>Of the query's <c>level</c> and words of the choice, the first shows all.</summary>
    public static IReadOnlyList<(string Name, string Words)> Levels { get; } = [("", "All lines"), ("info", "Info and above"), ("warning", "Warnings and errors"), ("error", "Errors")];

    /// <summary>True: it hides nothing.</summary>
    public bool ShowsAll => AtLeast == LogLevel.Debug && Find.Length == 0;

    /// <summary>Reads the query's parts; a level that is none of ours shows all.</summary>
    public static LogFilter Of(string? level, string? find) => new(
        level switch
        {
            "info" => LogLevel.Info,
            "warning" => LogLevel.Warning,
            "error" => LogLevel.Error,
            _ => LogLevel.Debug,
        }, find ?? "");

    public bool Fits(LogLine line) => line.Level >= AtLeast && (Find.Length == 0 || line.Message.Contains(Find, StringComparison.OrdinalIgnoreCase));
}
