using Pipelines.Activities.Waiting;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;

namespace Pipelines.Activities;

/// <summary>Waits for a run of another DAG, tasks of it or a task group, of the same logical date or another, as Airflow's ExternalTaskSensor.</summary>
public sealed class ExternalTaskSensor() : Sensor(new(
    "ExternalTaskSensor", "Wait for another DAG", "Sensors", "Waits until the run of another DAG, tasks of it or a task group have come to a state.",
    [
        new("externalDagId", InputType.String, "DAG", "The DAG to look at.") { Required = true },
        new("externalTaskIds", InputType.StringOrList, "Tasks", "One task_id, or several as a JSON array; empty: the run as a whole, or the task group."),
        new("externalTaskGroupId", InputType.String, "Task group", "A group_id: all tasks in that group, instead of tasks that are named."),
        new("allowedStates", InputType.StringList, "Good states", "It is done when all are in one of these.") { Default = "[\"success\"]", Check = inputs => States(inputs, "allowedStates", []) },
        new("skippedStates", InputType.StringList, "States that skip", "It is skipped when one is in one of these.") { Check = inputs => States(inputs, "skippedStates", []) },
        new("failedStates", InputType.StringList, "States that fail", "It fails when one is in one of these, e.g. [\"failed\", \"upstream_failed\"].") { Check = inputs => States(inputs, "failedStates", []) },
        new("executionDelta", InputType.Duration, "Earlier by", "How much earlier the other run's logical date is, e.g. 01:00:00; empty: the same."),
        new("executionDates", InputType.StringOrList, "Logical dates", "The other runs' logical dates, instead of the same or an earlier one, e.g. as Jinja {{ data_interval_start }}.") { Check = inputs => Named(inputs) },
        new("checkExistence", InputType.Boolean, "Check that it is there", "Fail without a retry when there is no such DAG, or its run has no such task or task group.") { Default = "false", UiHint = "checkbox" },
    ],
    [],
    [ActivityDescriptor.Done])
{ Checks = [new(["externalTaskIds", "externalTaskGroupId"], inputs => GroupOf(inputs)), new(["allowedStates", "skippedStates", "failedStates"], inputs => StatesOf(inputs)), new(["executionDelta", "executionDates"], CheckDates)] })
{
    protected override async Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation)
    {
        var inputs = context.Inputs;
        var (dagId, taskIds) = (inputs.Required("externalDagId"), inputs.TextOrList("externalTaskIds").Distinct(StringComparer.Ordinal).ToList());
        var (good, skipping, failing) = StatesOf(inputs);
        var groupId = GroupOf(inputs);
        var isChecked = inputs.Boolean("checkExistence", false);
        if (isChecked && !await context.Runs.HasDagAsync(dagId, cancellation)) throw new TaskFailure($"There is no DAG '{dagId}'. Correct input 'externalDagId', or add the DAG.", retryable: false);

        string? missing = null;
        foreach (var date in Dates(context))
        {
            var run = groupId is null ? await context.Runs.FindAsync(dagId, date, taskIds, cancellation) : await context.Runs.FindGroupAsync(dagId, date, groupId, cancellation);
            if (isChecked && run is not null) RequireThere(dagId, run, taskIds, groupId);
            var seen = Seen(dagId, date, taskIds, groupId, run);
            if (seen.FirstOrDefault(each => failing.Contains(each.State)) is { What: { } failed }) return Failed(inputs, failed);
            if (seen.FirstOrDefault(each => skipping.Contains(each.State)) is { What: { } skipped }) return new Poke.Skip($"{skipped}, which is one of 'skippedStates'.");
            missing ??= seen.FirstOrDefault(each => !good.Contains(each.State)).What;
        }

        return missing is null ? new Poke.Done() : new Poke.NotYet(missing + await PausedDag.WordsAsync(context, dagId, cancellation));
    }

    private static void RequireThere(string dagId, OtherRun run, List<string> taskIds, string? groupId)
    {
        if (groupId is not null && run.Tasks.Count == 0) throw new TaskFailure($"{NoGroup(dagId, run, groupId)}. Correct input 'externalTaskGroupId'.", retryable: false);
        if (taskIds.FirstOrDefault(id => !run.Tasks.ContainsKey(id)) is { } unknown)
            throw new TaskFailure($"Run '{run.RunId}' of DAG '{dagId}' has no task '{unknown}'. Correct input 'externalTaskIds'.", retryable: false);
    }

    private static string NoGroup(string dagId, OtherRun run, string groupId) => $"Run '{run.RunId}' of DAG '{dagId}' has no task group '{groupId}'";

    private static Poke.Skip Failed(RenderedInputs inputs, string what) => inputs.Boolean(SensorInputs.SoftFail, false)
        ? new Poke.Skip($"{what}, which is one of 'failedStates'. It is skipped since '{SensorInputs.SoftFail}' is set.")
        : throw new TaskFailure($"{what}, which is one of 'failedStates'. Mend what failed there and clear it, then clear this task.");

    private static List<(string What, string? State)> Seen(string dagId, DateTimeOffset date, List<string> taskIds, string? groupId, OtherRun? run)
    {
        if (run is null) return [($"DAG '{dagId}' has no run of {date.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC", null)];
        if (groupId is not null) return run.Tasks.Count == 0 ? [(NoGroup(dagId, run, groupId), null)] : [.. run.Tasks.Select(task => OfTask(task.Key))];
        if (taskIds.Count == 0) return [Named($"run '{run.RunId}' of DAG '{dagId}'", StateNames.ToName(run.State))];
        return [.. taskIds.Select(OfTask)];

        (string, string?) OfTask(string id) => Named($"task '{id}' of run '{run.RunId}' of DAG '{dagId}'", run.Tasks.TryGetValue(id, out var state) ? StateNames.ToName(state) : null);
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

    private static string? GroupOf(RenderedInputs inputs) => inputs.Optional("externalTaskGroupId") is var groupId && (groupId is null || inputs.TextOrList("externalTaskIds").Count == 0) ? groupId
        : throw new TaskFailure("Inputs 'externalTaskIds' and 'externalTaskGroupId' exclude each other. Set one of them.", retryable: false);

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
