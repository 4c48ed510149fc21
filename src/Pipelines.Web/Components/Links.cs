using Microsoft.AspNetCore.WebUtilities;

namespace Pipelines.Web.Components;

/// <summary>The URLs of our pages; every name in them is escaped, whatever it holds.</summary>
internal static class Links
{
    /// <param name="path">Where the person goes on after it, without a slash in front.</param>
    public static string Login(string path) => With("/login", ("ReturnUrl", $"/{path}"));

    public static string Dags(string? q = null, string? tag = null, string? state = null) => With("/dags", ("q", q), ("tag", tag), ("state", state));

    public static string Dag(string dagId, string? tab = null) => With($"/dags/{Uri.EscapeDataString(dagId)}", ("tab", tab));

    public static string Asset(long id) => $"/assets/{id.ToString(System.Globalization.CultureInfo.InvariantCulture)}";

    public static string Trigger(string dagId) => $"{Dag(dagId)}/trigger";

    public static string Backfills(string dagId) => $"{Dag(dagId)}/backfills";

    public static string Backfill(string dagId, long id) => With(Backfills(dagId), ("id", id.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    public static string Designer(string dagId) => $"/studio/workflows/definitions/{Uri.EscapeDataString(dagId)}/edit";

    public static string Versions(string dagId, int from, int to) => With(Dag(dagId, "versions"),
        ("from", from.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("to", to.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    public static string Run(string dagId, string runId) => $"{Dag(dagId)}/runs/{Uri.EscapeDataString(runId)}";

    /// <param name="attempt">See <see cref="Logs.AttemptName"/>; null: the latest.</param>
    /// <param name="mapIndex">Null, or -1: the task as a whole.</param>
    public static string Task(string dagId, string runId, string taskId, string? attempt = null, int? mapIndex = null) =>
        With($"{Run(dagId, runId)}/tasks/{Uri.EscapeDataString(taskId)}", ("map_index", Index(mapIndex)), ("try", attempt));

    /// <summary>A task's page with a part of its log; null <paramref name="attempt"/>: the latest attempt's.</summary>
    public static string Log(string dagId, string runId, string taskId, string? attempt, string? level = null, string? find = null, int? mapIndex = null) =>
        With(Task(dagId, runId, taskId, attempt, mapIndex), ("level", level), ("find", find));

    /// <summary>All of a log as a text file.</summary>
    public static string LogFile(string dagId, string runId, string taskId, string? attempt = null, int? mapIndex = null) =>
        With($"/ui{Run(dagId, runId)}/tasks/{Uri.EscapeDataString(taskId)}/log", ("map_index", Index(mapIndex)), ("try", attempt));

    /// <summary>A job in Hangfire's dashboard.</summary>
    public static string Job(string hangfireJobId) => $"/hangfire/jobs/details/{Uri.EscapeDataString(hangfireJobId)}";

    /// <summary>A run as the designer shows it.</summary>
    public static string DesignerRun(long dagRunId) => $"/studio/workflows/instances/{dagRunId.ToString(System.Globalization.CultureInfo.InvariantCulture)}/view";

    private static string? Index(int? mapIndex) => mapIndex is >= 0 and var index ? index.ToString(System.Globalization.CultureInfo.InvariantCulture) : null;

    /// <summary>A path with the parts of its query that are set.</summary>
    public static string With(string path, params (string Name, string? Value)[] query) =>
        QueryHelpers.AddQueryString(path, query.Where(part => !string.IsNullOrEmpty(part.Value)).Select(part => KeyValuePair.Create(part.Name, part.Value)));
}
