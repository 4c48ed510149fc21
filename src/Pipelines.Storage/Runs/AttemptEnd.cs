using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>How an attempt ended, under the token it was claimed with.</summary>
public sealed record AttemptEnd
{
    public required long TaskInstanceId { get; init; }

    public required long Token { get; init; }

    /// <summary>Running or restarting: the state it must still have.</summary>
    public required TaskState From { get; init; }

    /// <summary>The task instance's new state, see <see cref="TaskTransitions"/>.</summary>
    public required TaskState To { get; init; }

    /// <summary>What became of the attempt itself: success, failed, skipped; or up_for_reschedule or deferred when it goes on later, exactly when <see cref="To"/> is.</summary>
    public required TaskState AttemptState { get; init; }

    /// <summary>The failure's message, or why it was skipped; null for success.</summary>
    public string? Error { get; init; }

    /// <summary>The failure's message part by part; empty: the message alone.</summary>
    public IReadOnlyList<FailureFact> Facts { get; init; } = [];

    /// <summary>Why it has its new state, for the user; null: nothing to say.</summary>
    public string? Reason { get; init; }

    /// <summary>Set exactly when <see cref="To"/> is up_for_retry.</summary>
    public DateTimeOffset? NextRetryAt { get; init; }

    /// <summary>Set exactly when <see cref="To"/> is up_for_reschedule.</summary>
    public DateTimeOffset? RescheduleDate { get; init; }

    /// <summary>
    /// True: the worker could not begin, and nothing of the work was done. What a deferral came to, its XComs and since when a sensor looks stay for the
    /// worker that can. Only where <see cref="To"/> is up_for_reschedule.
    /// </summary>
    public bool IsUnbegun { get; init; }
}
