using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Mapping;
using Pipelines.Model.Templates;

namespace Pipelines.Model.Dags;

/// <summary>Has an activity read, when the file is read, the inputs that are known before any run: what it would refuse then is an error now.</summary>
/// <param name="descriptor">What the activity has.</param>
/// <param name="activity">The activity.</param>
/// <param name="inputs">What is set.</param>
/// <param name="rejected">Inputs that are set to something that was reported.</param>
/// <param name="report">Takes what is wrong.</param>
internal sealed class LiteralCheck(ActivityDescriptor descriptor, ElsaActivity activity, IReadOnlyDictionary<string, ElsaInput> inputs, IReadOnlySet<string> rejected, DagFileReport report)
{
    private const string PythonSigns = "[({'\"";

    private readonly HashSet<string> _wrong = [.. rejected];

    /// <summary>Reports what the activity would refuse, each input first and then what several are together.</summary>
    public void Check()
    {
        foreach (var (name, input) in inputs)
        {
            if (input.Descriptor.Check is { } check && IsKnown(input) && !Passes([name], check)) _wrong.Add(name);
        }
        foreach (var check in descriptor.Checks.Where(check => AreKnown(check.Inputs))) Passes(check.Inputs, check.Read);
    }

    /// <summary>Reports what of the values in the file that the task is mapped over it would refuse.</summary>
    public void Check(TaskMapping mapping)
    {
        foreach (var (name, value) in TemplateFileReader.Literals(mapping))
        {
            if (descriptor.Inputs.FirstOrDefault(input => input.Name == name) is not { Check: { } check } input) continue;
            foreach (var text in ValuesOf(mapping, value).Select(item => TextOf(input, item)).Distinct().Where(text => text.Length > 0 && !NeedsRun(text, input)))
            {
                if (Fault(check, new() { [name] = text }) is { } fault) report.ForeseenError(MappingReader.Place(activity), $"Mapped over '{Excerpt.Of(text, 60)}': {fault}");
            }
        }
    }

    /// <summary>The tasks that its inputs name, with the places where they do.</summary>
    public IEnumerable<NamedId> Named() =>
        from named in descriptor.Follows
        where inputs.ContainsKey(named.Inputs[0]) && AreKnown(named.Inputs)
        from id in Read(named)
        select new NamedId(id, named.Inputs[0], inputs[named.Inputs[0]].Place);

    /// <summary>What an activity's own check says against values; null: nothing.</summary>
    public static string? Fault(Action<RenderedInputs> check, Dictionary<string, string?> values)
    {
        try
        {
            check(new RenderedInputs(values));
            return null;
        }
        catch (TaskFailure failure)
        {
            return failure.Message;
        }
        // It may be a plugin's: whatever it throws it would throw in a run too.
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return $"The activity cannot read {string.Join(", ", values.Keys.Select(name => $"'{name}'"))}: {error.GetType().Name}: {error.Message} Correct the value, or the check in the activity's descriptor.";
        }
    }

    private bool Passes(IReadOnlyList<string> names, Action<RenderedInputs> check)
    {
        if (Fault(check, Values(names)) is not { } fault) return true;
        report.ForeseenError(names.Select(name => inputs.GetValueOrDefault(name)?.Place).FirstOrDefault(place => place is not null) ?? activity.Part, fault);
        return false;
    }

    private IReadOnlyList<string> Read(NamedTasks named)
    {
        IReadOnlyList<string> ids = [];
        // What cannot be read was reported by a check, or is when it runs.
        return Fault(values => ids = named.Read(values), Values(named.Inputs)) is null ? ids : [];
    }

    private Dictionary<string, string?> Values(IEnumerable<string> names) => names.ToDictionary(
        name => name, name => inputs.GetValueOrDefault(name)?.Expression.Text ?? descriptor.Inputs.FirstOrDefault(input => input.Name == name)?.Default, StringComparer.Ordinal);

    private bool AreKnown(IEnumerable<string> names) => names.All(name => !_wrong.Contains(name)
        && (inputs.GetValueOrDefault(name) is { } input ? IsKnown(input) : !MappingReader.MayGive(name, activity) && descriptor.Inputs.FirstOrDefault(known => known.Name == name) is not { Required: true }));

    private bool IsKnown(ElsaInput input) => !(input.IsDefault && MappingReader.MayGive(input.Descriptor.Name, activity)) && input.Expression.Syntax switch
    {
        ExpressionSyntax.Literal => !input.Texts.Any(input.Descriptor.IsTemplateFile),
        // A template that gives values of their own type reads what looks like one of Python.
        ExpressionSyntax.Jinja => !NeedsRun(input.Expression.Text, input.Descriptor) && (input.Descriptor.Type.IsJson() || !PythonSigns.Contains(input.Expression.Text[0])),
        _ => false,
    };

    private static bool NeedsRun(string text, InputDescriptor input) => JinjaTemplate.HasBraces(text) || text.Contains("{#", StringComparison.Ordinal)
        || (input.Type.IsJson() ? NestedTemplate.TextsOf(text) : [text]).Any(input.IsTemplateFile);

    // Of a dict that an input is mapped over, entries are pairs.
    private static IEnumerable<JsonNode?> ValuesOf(TaskMapping mapping, JsonNode? value) =>
        mapping is TaskMapping.Expand && value is not null && MapItems.Count(value) is { } count ? Enumerable.Range(0, count).Select(place => MapItems.At(value, place)) : [value];

    private static string TextOf(InputDescriptor input, JsonNode? value) =>
        input.Type == InputType.Json ? value?.ToJsonString() ?? "" : TemplatePart.TextOf(value);
}

/// <summary>A task or task group that an input names.</summary>
/// <param name="Id">The id.</param>
/// <param name="Input">The input.</param>
/// <param name="Place">Where it says so.</param>
internal sealed record NamedId(string Id, string Input, JsonPart Place);
