using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Designer;
using Pipelines.Model.Templates;

namespace Pipelines.Engine.Operations.Authoring;

/// <summary>What stands against publishing a draft, in words that name tasks instead of places in a file that nobody sees.</summary>
/// <param name="Dag">Null exactly when there are errors.</param>
/// <param name="Hash">Null exactly when <paramref name="Dag"/> is.</param>
/// <param name="Errors">All that is wrong.</param>
/// <param name="Warnings">All that has no effect.</param>
public sealed partial record DraftCheck(Dag? Dag, string? Hash, IReadOnlyList<string> Errors, IReadOnlyList<string> Warnings)
{
    /// <summary>Checks a draft's text.</summary>
    /// <param name="dagId">The DAG.</param>
    /// <param name="text">The draft.</param>
    /// <param name="catalog">The activity types it may use.</param>
    /// <param name="templates">Where its template files are.</param>
    public static DraftCheck Of(string dagId, string text, ActivityCatalog catalog, ITemplateSource templates)
    {
        var result = DagFile.Read(text, $"{dagId}.json", catalog, templates);
        var names = Names(text);
        return new DraftCheck(result.Dag, result.Hash, [.. result.Errors.Select(error => Words(error, names))], [.. result.Warnings.Select(error => Words(error, names))]);
    }

    /// <summary>What people call the activities, by their places.</summary>
    private static Dictionary<string, string> Names(string text)
    {
        try
        {
            return DesignerText.Parse(text)["root"] is JsonObject root ? root.AllWithIds().ToDictionary(each => each.Activity.GetPath(), each => NameOf(each.Activity, each.Id), StringComparer.Ordinal) : [];
        }
        catch (Exception error) when (error is DesignerException or InvalidOperationException)
        {
            return [];
        }
    }

    private static string NameOf(JsonObject activity, string id) =>
        activity.Text("type") == DagInputs.TypeName ? "DAG settings" : $"{(Flowcharts.IsGroup(activity) ? "Task group" : "Task")} '{id}'";

    private static string Words(DagFileError error, Dictionary<string, string> names)
    {
        var place = ActivityPlace().Match(error.JsonPath);
        if (!place.Success || !names.TryGetValue(place.Value, out var name)) return error.Message;
        // Some messages begin with the task's name themselves.
        return error.Message.StartsWith('\'') && name.EndsWith(error.Message[..(error.Message.IndexOf('\'', 1) + 1)], StringComparison.Ordinal)
            ? $"Task {error.Message}" : $"{name}: {error.Message}";
    }

    [GeneratedRegex(@"^\$\.root(?:\.activities\[\d+\])+")]
    private static partial Regex ActivityPlace();
}
