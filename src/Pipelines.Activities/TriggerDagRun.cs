using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Pipelines.Activities.Waiting;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;

namespace Pipelines.Activities;

/// <summary>Makes a run of a DAG and, if wanted, waits for its end, as Airflow's TriggerDagRunOperator.</summary>
public sealed class TriggerDagRun : IDeferrable
{
    private const string TriggerDagId = "triggerDagId";
    private const string TriggerRunId = "triggerRunId";
    private const string Conf = "conf";
    private const string LogicalDate = "logicalDate";
    private const string ResetDagRun = "resetDagRun";
    private const string WaitForCompletion = "waitForCompletion";
    private const string PokeInterval = "pokeInterval";
    private const string AllowedStates = "allowedStates";
    private const string FailedStates = "failedStates";
    private const string SkipWhenAlreadyExists = "skipWhenAlreadyExists";
    private const string FailWhenDagIsPaused = "failWhenDagIsPaused";
    private const string StateKey = "state";

    // Task instances of a mapped task may begin in the same microsecond, and a DAG has one run of a logical date.
    private const int MostMoments = 1000;
    private static readonly TimeSpan Microsecond = TimeSpan.FromMicroseconds(1);

    public ActivityDescriptor Descriptor { get; } = new(
        "TriggerDagRun", "Trigger a DAG", "Control", "Makes a run of another DAG and, if wanted, waits for its end without a worker.",
        [
            new(TriggerDagId, InputType.String, "DAG", "The DAG to run.") { Required = true },
            new(TriggerRunId, InputType.String, "Run id", "Name of the run; empty: one is made of its logical date."),
            new(Conf, InputType.Json, "Conf", "What the run is told, a JSON object over the DAG's params, e.g. {\"country\": \"DE\"}.") { UiHint = "json-editor", Check = inputs => ConfOf(inputs) },
            new(LogicalDate, InputType.String, "Logical date", "The run's, in ISO 8601, e.g. as Jinja {{ logical_date }}; None: a run without one; empty: now.") { Check = inputs => DateOf(inputs, default) },
            new(ResetDagRun, InputType.Boolean, "Reset", "When there is such a run already: clear it, so that it runs again; its conf stays.") { Default = "false", UiHint = "checkbox" },
            new(WaitForCompletion, InputType.Boolean, "Wait for completion", "Wait for the run's end, without a worker.") { Default = "false", UiHint = "checkbox" },
            new(PokeInterval, InputType.Duration, "Poke interval", "Time between two looks at the run, e.g. 00:01:00.") { Default = "00:01:00" },
            new(AllowedStates, InputType.StringList, "Good states", "The wait ends well when the run is in one of these.") { Default = "[\"success\"]", Check = inputs => States(inputs, AllowedStates, []) },
            new(FailedStates, InputType.StringList, "States that fail", "The task fails when the run is in one of these.") { Default = "[\"failed\"]", Check = inputs => States(inputs, FailedStates, []) },
            new(SkipWhenAlreadyExists, InputType.Boolean, "Skip when it exists", "When there is such a run already: skip the task instead of failing it.") { Default = "false", UiHint = "checkbox" },
            new(FailWhenDagIsPaused, InputType.Boolean, "Fail when paused", "Fail when the DAG is paused; unset: the run waits until it is not.") { Default = "false", UiHint = "checkbox" },
            new("deferrable", InputType.Boolean, "Deferrable", "As in Airflow's files; a wait never holds a worker here.") { Default = "true", UiHint = "checkbox" },
        ],
        [],
        [ActivityDescriptor.Done])
    { NotTestable = "TriggerDagRun is not run as a test: the run that it makes would be a real one. Publish the DAG and run it." };

    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var inputs = context.Inputs;
        var (good, bad) = (States(inputs, AllowedStates, [DagRunState.Success]), States(inputs, FailedStates, [DagRunState.Failed]));
        if (context.Resumption is { } resumption) return Resume(context, resumption, bad);

