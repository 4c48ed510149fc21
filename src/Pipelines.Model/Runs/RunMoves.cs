namespace Pipelines.Model.Runs;

/// <summary>What the planner has decided of a run so far, and the states that follow from it.</summary>
internal sealed class RunMoves(RunSnapshot run)
{
    private readonly List<PlannedTransition> _transitions = [];
    private readonly List<TaskWait> _waits = [];
    private readonly List<Expansion> _expansions = [];
    private bool _hasEndedSource;

    /// <summary>As they are after everything decided so far.</summary>
    public RunStates States { get; } = new(run.TaskInstances.OrderBy(instance => instance.MapIndex));

    /// <summary>True: something will happen without anybody's help, so the run is not in a deadlock.</summary>
    public bool SomethingCanMove { get; set; }

    /// <summary>True: task instances are to be made or changed before the rest can be decided.</summary>
    public bool Expands => _expansions.Count > 0;

    /// <summary>The next moment at which time alone changes the decision; null: none.</summary>
    public DateTimeOffset? WakeAt { get; private set; }

    /// <summary>Something happens to a task instance.</summary>
    public void Move(TaskInstance instance, TaskEvent happened, string reason, bool newAttempt = false)
    {
        var from = States.Of(instance);
        var to = TaskTransitions.Decide(from, happened).To ?? throw new InvalidOperationException($"The planner raised {happened} on a task instance that is {from}.");
        States.Set(instance, to);
        _hasEndedSource |= to.IsFinished() && run.Dag.TasksMappedOver.Contains(instance.TaskId);
        _transitions.Add(new(instance.Id, from, to, newAttempt ? instance.TryNumber + 1 : instance.TryNumber, reason));
    }

    /// <summary>A task instance stays as it is, for these reasons.</summary>
    public void Wait(TaskInstance instance, params IReadOnlyList<string> unmet) => _waits.Add(new(instance.Id, unmet));

    /// <summary>A mapped task gets the task instances that it is to have.</summary>
    public void Expand(Expansion expansion)
    {
        _expansions.Add(expansion);
        SomethingCanMove = true;
    }

    /// <summary>The run is to be looked at again at this moment, if not before.</summary>
    public void WakeNoLaterThan(DateTimeOffset moment) => WakeAt = WakeAt < moment ? WakeAt : moment;

    /// <summary>All of it.</summary>
    /// <param name="outcome">How the run ends; null: it goes on.</param>
    public Decision ToDecision(RunOutcome? outcome) =>
        new(_transitions, outcome?.Reason == RunOutcome.TimedOut ? [] : _waits, outcome?.State, outcome?.Reason, outcome is null ? WakeAt : null) { Expansions = _expansions, IsPartial = outcome is null && (Expands || _hasEndedSource) };
}
