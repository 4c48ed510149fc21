using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;

namespace Pipelines.Activities;

/// <summary>Waits for a run of another DAG, or tasks of it, of the same logical date or another, as Airflow's ExternalTaskSensor.</summary>
public sealed class ExternalTaskSensor() : Sensor(new(
    "ExternalTaskSensor", "Wait for another DAG", "Sensors", "Waits until the run of another DAG, or tasks of it, have come to a state.",
    [
        new("externalDagId", InputType.String, "DAG", "The DAG to look at.") { Required = true },
        new("externalTaskIds", InputType.StringOrList, "Tasks", "One task_id, or several as a JSON array; empty: the run as a whole."),
        new("allowedStates", InputType.StringList, "Good states", "It is done when all are in one of these.") { Default = "[\"success\"]", Check = inputs => States(inputs, "allowedStates", []) },
        new("skippedStates", InputType.StringList, "States that skip", "It is skipped when one is in one of these.") { Check = inputs => States(inputs, "skippedStates", []) },
        new("failedStates", InputType.StringList, "States that fail", "It fails when one is in one of these, e.g. [\"failed\", \"upstream_failed\"].") { Check = inputs => States(inputs, "failedStates", []) },
        new("executionDelta", InputType.Duration, "Earlier by", "How much earlier the other run's logical date is, e.g. 01:00:00; empty: the same."),
        new("executionDates", InputType.StringOrList, "Logical dates", "The other runs' logical dates, instead of the same or an earlier one, e.g. as Jinja {{ data_interval_start }}.") { Check = inputs => Named(inputs) },
        new("checkExistence", InputType.Boolean, "Check that it is there", "Fail without a retry when there is no such DAG, or its run has no such task.") { Default = "false", UiHint = "checkbox" },
    ],
    [],
    [ActivityDescriptor.Done])
{ Checks = [new(["allowedStates", "skippedStates", "failedStates"], inputs => StatesOf(inputs)), new(["executionDelta", "executionDates"], CheckDates)] })
{
    protected override async Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation)
    {
        var inputs = context.Inputs;
        var (dagId, taskIds) = (inputs.Required("externalDagId"), inputs.TextOrList("externalTaskIds").Distinct(StringComparer.Ordinal).ToList());
        var (good, skipping, failing) = StatesOf(inputs);
        var isChecked = inputs.Boolean("checkExistence", false);
        if (isChecked && !await context.Runs.HasDagAsync(dagId, cancellation)) throw new TaskFailure($"There is no DAG '{dagId}'. Correct input 'externalDagId', or add the DAG.", retryable: false);

        string? missing = null;
        foreach (var date in Dates(context))
        {
            var run = await context.Runs.FindAsync(dagId, date, taskIds, cancellation);
            if (isChecked && run is not null && taskIds.FirstOrDefault(id => !run.Tasks.ContainsKey(id)) is { } unknown)
                throw new TaskFailure($"Run '{run.RunId}' of DAG '{dagId}' has no task '{unknown}'. Correct input 'externalTaskIds'.", retryable: false);
            var seen = Seen(dagId, date, taskIds, run);
            if (seen.FirstOrDefault(each => failing.Contains(each.State)) is { What: { } failed }) return Failed(inputs, failed);
            if (seen.FirstOrDefault(each => skipping.Contains(each.State)) is { What: { } skipped }) return new Poke.Skip($"{skipped}, which is one of 'skippedStates'.");
            missing ??= seen.FirstOrDefault(each => !good.Contains(each.State)).What;
        }

        return missing is null ? new Poke.Done() : new Poke.NotYet(missing);
    }

    private static Poke.Skip Failed(RenderedInputs inputs, string what) => inputs.Boolean(SensorInputs.SoftFail, false)
        ? new Poke.Skip($"{what}, which is one of 'failedStates'. It is skipped since '{SensorInputs.SoftFail}' is set.")
        : throw new TaskFailure($"{what}, which is one of 'failedStates'. Mend what failed there and clear it, then clear this task.");

    private static List<(string What, string? State)> Seen(string dagId, DateTimeOffset date, List<string> taskIds, OtherRun? run)
    {
        if (run is null) return [($"DAG '{dagId}' has no run of {date.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC", null)];
        if (taskIds.Count == 0) return [Named($"run '{run.RunId}' of DAG '{dagId}'", StateNames.ToName(run.State))];
        return [.. taskIds.Select(id => Named($"task '{id}' of run '{run.RunId}' of DAG '{dagId}'", run.Tasks.TryGetValue(id, out var state) ? StateNames.ToName(state) : null))];

        static (string, string?) Named(string what, string? state) => ($"{what} is {(state is null or "none" ? "without status" : state)}", state);
    }

    private static IReadOnlyList<DateTimeOffset> Dates(ITaskContext context)
    {
        var inputs = context.Inputs;
        CheckDates(inputs);
        var (delta, dates) = (inputs.Duration("executionDelta"), Named(inputs));
        if (dates.Count > 0) return dates;
        return context.LogicalDate is { } own ? [own - (delta ?? TimeSpan.Zero)]
            : throw new TaskFailure("This run has no logical date, so there is none to look for. Set input 'executionDates'.", retryable: false);
    }

    private static void CheckDates(RenderedInputs inputs)
    {
        if (inputs.Duration("executionDelta") is not null && inputs.TextOrList("executionDates").Count > 0)
            throw new TaskFailure("Inputs 'executionDelta' and 'executionDates' exclude each other. Set one of them.", retryable: false);
    }

    private static IReadOnlyList<DateTimeOffset> Named(RenderedInputs inputs) => [.. inputs.TextOrList("executionDates").Select(text => InputText.TryDateTime(text, out var date) ? date
        : throw new TaskFailure($"Input 'executionDates' holds '{text}' but must be an ISO 8601 date such as 2026-01-31T06:00:00Z, or a JSON array of them.", retryable: false))];

    private static (IReadOnlyList<string> Good, IReadOnlyList<string> Skipping, IReadOnlyList<string> Failing) StatesOf(RenderedInputs inputs)
    {
        var (good, skipping, failing) = (States(inputs, "allowedStates", ["success"]), States(inputs, "skippedStates", []), States(inputs, "failedStates", []));
        return good.Intersect(skipping).Concat(good.Intersect(failing)).Concat(skipping.Intersect(failing)).FirstOrDefault() is not { } twice ? (good, skipping, failing)
            : throw new TaskFailure($"State '{twice}' is in more than one of 'allowedStates', 'skippedStates' and 'failedStates'. Leave it in one.", retryable: false);
    }

    private static IReadOnlyList<string> States(RenderedInputs inputs, string name, IReadOnlyList<string> fallback)
    {
        var states = inputs.Optional(name) is null ? fallback : inputs.StringList(name);
        var known = Enum.GetValues<TaskState>().Select(StateNames.ToName).Where(state => state != "none").ToList();
        return states.FirstOrDefault(state => !known.Contains(state)) is { } wrong
            ? throw new TaskFailure($"Input '{name}' names '{wrong}', which is no state. States are {string.Join(", ", known)}.", retryable: false) : states;
    }
}
