using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.Web.Components.Dags;

/// <summary>The conf of runs as a person types it.</summary>
internal static class ConfText
{
    /// <summary>A JSON object; empty when the text is.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="label">Of the field, to begin a sentence.</param>
    /// <param name="problems">Gets what is wrong.</param>
    public static JsonObject Read(string? text, string label, List<string> problems)
    {
        if (string.IsNullOrWhiteSpace(text)) return [];
        try
        {
            if (GivenJson.Parse(text) is JsonObject conf) return conf;
            problems.Add($"{label} must be one JSON object, e.g. {{\"country\": \"DE\"}}.");
        }
        catch (JsonException error)
        {
            problems.Add($"{label} are no JSON (line {error.LineNumber + 1}, character {error.BytePositionInLine + 1}). Write one object, e.g. {{\"country\": \"DE\"}}.");
        }
        catch (UnstorableTextException error)
        {
            problems.Add(error.Message);
        }
        return [];
    }
}
