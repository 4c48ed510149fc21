using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Hitl;

namespace Pipelines.Activities;

/// <summary>Has people choose which of the tasks directly after it run, as Airflow's HITLBranchOperator.</summary>
public sealed class HitlBranch() : HitlActivity(new(
    "HitlBranch", "Branch by a person", "Control", "Asks people which of the tasks directly after it run; the others are skipped. The ids of those that run are the return value.",
    [new(HitlInputs.OptionsMapping, InputType.Json, "Options to tasks", "For options that are not themselves ids of tasks directly after this one, which they stand for, e.g. {\"Publish\": \"load\"}.") { UiHint = "json-editor", Check = inputs => Mapping(inputs) }],
    [],
    [ActivityDescriptor.Done])
{
    SkipsDownstream = true,
    Checks = [new([HitlInputs.Options, HitlInputs.OptionsMapping], CheckMapping)],
    Follows =
    [
        new([HitlInputs.Options, HitlInputs.OptionsMapping], inputs => [.. inputs.StringList(HitlInputs.Options).Except(Mapping(inputs).Keys, StringComparer.Ordinal)]),
        new([HitlInputs.OptionsMapping], inputs => [.. Mapping(inputs).Values.Distinct(StringComparer.Ordinal)]),
    ],
}, [])
{
    protected override Outcome After(ITaskContext context, HitlResponse response)
    {
        var mapping = Mapping(context.Inputs);
        List<string> followed = [.. response.ChosenOptions.Select(option => mapping.GetValueOrDefault(option, option))];
        return new Outcome.Succeeded(new JsonArray([.. followed.Select(taskId => JsonValue.Create(taskId))])) { Downstream = new Downstream.FollowTasks(followed) };
    }

    private static Dictionary<string, string> Mapping(RenderedInputs inputs) => inputs.Json(
        HitlInputs.OptionsMapping, [], json => json!.AsObject().ToDictionary(member => member.Key, member => member.Value!.GetValue<string>()),
        "a JSON object of options and task ids such as {\"Publish\": \"load\"}");

    private static void CheckMapping(RenderedInputs inputs)
    {
        var options = inputs.StringList(HitlInputs.Options);
        if (Mapping(inputs).Keys.Except(options, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            throw new TaskFailure($"Input '{HitlInputs.OptionsMapping}' has '{unknown}', which is none of the options.{NearestName.Hint(unknown, options)}", retryable: false);
    }
}
