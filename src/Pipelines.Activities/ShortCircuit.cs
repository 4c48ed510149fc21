using Pipelines.Activities.Branching;
using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>Skips the tasks after it when its condition is false, as Airflow's ShortCircuitOperator.</summary>
public sealed class ShortCircuit : IActivity
{
    public ActivityDescriptor Descriptor { get; } = new(
        "ShortCircuit", "Short circuit", "Control",
        "Goes on when its condition is true and skips the tasks after it when it is false; the condition is the return value.",
        [
            new(Condition.Input, InputType.String, "Condition", "E.g. {{ ti.xcom_pull('count')['rows'] > 0 }} as Jinja. False are False, None, 0 and what is empty.") { Required = true },
            ShortCircuitEnd.Descriptor,
        ],
        [],
        [ActivityDescriptor.Done])
    { SkipsDownstream = true };

    public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var condition = Condition.Of(context.Inputs) ?? throw new TaskFailure($"Input '{Condition.Input}' is not set. Set it in the DAG file or the designer.", retryable: false);
        context.Log(LogLevel.Info, $"{condition}.");
        return Task.FromResult<Outcome>(ShortCircuitEnd.Of(context, condition.IsTrue, condition.Value));
    }
}
