using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipelines.Model.Activities;
using Pipelines.Model.Mapping;

namespace Pipelines.Model.Dags;

/// <summary>Reads what a task is mapped over (airflow-semantics.md §11): the settings <c>expand</c> and <c>expandKwargs</c>.</summary>
/// <param name="descriptor">Whose inputs are mapped; null: a task group, whose mapped values have the names that its file gives them.</param>
/// <param name="inputs">What is set.</param>
/// <param name="report">Takes what is wrong.</param>
internal sealed partial class MappingReader(ActivityDescriptor? descriptor, IReadOnlyDictionary<string, ElsaInput> inputs, DagFileReport report)
{
    private const string Example = "a list, a dict, or what a task before it returned, such as \"list_tables.output\"";

    /// <summary>Where an activity says what it is mapped over.</summary>
    public static JsonPart Place(ElsaActivity activity) => activity.Part.Get(TaskInputs.Expand) ?? activity.Part.Get(TaskInputs.ExpandKwargs) ?? activity.Part;

    /// <summary>Whether an input that is not set comes from what the activity is mapped over, or may: a broken mapping has a message of its own.</summary>
    public static bool MayGive(string input, ElsaActivity activity) =>
        activity.Part.Get(TaskInputs.ExpandKwargs) is { IsBlank: false }
        || (activity.Part.Get(TaskInputs.Expand) is { IsBlank: false } expand && Names((expand.Get("expression")?.Get("value") ?? expand).Text)?.Contains(input, StringComparer.Ordinal) != false);

    /// <summary>Null: it is not mapped, or what is wrong is reported.</summary>
    public TaskMapping? Read()
    {
        var (expand, kwargs) = (inputs.GetValueOrDefault(TaskInputs.Expand), inputs.GetValueOrDefault(TaskInputs.ExpandKwargs));
        if (expand is not null && kwargs is not null)
        {
            report.Error(kwargs.Part, $"'{TaskInputs.Expand}' and '{TaskInputs.ExpandKwargs}' exclude each other. Leave one empty.");
            return null;
        }
        TaskMapping? mapping = expand is not null ? ReadExpand(expand) : kwargs is not null ? ReadKwargs(kwargs) : null;
        if (mapping?.LiteralLength is not > TaskMapping.MostInstances) return mapping;
        report.Error((expand ?? kwargs)!.Part, $"It would have more than {TaskMapping.MostInstances} task instances in a run. Map it over less.");
        return null;
    }

    private static IEnumerable<string>? Names(string json) =>
        InputText.Normalize(InputType.Json, json) is { } text && JsonNode.Parse(text) is JsonObject members ? members.Select(member => member.Key) : null;

    private TaskMapping.Expand? ReadExpand(ElsaInput input)
    {
        if (JsonNode.Parse(input.Expression.Text) is not JsonObject { Count: > 0 } members)
        {
            report.Error(input.Part, $"'{TaskInputs.Expand}' must be a JSON object of inputs, each with {Example}. Leave it empty for a task that is not mapped.");
            return null;
        }
        var known = members.Select(member => CheckName(input.Part, member.Key)).ToList();
        var sources = members.Select(member => KeyValuePair.Create(member.Key, Source(input.Part, $"Input '{member.Key}' of '{TaskInputs.Expand}'", member.Value))).ToList();
        return known.Contains(false) || sources.Any(source => source.Value is null) ? null : new TaskMapping.Expand([.. sources!]) { Text = input.Expression.Text };
    }

