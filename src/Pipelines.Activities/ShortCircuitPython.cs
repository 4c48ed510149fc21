using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Activities.Branching;
using Pipelines.Activities.Processes;
using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>Python code that says whether the tasks after it run, as Airflow's ShortCircuitOperator.</summary>
public sealed class ShortCircuitPython : IActivity
{
    public ActivityDescriptor Descriptor { get; } = new(
        "ShortCircuitPython", "Short circuit by Python", "Control",
        "Runs Python code on the worker; goes on when it returns something true and skips the tasks after it when it does not.",
        [.. PythonProgram.Inputs(" What it returns is judged as Python does: false are False, None, 0 and what is empty."), ShortCircuitEnd.Descriptor],
        [],
        [ActivityDescriptor.Done])
    { RunsCode = true, SkipsDownstream = true };

    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var outcome = await PythonProgram.RunAsync(context, cancellation);
        if (outcome is not Outcome.Succeeded { ReturnValue: var returned } succeeded) return outcome;
        var goesOn = IsTrue(returned);
        context.Log(LogLevel.Info, $"The code returned {Excerpt.Of(returned?.ToJsonString() ?? "None", 200)}, which counts as {(goesOn ? "true" : "false")}.");
        return ShortCircuitEnd.Of(context, goesOn, returned) with { AssetUpdates = succeeded.AssetUpdates };
    }

    private static bool IsTrue(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.Array => value.AsArray().Count > 0,
        JsonValueKind.Object => value.AsObject().Count > 0,
        JsonValueKind.String => value.GetValue<string>().Length > 0,
        JsonValueKind.Number => double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture) != 0,
        JsonValueKind.True => true,
        _ => false,
    };
}
