using Pipelines.Activities.Branching;
using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>Skips the tasks after it when its condition is false, as Airflow's ShortCircuitOperator.</summary>
public sealed class ShortCircuit : IActivity
{
    private const string IgnoreDownstreamTriggerRules = "ignoreDownstreamTriggerRules";

    public ActivityDescriptor Descriptor { get; } = new(
        "ShortCircuit", "Short circuit", "Control",
        "Goes on when its condition is true and skips the tasks after it when it is false; the condition is the return value.",
        [
            new(Condition.Input, InputType.String, "Condition", "E.g. {{ ti.xcom_pull('count')['rows'] > 0 }} as Jinja. False are False, None, 0 and what is empty.") { Required = true },
            new(IgnoreDownstreamTriggerRules, InputType.Boolean, "Ignore downstream trigger rules", "Skip every task that is anywhere after it. Unset: only those directly after it; the trigger rules of the others decide.") { Default = "true", UiHint = "checkbox" },
        ],
        [],
        [ActivityDescriptor.Done])
    { SkipsDownstream = true };

    public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var condition = Condition.Of(context.Inputs) ?? throw new TaskFailure($"Input '{Condition.Input}' is not set. Set it in the DAG file or the designer.", retryable: false);
        var everywhere = context.Inputs.Boolean(IgnoreDownstreamTriggerRules, true);
        context.Log(LogLevel.Info, $"{condition}: {(condition.IsTrue ? "the tasks after it go on" : "the tasks after it are skipped")}.");
        return Task.FromResult<Outcome>(new Outcome.Succeeded(condition.Value) { Downstream = condition.IsTrue ? null : new Downstream.Skip(everywhere) });
    }
}
