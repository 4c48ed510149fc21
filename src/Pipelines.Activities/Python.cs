using Pipelines.Activities.Processes;
using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>Runs Python code on the worker, with the semantics of Airflow's PythonOperator.</summary>
public sealed class Python : IActivity
{
    public ActivityDescriptor Descriptor { get; } = new(
        "Python", "Python", "Code",
        "Runs Python code on the worker; what it returns is the return value.",
        [.. PythonProgram.Inputs(), ReturnValue.DoXcomPush],
        [],
        [ActivityDescriptor.Done])
    { RunsCode = true };

    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation) =>
        await PythonProgram.RunAsync(context, cancellation) is var outcome && outcome is Outcome.Succeeded succeeded && !ReturnValue.IsWanted(context) ? succeeded with { ReturnValue = null } : outcome;
}
