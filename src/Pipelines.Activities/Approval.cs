using Pipelines.Model.Activities;
using Pipelines.Model.Hitl;

namespace Pipelines.Activities;

/// <summary>Goes on when somebody approves and skips the tasks after it when somebody rejects, as Airflow's ApprovalOperator.</summary>
public sealed class Approval() : HitlActivity(new(
    "Approval", "Approval", "Control", "Goes on when somebody approves; when somebody rejects, the tasks after it are skipped.",
    [
        new(IgnoreDownstreamTriggerRules, InputType.Boolean, "Ignore downstream trigger rules", "A rejection skips every task that is anywhere after it. Unset: only those directly after it; the trigger rules of the others decide.") { Default = "false", UiHint = "checkbox" },
        new(FailOnReject, InputType.Boolean, "Fail on reject", "A rejection fails the task instead, and with retries it asks again.") { Default = "false", UiHint = "checkbox" },
    ],
    HitlOutputs.All,
    [ActivityDescriptor.Done])
{ SkipsDownstream = true }, [Approve, "Reject"], isFixed: true)
{
    private const string Approve = "Approve";
    private const string IgnoreDownstreamTriggerRules = "ignoreDownstreamTriggerRules";
    private const string FailOnReject = "failOnReject";

    protected override Outcome After(ITaskContext context, HitlResponse response)
    {
        var answer = new Outcome.Succeeded(response.ToJson());
        if (response.ChosenOptions is [Approve]) return answer;
        if (context.Inputs.Boolean(FailOnReject, false))
            throw new TaskFailure($"{Words(response)}, and '{FailOnReject}' is set. Clear the task to ask again.");
        return answer with { Downstream = new Downstream.Skip(context.Inputs.Boolean(IgnoreDownstreamTriggerRules, false)) };
    }
}
