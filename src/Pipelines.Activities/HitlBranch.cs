using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Hitl;

namespace Pipelines.Activities;

/// <summary>Has people choose which of the tasks directly after it run, as Airflow's HITLBranchOperator.</summary>
public sealed class HitlBranch() : HitlActivity(new(
    "HitlBranch", "Branch by a person", "Control", "Asks people which of the tasks directly after it run; the others are skipped. The ids of those that run are the return value.",
    [new(HitlInputs.OptionsMapping, InputType.Json, "Options to tasks", "For options that are not themselves ids of tasks directly after this one, which they stand for, e.g. {\"Publish\": \"load\"}.") { UiHint = "json-editor" }],
    [],
    [ActivityDescriptor.Done])
{ SkipsDownstream = true }, [])
{
    protected override Outcome After(ITaskContext context, HitlResponse response)
    {
        var mapping = context.Inputs.Json(HitlInputs.OptionsMapping, new Dictionary<string, string>(), json => json!.AsObject().ToDictionary(member => member.Key, member => member.Value!.GetValue<string>()),
            "a JSON object of options and task ids such as {\"Publish\": \"load\"}");
        List<string> followed = [.. response.ChosenOptions.Select(option => mapping.GetValueOrDefault(option, option))];
        return new Outcome.Succeeded(new JsonArray([.. followed.Select(taskId => JsonValue.Create(taskId))])) { Downstream = new Downstream.FollowTasks(followed) };
    }
}
