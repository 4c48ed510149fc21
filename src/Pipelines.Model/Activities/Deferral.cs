using System.Text.Json.Nodes;

namespace Pipelines.Model.Activities;

/// <summary>
/// An activity whose tasks may wait without a worker (airflow-semantics.md §14): it returns <see cref="Outcome.Deferred"/>, and a scheduler
/// asks it from time to time whether what the task waits for has happened.
/// </summary>
public interface IDeferrable : IActivity
{
    /// <summary>
    /// Looks once, and soon says what it saw. Runs in a scheduler, maybe another one each time, after a restart too, so that all it knows is in
    /// the trigger; it may be asked again after it said that it happened. What it throws fails the trigger, and the task resumes into it.
    /// </summary>
    /// <param name="context">The attempt, its inputs rendered anew; its log goes on.</param>
    /// <param name="trigger">What the task waits for, as it said when it was deferred.</param>
    /// <param name="cancellation">Signalled when it takes too long, or the scheduler stops.</param>
    Task<TriggerLook> LookAsync(ITaskContext context, JsonObject trigger, CancellationToken cancellation);
}

/// <summary>What a task waits for without a worker.</summary>
/// <param name="First">Not looked at before this moment.</param>
/// <param name="Every">Time between two looks; null: nobody looks, it fires at the moment.</param>
/// <param name="Arguments">For <see cref="IDeferrable.LookAsync"/>; stored, so no secrets.</param>
public sealed record Trigger(DateTimeOffset First, TimeSpan? Every, JsonObject Arguments)
{
    /// <summary>Fires at a moment.</summary>
    public static Trigger At(DateTimeOffset moment) => new(moment, null, []);

    /// <summary>Fires when somebody says so.</summary>
    public static Trigger ByHand { get; } = At(DateTimeOffset.MaxValue);
}

/// <summary>What one look came to.</summary>
public abstract record TriggerLook
{
    private TriggerLook()
    {
    }

    /// <summary>It has not happened: look again.</summary>
    /// <param name="Seen">What was found instead, for the user.</param>
    public sealed record NotYet(string Seen) : TriggerLook;

    /// <summary>It has happened: the task resumes.</summary>
    /// <param name="Payload">For the task; stored, so no secrets.</param>
    public sealed record Fired(JsonNode? Payload = null) : TriggerLook;
}

/// <summary>Why and with what a deferred task goes on.</summary>
/// <param name="End">How its wait ended.</param>
/// <param name="NextKwargs">What it said when it was deferred.</param>
/// <param name="Payload">Of the trigger that fired; null: none.</param>
/// <param name="Error">Why the trigger failed; null: it did not.</param>
public sealed record Resumption(TriggerEnd End, JsonObject NextKwargs, JsonNode? Payload, string? Error);

/// <summary>How the wait of a deferred task ended.</summary>
public enum TriggerEnd
{
    /// <summary>What it waited for has happened.</summary>
    Fired,

    /// <summary>The trigger failed; another attempt may help.</summary>
    Failed,

    /// <summary>The trigger failed in a way that another attempt cannot help.</summary>
    FailedForGood,

    /// <summary>It waited longer than it wanted to.</summary>
    TimedOut,
}
