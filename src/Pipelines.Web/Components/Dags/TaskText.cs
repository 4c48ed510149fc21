using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Storage.Logs;
using LogLevel = Pipelines.Model.Activities.LogLevel;

namespace Pipelines.Web.Components.Dags;

/// <summary>Texts of a task instance as its page shows them.</summary>
internal static class TaskText
{
    private const int Longest = 4000;

    /// <summary>Members of a JSON object; texts without their quotes.</summary>
    public static IEnumerable<(string Name, string Value)> Members(string json) => JsonNode.Parse(json) is JsonObject members
        ? members.Select(member => (member.Key, member.Value?.GetValueKind() == JsonValueKind.String ? member.Value.GetValue<string>() : member.Value?.ToJsonString() ?? "null"))
        : [("", json)];

    /// <summary>Cut to what a page can show, and says so.</summary>
    public static string Short(string text) => text.Length <= Longest ? text : $"{text[..Longest]}… ({text.Length:N0} characters in all)";

    /// <summary>Lines at least as grave, with the text in them in any case.</summary>
    public static IEnumerable<LogLine> Filter(IEnumerable<LogLine> lines, bool onlyProblems, string find) => lines.Where(line =>
        (!onlyProblems || line.Level >= LogLevel.Warning) && (find.Length == 0 || line.Message.Contains(find, StringComparison.OrdinalIgnoreCase)));
}
