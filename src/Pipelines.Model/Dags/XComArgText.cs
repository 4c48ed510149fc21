using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipelines.Model.Activities;
using Pipelines.Model.Mapping;

namespace Pipelines.Model.Dags;

/// <summary>Reads what stands for results of tasks in DAG files, in Airflow's spelling: <c>list.output</c>, <c>names.output.zip(sizes.output, fillvalue=0)</c>.</summary>
internal static partial class XComArgText
{
    /// <summary>What follows a task's id where its result is meant.</summary>
    public const string Output = ".output";

    /// <summary>Null: it is something else.</summary>
    public static MapSource? Parse(string text)
    {
        if (Plain().Match(text) is { Success: true } plain) return new MapSource.Output(plain.Groups["id"].Value);
        if (Zip().Match(text) is not { Success: true } zip) return null;
        List<MapSource.Output> sources = [.. zip.Groups["id"].Captures.Select(id => new MapSource.Output(id.Value))];
        if (zip.Groups["fill"] is not { Success: true } fill) return new MapSource.Zip(sources, Fills: false, FillValue: null);
        var json = fill.Value == "None" ? "null" : InputText.Normalize(InputType.Json, fill.Value);
        return json is null ? null : new MapSource.Zip(sources, Fills: true, JsonNode.Parse(json));
    }

    [GeneratedRegex(@"^\s*(?<id>[\w.-]+)\.output\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();

    [GeneratedRegex(@"^\s*(?<id>[\w.-]+?)\.output\.zip\(\s*(?<id>[\w.-]+)\.output\s*(,\s*(?<id>[\w.-]+)\.output\s*)*(,\s*fillvalue\s*=\s*(?<fill>.+?)\s*)?\)\s*$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Zip();
}
