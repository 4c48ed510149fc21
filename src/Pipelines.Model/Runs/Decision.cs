using Pipelines.Model.Dags;

namespace Pipelines.Model.Runs;

/// <summary>All that the planner may look at: one run, its DAG and its task instances.</summary>
/// <param name="Dag">The version the run uses.</param>
/// <param name="Run">The run.</param>
/// <param name="TaskInstances">All of the run, in any order.</param>
/// <param name="DagPaused">True: running tasks go on, no task is scheduled.</param>
public sealed record RunSnapshot(Dag Dag, DagRun Run, IReadOnlyList<TaskInstance> TaskInstances, bool DagPaused)
{
    /// <summary>The tasks that the run's backfill is about; empty: all. They do not wait for what others had come to.</summary>
    public IReadOnlyCollection<string> Subset { get; init; } = [];

    /// <summary>The run before it, for tasks that depend on their past; null: none to wait for.</summary>
    public PreviousRun? Previous { get; init; }

    /// <summary>What tasks of the run that have succeeded decided of the tasks after them, by the name of the task instance (see <see cref="TaskInstance.NameOf"/>).</summary>
    public IReadOnlyDictionary<string, DownstreamDecision> Decisions { get; init; } = new Dictionary<string, DownstreamDecision>();

    /// <summary>How many values tasks have passed on that others are mapped over, by task; one that has passed on none is absent.</summary>
    public IReadOnlyDictionary<string, int> MapLengths { get; init; } = new Dictionary<string, int>();

    /// <summary>Tasks whose last attempt has just failed: with fail_fast they stop the others. A failure that a person says does not.</summary>
    public IReadOnlyCollection<string> FailedNow { get; init; } = [];

    /// <summary>The tasks that these state changes end.</summary>
    public IEnumerable<string> EndedBy(IEnumerable<PlannedTransition> moves)
    {
        var ended = moves.Where(move => move.To.IsFinished()).Select(move => move.TaskInstanceId).ToHashSet();
        return ended.Count == 0 ? [] : TaskInstances.Where(instance => ended.Contains(instance.Id)).Select(instance => instance.TaskId);
    }
}

/// <summary>What is to be done to a run now. Applied as compare-and-set: a transition whose From no longer holds is dropped.</summary>
/// <param name="Transitions">State changes, in an order in which they may be applied.</param>
/// <param name="Waits">For every task instance that must wait: why.</param>
/// <param name="RunState">The run's new state, or null when it stays.</param>
/// <param name="RunReason">Why the run changes, e.g. <c>task_failure</c>; null when it stays.</param>
/// <param name="WakeAt">The next moment at which time alone changes the decision (a retry falls due); null: none.</param>
public sealed record Decision(
    IReadOnlyList<PlannedTransition> Transitions,
    IReadOnlyList<TaskWait> Waits,
    DagRunState? RunState,
    string? RunReason,
    DateTimeOffset? WakeAt)
{
    /// <summary>Mapped tasks that are to get other task instances.</summary>
    public IReadOnlyList<Expansion> Expansions { get; init; } = [];

    /// <summary>True: more may follow from what was decided, from other task instances or from the end of what tasks are mapped over. Apply it, then ask the planner again.</summary>
    public bool IsPartial { get; init; }
}

/// <summary>One state change of one task instance.</summary>
/// <param name="TaskInstanceId">Which.</param>
/// <param name="From">The state it must still have.</param>
/// <param name="To">The state it gets.</param>
/// <param name="TryNumber">The try number it gets (unchanged unless a new attempt starts).</param>
/// <param name="Reason">Why, in words.</param>
public sealed record PlannedTransition(long TaskInstanceId, TaskState From, TaskState To, int TryNumber, string Reason);

/// <summary>Why a task instance is not running.</summary>
/// <param name="TaskInstanceId">Which.</param>
/// <param name="Unmet">Every condition that is not met, in words for the user, e.g. <c>waits for extract_orders</c>; at least one.</param>
public sealed record TaskWait(long TaskInstanceId, params IReadOnlyList<string> Unmet)
{
    /// <summary>All of it in one line.</summary>
    public string Reason => string.Join("; ", Unmet);

    /// <inheritdoc/>
    public bool Equals(TaskWait? other) => other is not null && TaskInstanceId == other.TaskInstanceId && Unmet.SequenceEqual(other.Unmet);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(TaskInstanceId, Unmet.Count);
}
