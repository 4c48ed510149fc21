using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Assets;
using Pipelines.Model.Hitl;
using Pipelines.Model.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>How an attempt ended, one named constructor per legal ending. Texts are masked, and can be stored whatever the activity said.</summary>
internal sealed record AttemptResult
{
    private AttemptResult()
    {
    }

    /// <summary>What is reported; a failure may become <see cref="TaskEvent.FailedForGood"/> when no retry is left.</summary>
    public required TaskEvent Event { get; init; }

    /// <summary>What became of the attempt itself.</summary>
    public required TaskState AttemptState { get; init; }

    /// <summary>For the user; null for success.</summary>
    public string? Message { get; init; }

    /// <summary>The exception with its stack trace, for logs; null: none.</summary>
    public string? Details { get; init; }

    /// <summary>What the activity itself said about its failure; null for any other failure.</summary>
    public TaskFailure? Failure { get; init; }

    /// <summary>What the activity said of its failure part by part; empty: the message alone.</summary>
    public IReadOnlyList<FailureFact> Facts { get; init; } = [];

    /// <summary>True: it was stopped because it no longer held its task instance.</summary>
    public bool IsLost { get; init; }

    /// <summary>True: it was stopped at its execution timeout.</summary>
    public bool IsTimedOut { get; init; }

    /// <summary>Pushed to XCom; null: nothing.</summary>
    public JsonNode? ReturnValue { get; init; }

    /// <summary>When the attempt goes on; null: it has ended.</summary>
    public DateTimeOffset? RescheduleDate { get; init; }

    /// <summary>True: nothing of the work was done, see <see cref="MissingActivity"/>.</summary>
    public bool IsUnbegun { get; init; }

    /// <summary>What it waits for to go on; null: nothing.</summary>
    public Outcome.Deferred? Deferral { get; init; }

    /// <summary>What it asks people meanwhile; null: nothing.</summary>
    public HitlQuestion? Question { get; init; }

    /// <summary>What it decided of the tasks after it; null: nothing.</summary>
    public DownstreamDecision? Decision { get; init; }

    /// <summary>What it said of the assets that it updated.</summary>
    public IReadOnlyList<AssetUpdate> AssetUpdates { get; init; } = [];

    /// <summary>The activity returned.</summary>
    public static AttemptResult Of(AttemptOutcome ended, SeenSecrets secrets) => ended.Outcome switch
    {
        Outcome.Succeeded succeeded => new()
        {
            Event = TaskEvent.Succeeded,
            AttemptState = TaskState.Success,
            ReturnValue = succeeded.ReturnValue,
            Decision = ended.Decision,
            AssetUpdates = succeeded.AssetUpdates,
        },
        Outcome.Skipped skipped => new() { Event = TaskEvent.Skipped, AttemptState = TaskState.Skipped, Message = Told(skipped.Reason, secrets) },
        Outcome.RescheduleAt later => new() { Event = TaskEvent.Rescheduled, AttemptState = TaskState.UpForReschedule, RescheduleDate = later.At, Message = Told(later.Why, secrets), IsUnbegun = ended.IsUnbegun },
        Outcome.Deferred deferred => new() { Event = TaskEvent.Deferred, AttemptState = TaskState.Deferred, Deferral = deferred, Message = Told(deferred.Why, secrets) },
        Outcome.Asked { Question: var question } => Asked(Told(question, secrets), ended.ResponseLimit),
        var outcome => throw new NotSupportedException($"Outcome {outcome.GetType().Name} is not known to the engine."),
    };

    /// <summary>The activity threw.</summary>
    public static AttemptResult Failed(Exception error, SeenSecrets secrets) => new()
    {
        Event = TaskEvent.Failed,
        AttemptState = TaskState.Failed,
        Message = Told(error is TaskFailure ? error.Message : $"{error.GetType().Name}: {error.Message}", secrets),
        Details = error is TaskFailure { InnerException: null } ? null : Told(error.ToString(), secrets),
        Failure = error as TaskFailure,
        Facts = [.. ((error as TaskFailure)?.Facts ?? []).Select(fact => new FailureFact(fact.Name, Told(fact.Value, secrets)))],
    };

    /// <summary>The attempt ran into the task's execution timeout.</summary>
    public static AttemptResult TimedOut(TimeSpan limit) => Failed(
        $"Stopped after {limit}, the task's execution timeout. Raise its executionTimeout, or find out in the log what took so long.") with
    { IsTimedOut = true };

    /// <summary>The worker stops: the task instance goes back to the queue and the attempt does not count as a try.</summary>
    public static AttemptResult HandedBack(string worker) => new()
    {
        Event = TaskEvent.HandedBack,
        AttemptState = TaskState.Failed,
        Message = $"Handed back: worker {worker} is stopping. Another worker takes the task; no try is used up.",
    };

    /// <summary>The task instance was cleared, marked or taken away while the attempt ran.</summary>
    public static AttemptResult Lost() => Failed(
        "Stopped: the task instance was cleared, marked or taken by another worker while this attempt ran.") with
    { IsLost = true };

    /// <summary>It ended, and the database refuses to store how.</summary>
    public static AttemptResult Unstorable(Exception error) => Failed(StorableText.Of(
        $"The attempt ended, but how it ended cannot be stored: {Excerpt.Of(error.Message, 500)} Look at what it returns, or says of its end, for text that is too long or is no text. Its last log lines are lost."));

    /// <summary>The lease ran out, because the metadata database could not be asked for so long.</summary>
    public static AttemptResult RanOut(string worker, TimeSpan lease) => Failed(
        $"Stopped: worker {worker} could not renew its lease for {lease.TotalSeconds:0} seconds, because the metadata database did not answer or another session held the task's row; another worker may have taken the task. Look at the database.") with
    { IsLost = true };

    private static AttemptResult Asked(HitlQuestion question, TimeSpan? limit)
    {
        var message = $"waits for an answer to '{question.Subject}'";
        return new() { Event = TaskEvent.Deferred, AttemptState = TaskState.Deferred, Deferral = new Outcome.Deferred(Trigger.ByHand, message) { Timeout = limit }, Question = question, Message = message };
    }

    private static HitlQuestion Told(HitlQuestion question, SeenSecrets secrets) => question with
    {
        Subject = Told(question.Subject, secrets),
        Body = question.Body is { } body ? Told(body, secrets) : null,
    };

    private static string Told(string text, SeenSecrets secrets) => StorableText.Of(secrets.Apply(text));

    private static AttemptResult Failed(string message) =>
        new() { Event = TaskEvent.Failed, AttemptState = TaskState.Failed, Message = message };
}
