using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Hitl;
using Pipelines.Model.Params;

namespace Pipelines.Model.Dags;

/// <summary>
/// Values for every task that has such an input and does not set it (Airflow's default_args, airflow-semantics.md §1). Some are the DAG's as
/// well, where it does not set them. A name that nothing takes is an error, where Airflow says nothing and leaves it without effect.
/// </summary>
internal sealed class DefaultArgs
{
    // The DAG takes these over; its owner is all that a task has.
    private static readonly string[] OfDag = [DagInputs.StartDate, DagInputs.EndDate, DagInputs.Owner, DagInputs.Params];

    private readonly JsonObject _values;
    private readonly JsonPart? _place;

    private DefaultArgs(JsonObject values, JsonPart? place)
    {
        (_values, _place) = (values, place);
        Members = [.. values.Where(pair => pair.Key is not (DagInputs.Owner or DagInputs.Params)).Select(pair => new JsonMember(pair.Key, Part(pair.Key, pair.Value)))];
    }

    /// <summary>None.</summary>
    public static DefaultArgs None { get; } = new([], null);

    /// <summary>The values for tasks, as if a task's activity had them.</summary>
    public IReadOnlyList<JsonMember> Members { get; private init; }

    /// <summary>These of a task group, and under them what it has from around it.</summary>
    public DefaultArgs Over(DefaultArgs outer) => new(_values, _place)
    {
        // Of a group they are for its tasks alone, so what else would be the DAG's is theirs.
        Members = [.. Members, .. _values[DagInputs.Params] is { } values ? [new JsonMember(DagInputs.Params, Part(Path(DagInputs.Params), values))] : Array.Empty<JsonMember>(), .. outer.Members],
    };

    /// <summary>Reads them; what is not a JSON object is reported.</summary>
    public static DefaultArgs Read(SettingReader settings, DagFileReport report)
    {
        if (settings.Text(DagInputs.DefaultArgs) is not { } text) return None;
        var place = settings.Place(DagInputs.DefaultArgs)!;
        if (JsonNode.Parse(text) is JsonObject values) return new DefaultArgs(values, place);
        report.Error(place, "'defaultArgs' must be a JSON object of inputs and values such as {\"retries\": 2, \"retryDelay\": \"00:01:00\"}.");
        return None;
    }

    /// <summary>A value that the DAG takes over where it does not set it; null: none.</summary>
    public string? TextForDag(string name) => _values[name] is { } value ? TemplatePart.TextOf(value) : null;

    /// <summary>As <see cref="TextForDag"/>, for a date; one that is none is reported where tasks take it.</summary>
    public DateTimeOffset? DateForDag(string name) => TextForDag(name) is { } text && InputText.TryDateTime(text, out var date) ? date : null;

    /// <summary>Params of the DAG; its own come over them.</summary>
    public DagParams ParamsForDag(DagFileReport report) => _values[DagInputs.Params] is not { } values ? DagParams.Empty
        : new ParamReader(fault => report.Error(Path(DagInputs.Params), _place!.Line, $"In 'defaultArgs': {fault}"), doubt => report.Warn(_place!, $"In 'defaultArgs': {doubt}")).Read(values.ToJsonString());

    /// <summary>Reports the names that neither the DAG nor one of its tasks takes.</summary>
    /// <param name="descriptors">Of the DAG's tasks.</param>
    /// <param name="report">Takes what is wrong.</param>
    public void CheckNames(IEnumerable<ActivityDescriptor> descriptors, DagFileReport report) => CheckNames(descriptors, OfDag, "DAG", report);

    /// <summary>As <see cref="CheckNames(IEnumerable{ActivityDescriptor}, DagFileReport)"/>, for those of a task group.</summary>
    public void CheckNamesInGroup(IEnumerable<ActivityDescriptor> descriptors, DagFileReport report) => CheckNames(descriptors, [], "group", report);

    private void CheckNames(IEnumerable<ActivityDescriptor> descriptors, IEnumerable<string> others, string whose, DagFileReport report)
    {
        var known = descriptors.SelectMany(descriptor => descriptor.Inputs).Concat(TaskInputs.All).Select(input => input.Name).Concat(others).ToHashSet(StringComparer.Ordinal);
        foreach (var name in _values.Select(pair => pair.Key).Where(name => !known.Contains(name)))
        {
            var isOfDag = DagInputs.Descriptor.Inputs.Any(input => input.Name == name);
            report.Error(Path(name), _place!.Line, $"'defaultArgs' has '{name}', "
                + (isOfDag ? $"which is a setting of the DAG and not of its tasks. Set it on '{DagInputs.TypeName}' itself." : $"which no task of this {whose} takes.{NearestName.Hint(name, known)}"));
        }
    }

    private string Path(string name) => $"{_place?.Path}.{name}";

    // The texts of a setting that holds templates are read as such there.
    private JsonPart Part(string name, JsonNode? value) => value?.GetValueKind() is not (JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False) && (name == HitlInputs.Notifiers || TaskInputs.All.Any(input => input.Name == name && (input.IsTemplate || input.Category == CallbackInputs.Category)))
        ? JsonPart.String(Path(name), _place!.Line, TemplatePart.TextOf(value))
        : TemplatePart.Of(Path(name), _place!.Line, value);
}
