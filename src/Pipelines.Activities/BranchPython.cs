using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Activities.Processes;
using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>Python code that chooses which of the tasks directly after it run, as Airflow's BranchPythonOperator.</summary>
public sealed class BranchPython : IActivity
{
    public ActivityDescriptor Descriptor { get; } = new(
        "BranchPython", "Branch by Python", "Control",
        "Runs Python code on the worker, which returns the ids of the tasks directly after it that run; the others are skipped.",
        PythonProgram.Inputs(" It returns the id of a task or task group directly after this one, a list of ids, or None to skip all of them."),
        [],
        [ActivityDescriptor.Done])
    { RunsCode = true, SkipsDownstream = true };

    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation) =>
        await PythonProgram.RunAsync(context, cancellation) is var outcome && outcome is Outcome.Succeeded { ReturnValue: var returned } succeeded
            ? succeeded with { Downstream = new Downstream.FollowTasks(TaskIds(context, returned)) } : outcome;

    private static IReadOnlyList<string> TaskIds(ITaskContext context, JsonNode? returned) => returned switch
    {
        null => [],
        JsonValue value when value.GetValueKind() == JsonValueKind.String => [value.GetValue<string>()],
        JsonArray ids when ids.All(id => id?.GetValueKind() == JsonValueKind.String) => [.. ids.Select(id => id!.GetValue<string>())],
        _ => throw new TaskFailure(
            $"The code of task '{context.Key.TaskId}' returned {Excerpt.Of(returned.ToJsonString(), 200)}, but a branch returns the id of a task or task group, a list of ids, or None. Mend the code, then clear the task.", retryable: false),
    };
}
