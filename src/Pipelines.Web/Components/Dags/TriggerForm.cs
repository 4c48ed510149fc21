using System.Globalization;
using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Model.Dags;

namespace Pipelines.Web.Components.Dags;

/// <summary>What a person types to trigger a run: one field per param of the DAG, as its schema says, and more params as JSON.</summary>
internal sealed class TriggerForm
{
    private readonly Dag _dag;

    public TriggerForm(Dag dag, DateTimeOffset? logicalDate)
    {
        _dag = dag;
        Fields = [.. dag.Params.Items.Select(param => new ParamField(param))];
        LogicalDate = logicalDate?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) ?? "";
    }

    /// <summary>One per param, in the DAG's order.</summary>
    public IReadOnlyList<ParamField> Fields { get; }

    /// <summary>The fields by section of the form, those without one first; otherwise in the order in which the DAG names them.</summary>
    public IEnumerable<IGrouping<string, ParamField>> Sections => Fields.Where(shown => shown.Editor != ParamEditor.Hidden).GroupBy(shown => shown.Section).OrderBy(section => section.Key.Length > 0);

    /// <summary>As a browser's field gives it, in UTC; empty: none.</summary>
    public string LogicalDate { get; set; }

    public string RunId { get; set; } = "";

    /// <summary>A JSON object; its members win over the fields.</summary>
    public string Json { get; set; } = "";

    public bool Unpause { get; set; } = true;

    /// <summary>The request, or what is wrong with the form in words.</summary>
    public (TriggerRequest? Request, IReadOnlyList<string> Problems) Read()
    {
        List<string> problems = [];
        var conf = new JsonObject();
        foreach (var field in Fields)
        {
            if (field.Read(out var value) is { } problem) problems.Add(problem);
            else if (field.IsChanged) conf[field.Name] = value;
        }
        foreach (var (name, value) in ConfText.Read(Json, "More params", problems)) conf[name] = value?.DeepClone();
        // What is not even a value of its kind needs no second message.
        if (problems.Count == 0) problems.AddRange(_dag.Params.Problems(conf));
        DateTimeOffset? at = null;
        if (LogicalDate.Length > 0)
        {
            if (DateTimeOffset.TryParse(LogicalDate, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date)) at = date;
            else problems.Add($"The logical date '{LogicalDate}' is no date. Write it as 2026-01-31T06:00, in UTC.");
        }
        return problems.Count > 0 ? (null, problems)
            : (new TriggerRequest(_dag.DagId) { LogicalDate = at, RunId = RunId.Length > 0 ? RunId : null, Conf = conf }, []);
    }
}