    private TaskMapping.ExpandKwargs? ReadKwargs(ElsaInput input)
    {
        var text = input.Expression.Text.Trim();
        var json = InputText.Normalize(InputType.Json, XComArgText.Parse(text) is not null ? JsonValue.Create(text).ToJsonString() : text);
        if (json is null || JsonNode.Parse(json) is not { } written || (written is not JsonArray && written.GetValueKind() != System.Text.Json.JsonValueKind.String) || (written as JsonArray)?.Any(item => item is not JsonObject) == true)
        {
            report.Error(input.Part, $"'{TaskInputs.ExpandKwargs}' must be a list of dicts such as [{{\"table\": \"orders\"}}], or what a task before it returned, such as list_tables.output.");
            return null;
        }
        if (Source(input.Part, $"'{TaskInputs.ExpandKwargs}'", written) is not { } source) return null;
        if (source is MapSource.Zip)
        {
            report.Error(input.Part, $"'{TaskInputs.ExpandKwargs}' needs dicts, and zip gives lists. Map over it with '{TaskInputs.Expand}', or make dicts of them with .map(…).");
            return null;
        }
        if (source is not MapSource.Literal { Items: JsonArray list }) return new TaskMapping.ExpandKwargs(source) { Text = json };
        var known = list.SelectMany(item => item!.AsObject()).Select(member => member.Key).Distinct().Select(name => CheckName(input.Part, name)).ToList();
        return known.Contains(false) ? null : new TaskMapping.ExpandKwargs(source) { Text = json };
    }

    private bool CheckName(JsonPart place, string name)
    {
        if (descriptor is null)
        {
            if (IsName().IsMatch(name)) return true;
            report.Error(place, $"'{name}' names no value of a task group: its tasks could not read it as {{{{ group.{name} }}}}. Use letters, digits and '_'.");
            return false;
        }
        var settings = descriptor.Inputs.Where(input => input.HoldsNotifiers).Select(input => input.Name).Concat(TaskInputs.Names).ToList();
        var own = descriptor.Inputs.Select(input => input.Name).Except(settings).ToList();
        if (settings.Contains(name, StringComparer.Ordinal))
            report.Error(place, $"'{name}' is a setting of the task, the same for all its task instances, so it cannot be mapped. Set it beside.");
        else if (!own.Contains(name, StringComparer.Ordinal))
            report.Error(place, $"'{descriptor.TypeName}' has no input '{name}' to map.{NearestName.Hint(name, own)}");
        else if (inputs.TryGetValue(name, out var given) && !given.IsDefault)
            report.Error(place, $"Input '{name}' is given twice: as one value for all task instances, and mapped. Remove one.");
        else
            return true;
        return false;
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex IsName();

    private MapSource? Source(JsonPart place, string what, JsonNode? value)
    {
        if (value is JsonArray or JsonObject) return CheckTemplates(place, what, value) ? new MapSource.Literal(value.DeepClone()) : null;
        if (value?.GetValueKind() == System.Text.Json.JsonValueKind.String && XComArgText.Parse(value.GetValue<string>()) is { } results) return Templates(results).All(template => CheckTemplate(place, what, template)) ? results : null;
        report.Error(place, $"{what} must be {Example}.");
        return null;
    }

    private static IEnumerable<string> Templates(MapSource source) => source switch
    {
        MapSource.Map map => Templates(map.Source).Append(map.Template),
        MapSource.Zip zip => zip.Sources.SelectMany(Templates),
        MapSource.Concat concat => concat.Sources.SelectMany(Templates),
        _ => [],
    };

    private bool CheckTemplates(JsonPart place, string what, JsonNode? value)
    {
        var texts = value switch
        {
            JsonArray list => list.Select(item => CheckTemplates(place, what, item)),
            JsonObject dict => dict.Select(member => CheckTemplates(place, what, member.Value)),
            JsonValue scalar when scalar.GetValueKind() == System.Text.Json.JsonValueKind.String => [CheckTemplate(place, what, scalar.GetValue<string>())],
            _ => [],
        };
        return texts.All(isGood => isGood);
    }

    private bool CheckTemplate(JsonPart place, string what, string text)
    {
        if (ExpressionCheck.Fault(new InputExpression(ExpressionSyntax.Jinja, text), InputType.String) is not { } fault) return true;
        report.Error(place, $"{what} holds a template that does not parse: {fault}");
        return false;
    }
}
