namespace Pipelines.Model.Runs;

/// <summary>What can happen to a task instance; see <see cref="TaskTransitions"/> for what follows.</summary>
public enum TaskEvent
{
    /// <summary>The planner found every condition met.</summary>
    DependenciesMet,

    /// <summary>The trigger rule says upstream_failed.</summary>
    UpstreamFailed,

    /// <summary>The trigger rule says skipped.</summary>
    UpstreamSkipped,

    /// <summary>A task before it that branches or short-circuits decided that it does not run.</summary>
    NotFollowed,

    /// <summary>Pool and limits have a place for it.</summary>
    SlotGranted,

    /// <summary>It lay in the queue too long and goes back.</summary>
    StuckInQueue,

    /// <summary>It lay in the queue too long once too often.</summary>
    StuckTooOften,

    /// <summary>A worker took it.</summary>
    Claimed,

    /// <summary>The attempt reports success.</summary>
    Succeeded,

    /// <summary>The attempt reports that it decided not to run.</summary>
    Skipped,

    /// <summary>The attempt reports failure and another follows.</summary>
    Failed,

    /// <summary>The attempt reports failure and none follows.</summary>
    FailedForGood,

    /// <summary>The attempt wants to go on at a later moment and frees its slot.</summary>
    Rescheduled,

    /// <summary>The attempt wants to go on when a trigger has fired and frees its slot.</summary>
    Deferred,

    /// <summary>The worker stops and gives the task back before its attempt has ended; that attempt uses up no try.</summary>
    HandedBack,

    /// <summary>The worker no longer renews its lease; another attempt follows.</summary>
    LeaseLost,

    /// <summary>The worker no longer renews its lease and no attempt is left.</summary>
    LeaseLostForGood,

    /// <summary>The moment of the next attempt has come and its conditions are met.</summary>
    RetryDue,

    /// <summary>The moment at which an attempt wants to go on has come and its conditions are met.</summary>
    RescheduleDue,

    /// <summary>The trigger of a deferred attempt has fired, failed or timed out.</summary>
    TriggerFired,

    /// <summary>A person does not want to wait for the retry, or for the next poke.</summary>
    RetryNow,

    /// <summary>A person wants it to run again.</summary>
    Cleared,

    /// <summary>A person says it is done.</summary>
    MarkedSuccess,

    /// <summary>A person says it failed.</summary>
    MarkedFailed,

    /// <summary>The DAG no longer has the task.</summary>
    TaskRemoved,

    /// <summary>The DAG has the task again.</summary>
    TaskRestored,

    /// <summary>Its run took longer than dagrun_timeout.</summary>
    RunTimedOut,

    /// <summary>Another task of its run has failed for good, in a DAG with fail_fast.</summary>
    FailedFast,

    /// <summary>Its run has ended while it waited for a worker.</summary>
    RunEnded,
}
