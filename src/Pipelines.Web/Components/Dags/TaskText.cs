using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Web.Components.Shell;

namespace Pipelines.Web.Components.Dags;

/// <summary>Texts of a task instance as its page shows them.</summary>
internal static class TaskText
{
    private const int Longest = 4000;
    private const int LongestBrief = 400;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Members of a JSON object; texts without their quotes.</summary>
    public static IEnumerable<(string Name, string Value)> Members(string json) => JsonNode.Parse(json) is JsonObject members
        ? members.Select(member => (member.Key, member.Value?.GetValueKind() == JsonValueKind.String ? member.Value.GetValue<string>() : member.Value?.ToJsonString() ?? "null"))
        : [("", json)];

    /// <summary>JSON with a line for each member.</summary>
    public static string Pretty(JsonNode? json) => Short(json?.ToJsonString(Indented) ?? "null");

    /// <summary>Cut to what a page can show, and says so.</summary>
    public static string Short(string text) => text.Length <= Longest ? text : FormattableString.Invariant($"{Excerpt.Of(text, Longest + 1)} ({text.Length:N0} characters in all)");

    /// <summary>Without empty lines, cut between words to what a table can show; class <c>lines</c> keeps the lines apart.</summary>
    public static string Brief(string? text)
    {
        var brief = string.Join('\n', (text ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        if (brief.Length <= LongestBrief) return brief;
        var end = brief.LastIndexOfAny([' ', '\n'], LongestBrief);
        return end > LongestBrief / 2 ? string.Concat(brief.AsSpan(0, end), " …") : Excerpt.Of(brief, LongestBrief + 1);
    }

    /// <summary><c>SqlQuery</c>, or <c>setup: SqlQuery</c>.</summary>
    public static string Activity(DagTask task) => task.Role is { } role ? $"{role}: {task.ActivityType}" : task.ActivityType;

    /// <summary><c>1,000 rows, 3.4 MiB, 2 files</c>; a task that moves nothing says so.</summary>
    public static string Moved(TaskProgress progress) => progress is { Rows: 0, Bytes: 0, Files: 0 } ? "nothing"
        : FormattableString.Invariant($"{progress.Rows:N0} {(progress.Rows == 1 ? "row" : "rows")}, {Words.Bytes(progress.Bytes)}, {Words.Count(progress.Files, "file")}");
}
