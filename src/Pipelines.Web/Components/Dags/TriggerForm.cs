using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Web.Components.Dags;

/// <summary>What a person types to trigger a run: one field per param of the DAG, and more params as JSON.</summary>
internal sealed class TriggerForm
{
    private readonly string _dagId;

    public TriggerForm(Dag dag, DateTimeOffset? logicalDate)
    {
        _dagId = dag.DagId;
        Fields = [.. dag.Params.Select(param => new ParamField(param.Key, param.Value))];
        LogicalDate = logicalDate?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) ?? "";
    }

    /// <summary>One per param.</summary>
    public IReadOnlyList<ParamField> Fields { get; }

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
        AddJson(conf, problems);
        DateTimeOffset? at = null;
        if (LogicalDate.Length > 0)
        {
            if (DateTimeOffset.TryParse(LogicalDate, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date)) at = date;
            else problems.Add($"The logical date '{LogicalDate}' is no date. Write it as 2026-01-31T06:00, in UTC.");
        }
        return problems.Count > 0 ? (null, problems)
            : (new TriggerRequest(_dagId) { LogicalDate = at, RunId = RunId.Length > 0 ? RunId : null, Conf = conf }, []);
    }

    private void AddJson(JsonObject conf, List<string> problems)
    {
        if (string.IsNullOrWhiteSpace(Json)) return;
        try
        {
            if (GivenJson.Parse(Json) is not JsonObject more) problems.Add("More params must be one JSON object, e.g. {\"country\": \"DE\"}.");
            else foreach (var (name, value) in more) conf[name] = value?.DeepClone();
        }
        catch (JsonException error)
        {
            problems.Add($"More params are no JSON (line {error.LineNumber + 1}, character {error.BytePositionInLine + 1}). Write one object, e.g. {{\"country\": \"DE\"}}.");
        }
        catch (UnstorableTextException error)
        {
            problems.Add(error.Message);
        }
    }
}

/// <summary>The field of one param; the type of its default says what may be typed.</summary>
internal sealed class ParamField
{
    private readonly JsonNode? _default;
    private readonly string _before;

    public ParamField(string name, JsonNode? standard)
    {
        (Name, _default) = (name, standard);
        Kind = standard?.GetValueKind() ?? JsonValueKind.Null;
        Text = _before = Kind == JsonValueKind.String ? standard!.GetValue<string>() : standard?.ToJsonString() ?? "";
        IsOn = Kind == JsonValueKind.True;
    }

    public string Name { get; }

    public JsonValueKind Kind { get; }

    public bool IsSwitch => Kind is JsonValueKind.True or JsonValueKind.False;

    public string Text { get; set; }

    /// <summary>Of a switch.</summary>
    public bool IsOn { get; set; }

    /// <summary>False: the DAG's default counts, so the run's conf does not repeat it.</summary>
    public bool IsChanged => IsSwitch ? IsOn != (Kind == JsonValueKind.True) : Text != _before;

    /// <summary>Null, or what is wrong in words.</summary>
    public string? Read(out JsonNode? value)
    {
        value = null;
        if (IsSwitch) value = IsOn;
        else if (Kind == JsonValueKind.Number && !double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            return $"'{Text}' of param '{Name}' is no number. Its default is {_default}.";
        else if (Kind is JsonValueKind.Number or JsonValueKind.Object or JsonValueKind.Array) return ReadJson(out value);
        else value = Text;
        return null;
    }

    private string? ReadJson(out JsonNode? value)
    {
        value = null;
        try
        {
            value = GivenJson.Parse(Text);
            return null;
        }
        catch (JsonException)
        {
            return $"Param '{Name}' is no JSON. Its default is {_default?.ToJsonString()}.";
        }
        catch (UnstorableTextException error)
        {
            return error.Message;
        }
    }
}
