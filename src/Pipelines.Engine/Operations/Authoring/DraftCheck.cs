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

    private static List<string> Names(string text)
    {
        try
        {
            return [.. (DesignerText.Parse(text)["root"]?["activities"] as JsonArray ?? []).Select(activity =>
                activity is not JsonObject members ? "?" : (string?)members["type"] == DagInputs.TypeName ? "DAG settings" : $"Task '{members["name"] ?? members["id"]}'")];
        }
        catch (Exception error) when (error is DesignerException or InvalidOperationException)
        {
            return [];
        }
    }

    private static string Words(DagFileError error, List<string> names)
    {
        var place = ActivityPlace().Match(error.JsonPath);
        if (!place.Success || !int.TryParse(place.Groups[1].ValueSpan, out var index) || index >= names.Count) return error.Message;
        // Some messages begin with the task's name themselves.
        return error.Message.StartsWith('\'') && names[index].EndsWith(error.Message[..(error.Message.IndexOf('\'', 1) + 1)], StringComparison.Ordinal)
            ? $"Task {error.Message}" : $"{names[index]}: {error.Message}";
    }

    [GeneratedRegex(@"^\$\.root\.activities\[(\d+)\]")]
    private static partial Regex ActivityPlace();
}
