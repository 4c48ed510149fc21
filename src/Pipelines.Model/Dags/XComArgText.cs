using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipelines.Model.Activities;
using Pipelines.Model.Mapping;

namespace Pipelines.Model.Dags;

/// <summary>
/// Reads what stands for results of tasks in DAG files, in Airflow's spelling: <c>list.output</c>, <c>names.output.zip(sizes.output, fillvalue=0)</c>,
/// <c>old.output.concat(new.output)</c>, and <c>list.output.map('{{ item.name }}')</c> with a template where Airflow has a function.
/// </summary>
internal sealed partial class XComArgText
{
    /// <summary>What follows a task's id where its result is meant.</summary>
    public const string Output = ".output";

    private readonly string _text;
    private int _at;

    private XComArgText(string text) => _text = text;

    /// <summary>Null: it is something else.</summary>
    public static MapSource? Parse(string text)
    {
        var reader = new XComArgText(text);
        return reader.Source() is { } source && reader.IsAtEnd ? source : null;
    }

    private bool IsAtEnd
    {
        get
        {
            _at += Space().Match(_text, _at).Length;
            return _at == _text.Length;
        }
    }

    private MapSource? Source()
    {
        if (Next(Id()) is not { } id) return null;
        MapSource? source = new MapSource.Output(id);
        while (source is not null && Next(Method()) is { } method)
        {
            source = method switch
            {
                "zip" => Zip(source),
                "concat" => Others() is { Count: > 0 } others && Takes(')') ? new MapSource.Concat([source, .. others]) : null,
                _ => Template() is { } template && Takes(')') ? new MapSource.Map(source, template) : null,
            };
        }

        return source;
    }

    private MapSource.Zip? Zip(MapSource first)
    {
        if (Others() is not { Count: > 0 } others) return null;
        if (Next(Fill()) is not { } fill) return Takes(')') ? new MapSource.Zip([first, .. others], Fills: false, FillValue: null) : null;
        var json = fill == "None" ? "null" : fill.StartsWith('\'') ? JsonValue.Create(fill[1..^1]).ToJsonString() : InputText.Normalize(InputType.Json, fill);
        return json is not null && Takes(')') ? new MapSource.Zip([first, .. others], Fills: true, JsonNode.Parse(json)) : null;
    }

    /// <summary>Sources with commas between; null: one of them is none.</summary>
    private List<MapSource>? Others()
    {
        List<MapSource> found = [];
        do
        {
            if (Source() is not { } source) return null;
            found.Add(source);
        }
        while (!Fill().IsMatch(_text, _at) && Takes(','));
        return found;
    }

    // Quotes and backslashes after a backslash are themselves.
    private string? Template() => Next(Quoted()) is { } text ? Escaped().Replace(text[1..^1], "$1") : null;

    private bool Takes(char sign)
    {
        if (IsAtEnd || _text[_at] != sign) return false;
        _at++;
        return true;
    }

    private string? Next(Regex expected)
    {
        if (expected.Match(_text, _at) is not { Success: true } match) return null;
        _at = match.Index + match.Length;
        return match.Groups[1].Value;
    }

    [GeneratedRegex(@"\G\s*([\w.-]+?)\.output(?![\w-]|\.(?!(?:zip|concat|map)\s*\())", RegexOptions.CultureInvariant)]
    private static partial Regex Id();

    [GeneratedRegex(@"\G\.(zip|concat|map)\s*\(", RegexOptions.CultureInvariant)]
    private static partial Regex Method();

    [GeneratedRegex(@"\G\s*,\s*fillvalue\s*=\s*(""(?:[^""\\]|\\.)*""|'[^']*'|\[[^\]]*\]|\{[^}]*\}|[^\s,()\[\]{}'""]+)", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Fill();

    [GeneratedRegex(@"\G\s*('(?:[^'\\]|\\.)*'|""(?:[^""\\]|\\.)*"")", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\\(['""\\])", RegexOptions.CultureInvariant)]
    private static partial Regex Escaped();

    [GeneratedRegex(@"\G\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Space();
}