        var dagId = inputs.Required(TriggerDagId);
        await context.XCom.PushAsync(RunRequest.DagIdKey, JsonValue.Create(dagId), cancellation);
        var run = await TriggerAsync(context, dagId, cancellation);
        if (run.End == RunRequestEnd.AlreadyExists) return Existing(inputs, dagId, run.RunId);
        context.Log(LogLevel.Info, $"Run '{run.RunId}' of DAG '{dagId}' {(run.End == RunRequestEnd.Made ? "was made" : "was there, and is cleared")}.");
        var paused = await PausedDag.WordsAsync(context, dagId, cancellation);
        if (paused.Length > 0) context.Log(LogLevel.Warning, $"The run waits{paused}.");
        if (!inputs.Boolean(WaitForCompletion, false)) return new Outcome.Succeeded();
        var poke = inputs.Duration(PokeInterval) ?? TimeSpan.FromMinutes(1);
        var waited = new JsonObject { [RunRequest.DagIdKey] = dagId, [RunRequest.RunIdKey] = run.RunId };
        return new Outcome.Deferred(new Trigger(context.Time.GetUtcNow() + poke, poke, waited), $"waits until run '{run.RunId}' of DAG '{dagId}' is {Words(good.Concat(bad))}{paused}") { NextKwargs = (JsonObject)waited.DeepClone() };
    }

    public async Task<TriggerLook> LookAsync(ITaskContext context, JsonObject trigger, CancellationToken cancellation)
    {
        var (dagId, runId) = (trigger[RunRequest.DagIdKey]!.GetValue<string>(), trigger[RunRequest.RunIdKey]!.GetValue<string>());
        var state = await context.Runs.StateAsync(dagId, runId, cancellation)
            ?? throw new TaskFailure($"Run '{runId}' of DAG '{dagId}' was deleted while this task waited for it. Clear the task to make another.");
        var ending = States(context.Inputs, AllowedStates, [DagRunState.Success]).Concat(States(context.Inputs, FailedStates, [DagRunState.Failed]));
        return ending.Contains(state) ? new TriggerLook.Fired(new JsonObject { [StateKey] = StateNames.ToName(state) })
            : new TriggerLook.NotYet($"run '{runId}' of DAG '{dagId}' is {StateNames.ToName(state)}{(state.IsFinished() ? "" : await PausedDag.WordsAsync(context, dagId, cancellation))}");
    }

    private static async Task<RequestedRun> TriggerAsync(ITaskContext context, string dagId, CancellationToken cancellation)
    {
        var inputs = context.Inputs;
        var (date, isChosen) = DateOf(inputs, context.Time.GetUtcNow());
        for (var moment = 0; ; moment++)
        {
            var runId = inputs.Optional(TriggerRunId) ?? (date is { } at ? RunIds.Manual(at)
                : RunIds.ManualWithoutLogicalDate(context.Time.GetUtcNow(), RandomNumberGenerator.GetHexString(8, lowercase: true)));
            var run = await context.Runs.TriggerAsync(
                new RunRequest(dagId, runId)
                {
                    LogicalDate = date,
                    Conf = ConfOf(inputs),
                    ResetsExisting = isChosen && inputs.Boolean(ResetDagRun, false),
                    FailsWhenPaused = inputs.Boolean(FailWhenDagIsPaused, false),
                },
                cancellation);
            if (run.End != RunRequestEnd.AlreadyExists || isChosen || moment == MostMoments) return run;
            date += Microsecond;
        }
    }

    private static JsonObject ConfOf(RenderedInputs inputs) => inputs.Json<JsonObject>(Conf, [], json => json!.AsObject(), "a JSON object such as {\"country\": \"DE\"}");

    /// <summary>The run's logical date, and whether the file chose that or its run id: then another run of it is one that it meant.</summary>
    private static (DateTimeOffset? Date, bool IsChosen) DateOf(RenderedInputs inputs, DateTimeOffset now) => inputs.Optional(LogicalDate) switch
    {
        null => (now, inputs.Optional(TriggerRunId) is not null),
        // How a template writes nothing.
        "None" or "null" => (null, true),
        var text => InputText.TryDateTime(text, out var date) ? (date, true)
            : throw new TaskFailure($"Input '{LogicalDate}' is '{text}' but must be an ISO 8601 date such as 2026-01-31T06:00:00Z, or None.", retryable: false),
    };

    // Airflow does not retry it.
    private static Outcome.Skipped Existing(RenderedInputs inputs, string dagId, string runId) => inputs.Boolean(SkipWhenAlreadyExists, false)
        ? new Outcome.Skipped($"Run '{runId}' of DAG '{dagId}' exists already, and '{SkipWhenAlreadyExists}' is set.")
        : throw new TaskFailure($"Run '{runId}' of DAG '{dagId}' exists already. Choose another run id or logical date, or set '{ResetDagRun}' to run it again or '{SkipWhenAlreadyExists}' to skip this task.", retryable: false);

    private static Outcome.Succeeded Resume(ITaskContext context, Resumption resumption, IReadOnlyList<DagRunState> bad)
    {
        if (resumption is not { End: TriggerEnd.Fired, Payload: JsonObject payload })
            throw new TaskFailure(resumption.Error ?? "The wait for the run failed.", retryable: resumption.End != TriggerEnd.FailedForGood);
        var run = $"Run '{resumption.NextKwargs[RunRequest.RunIdKey]}' of DAG '{resumption.NextKwargs[RunRequest.DagIdKey]}'";
        var state = payload[StateKey]!.GetValue<string>();
        if (bad.Any(each => StateNames.ToName(each) == state)) throw new TaskFailure($"{run} is {state}, which is one of '{FailedStates}'. Mend what failed there, then clear this task.");
        context.Log(LogLevel.Info, $"{run} is {state}.");
        return new Outcome.Succeeded();
    }

    private static IReadOnlyList<DagRunState> States(RenderedInputs inputs, string name, IReadOnlyList<DagRunState> fallback) => inputs.Optional(name) is null ? fallback
        : [.. inputs.StringList(name).Select(state => StateNames.TryParse<DagRunState>(state, out var found) ? found
            : throw new TaskFailure($"Input '{name}' names '{state}', which is no state of a run. States are {StateNames.Known<DagRunState>()}.", retryable: false))];

    private static string Words(IEnumerable<DagRunState> states) => string.Join(" or ", states.Select(StateNames.ToName));
}
