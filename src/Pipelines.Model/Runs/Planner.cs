using Pipelines.Model.Dags;
using Pipelines.Model.Runs.Readiness;

namespace Pipelines.Model.Runs;

/// <summary>
/// The decision what happens to a run next (airflow-semantics.md §3.1, §4, §5.2, §7, §8, §11). Pure; linear in tasks and edges. Every state change goes
/// through <see cref="TaskTransitions"/>. Slots are granted later, see <see cref="SlotGrant"/>.
/// </summary>
public sealed class Planner
{
    private static readonly TimeSpan LookAtPastAgain = TimeSpan.FromMinutes(1);

    private readonly RunSnapshot _run;
    private readonly DateTimeOffset _now;
    private readonly RunStates _states;
    private readonly List<PlannedTransition> _transitions = [];
    private readonly List<TaskWait> _waits = [];
    private readonly List<Expansion> _expansions = [];
    private DateTimeOffset? _wakeAt;
    private bool _somethingCanMove;

    private Planner(RunSnapshot run, DateTimeOffset now)
    {
        (_run, _now) = (run, now);
        _states = new RunStates(run.TaskInstances.OrderBy(instance => instance.MapIndex));
    }

    /// <summary>Decides.</summary>
    /// <param name="run">The run as it is. Only a running one changes: a queued one is promoted first (see <see cref="RunPromotion"/>), an ended one stays.</param>
    /// <param name="now">The current instant.</param>
    public static Decision Decide(RunSnapshot run, DateTimeOffset now) => run.Run.State switch
    {
        DagRunState.Running => new Planner(run, now).Decide(),
        DagRunState.Queued => new([], [.. Unfinished(run).Select(task => new TaskWait(task.Id, RunQueuedRule.Reasons(run)))], null, null, null),
        _ => new([], [], null, null, null),
    };

    private Decision Decide()
    {
        if (Deadline() is { } deadline)
        {
            if (deadline <= _now)
            {
                return TimeOut();
            }

            WakeAt(deadline);
        }

        RemoveTasksTheDagLost();
        if (_run.Dag.FailFast && _run.FailedNow.Count > 0) StopTheOthers();

        // Tasks come in topological order, so one pass carries a failure or a skip all the way down.
        var extents = MapExtent.Of(_run, _states);
        _expansions.AddRange(extents.Where(extent => extent.IsAmiss).Select(extent => extent.Expansion));
        // Nothing follows from a task that lacks instances before it has them.
        foreach (var extent in _expansions.Count > 0 ? [] : extents)
        {
            Visit(extent);
        }

        var outcome = Outcome();
        return new(_transitions, _waits, outcome?.State, outcome?.Reason, outcome is null ? _wakeAt : null) { Expansions = _expansions };
    }

    /// <summary>What is upstream of a task is judged once for all of its instances, and only when one asks.</summary>
    private void Visit(MapExtent extent)
    {
        var verdict = new Lazy<(ReadinessAnswer, TaskEvent)>(() => Judge(extent.Task, extent));
        foreach (var instance in extent.Instances.Where(instance => _states.Of(instance) == instance.State))
        {
            if (extent.Has(instance))
            {
                Visit(extent.Task, instance, extent, verdict);
            }
            else if (instance.State != TaskState.Removed)
            {
                Move(instance, TaskEvent.TaskRemoved, "the task has fewer task instances now");
            }
        }
    }

    private void Visit(DagTask task, TaskInstance instance, MapExtent extent, Lazy<(ReadinessAnswer, TaskEvent)> verdict)
    {
        switch (instance.State)
        {
            case TaskState.Removed:
                Move(instance, TaskEvent.TaskRestored, "the task is in the DAG again");
                Judge(task, instance with { State = TaskState.None }, extent, verdict.Value);
                break;
            case TaskState.None or TaskState.UpForRetry or TaskState.UpForReschedule:
                Judge(task, instance, extent, verdict.Value);
                break;
            case TaskState.Restarting:
                Wait(instance, "was cleared while it ran: waits for the old attempt to end");
                break;
            case TaskState.Scheduled when _run.DagPaused:
                Wait(instance, DagUnpausedRule.Judge(paused: true).Reason);
                break;
        }

        _somethingCanMove |= _states.Of(instance) is TaskState.Scheduled or TaskState.Queued or TaskState.Running or TaskState.Deferred or TaskState.Restarting;
    }

    /// <summary>What the tasks before it say of a task, and what happens to it when they say that it never runs.</summary>
    private (ReadinessAnswer Answer, TaskEvent Happened) Judge(DagTask task, MapExtent extent)
    {
        var before = Upstream(task);
        if (NotPreviouslySkippedRule.Judge(task, before, _run.Decisions) is { Verdict: ReadinessVerdict.Skipped } skipped)
        {
            return (skipped, TaskEvent.NotFollowed);
        }

        var upstream = SetupRule.Join(Setups(task), TriggerRules.Judge(task.TriggerRule, before));
        if (upstream.Verdict == ReadinessVerdict.Passed && task.Mapping is not null)
        {
            upstream = MappedUpstreamRule.Judge(task, _states, extent.Length);
        }

        return (upstream, upstream.Verdict == ReadinessVerdict.Skipped ? TaskEvent.UpstreamSkipped : TaskEvent.UpstreamFailed);
    }

    private void Judge(DagTask task, TaskInstance instance, MapExtent extent, (ReadinessAnswer Answer, TaskEvent Happened) upstream)
    {
        var reason = upstream.Answer.Reason;
        switch (upstream.Answer.Verdict)
        {
            case ReadinessVerdict.UpstreamFailed: Move(instance, TaskEvent.UpstreamFailed, reason); break;
            case ReadinessVerdict.Skipped: Skip(task, instance, upstream.Happened, reason); break;
            case ReadinessVerdict.Waiting: Wait(instance, [reason, .. Holding(task, instance)]); break;
            case ReadinessVerdict.Passed when extent.IsUnexpanded: Expand(extent); break;
            case ReadinessVerdict.Passed: Start(task, instance, reason); break;
        }
    }

    private void Expand(MapExtent extent)
    {
        _expansions.Add(extent.Expansion);
        _somethingCanMove = true;
    }

    private void Skip(DagTask task, TaskInstance instance, TaskEvent happened, string reason)
    {
        if (task.WaitForPastDependsBeforeSkipping && Past(task) is { Verdict: ReadinessVerdict.Waiting } past)
        {
            WaitForPast();
            Wait(instance, $"is to be skipped ({reason}), but not before its past allows it to run", past.Reason);
        }
        else
        {
            Move(instance, happened, reason);
        }
    }

    /// <summary>Its upstream allows it; its past, time or the pause switch may still hold it.</summary>
    private void Start(DagTask task, TaskInstance instance, string reason)
    {
        _somethingCanMove = true;
        List<string> holding = [.. Holding(task, instance)];
        if (holding.Count > 0)
        {
            if (Due(instance).Answer.Verdict == ReadinessVerdict.Waiting) WakeAt((instance.NextRetryAt ?? instance.RescheduleDate)!.Value);
            if (Past(task).Verdict == ReadinessVerdict.Waiting) WaitForPast();
            Wait(instance, holding);
        }
        else
        {
            var (due, happened) = Due(instance);
            var why = happened == TaskEvent.DependenciesMet ? reason : due.Reason;
            Move(instance, happened, $"{why}; waits for a slot of pool '{task.Pool}'", newAttempt: happened != TaskEvent.RescheduleDue);
        }
    }

    /// <summary>What beside its upstream holds a task now.</summary>
    private IEnumerable<string> Holding(DagTask task, TaskInstance instance) =>
        ReadinessAnswer.Waits(Past(task), Due(instance).Answer, DagUnpausedRule.Judge(_run.DagPaused));

    private (ReadinessAnswer Answer, TaskEvent Happened) Due(TaskInstance instance) => instance.State switch
    {
        TaskState.UpForReschedule => (RescheduleDueRule.Judge(instance, _now), TaskEvent.RescheduleDue),
        TaskState.UpForRetry => (RetryDueRule.Judge(instance, _now), TaskEvent.RetryDue),
        _ => (new(ReadinessVerdict.Passed, ""), TaskEvent.DependenciesMet),
    };

    private ReadinessAnswer Past(DagTask task) => PreviousRunRule.Judge(_run.Dag, task, _run.Previous);

    /// <summary>What somebody does in another run can move it, so it is no deadlock.</summary>
    private void WaitForPast()
    {
        _somethingCanMove = true;
        if (_run.Previous is { TellsOfItsTasks: false }) WakeAt(_now + LookAtPastAgain);
    }

    private List<UpstreamState> Upstream(DagTask task) =>
        [.. NearestTasks.Of(_run.Dag, task.Upstream, before => before.Upstream, Counts(task)).SelectMany(State)];

    /// <summary>The setups that it needs and its trigger rule does not ask; always is as in Airflow always.</summary>
    private IReadOnlyList<UpstreamState> Setups(DagTask task) => _run.Dag.SetupsOf(task.TaskId) is not { Count: > 0 } setups || task.TriggerRule == TriggerRule.Always ? []
        : [.. setups.Except(task.Upstream).Where(Counts(task)).SelectMany(State)];

    private IEnumerable<UpstreamState> State(string taskId) => _states.AsUpstream(taskId, _run.Dag.TasksById[taskId].IsSetup);

    private Func<string, bool> Counts(DagTask task) => _run.Subset.Contains(task.TaskId) ? CountsForSubset : _states.ContainsKey;

    /// <summary>Outside the subset only what somebody has cleared since counts: it will come to something new.</summary>
    private bool CountsForSubset(string taskId) =>
        _states.TryGetValue(taskId, out var state) && (_run.Subset.Contains(taskId) || !state.IsFinished());

    private void RemoveTasksTheDagLost()
    {
        foreach (var instance in _run.TaskInstances)
        {
            if (instance.State != TaskState.Removed && !_run.Dag.TasksById.ContainsKey(instance.TaskId))
            {
                Move(instance, TaskEvent.TaskRemoved, "the task is no longer in the DAG");
            }
        }
    }

    /// <summary>fail_fast (airflow-semantics.md §1): what runs fails, what has not begun is skipped; teardowns still have their work.</summary>
    private void StopTheOthers()
    {
        foreach (var instance in _run.TaskInstances.Where(instance => !_states.Of(instance).IsFinished() && _run.Dag.TasksById.GetValueOrDefault(instance.TaskId) is not { IsTeardown: true }))
        {
            Move(instance, TaskEvent.FailedFast, $"fail_fast: '{_run.FailedNow.First()}' failed, which stops the other tasks of its run");
        }
    }

    private DateTimeOffset? Deadline() => _run.Dag.DagRunTimeout is { } limit && _run.Run.StartDate is { } start ? start + limit : null;

    private Decision TimeOut()
    {
        foreach (var instance in Unfinished(_run))
        {
            Move(instance, TaskEvent.RunTimedOut, $"the run took longer than its dagrun_timeout of {_run.Dag.DagRunTimeout:c}");
        }

        return new(_transitions, [], DagRunState.Failed, RunOutcome.TimedOut, null);
    }

    private RunOutcome? Outcome() =>
        _expansions.Count > 0 ? null
        : _states.Values.All(StateNames.IsFinished) ? RunOutcome.Of(_run.Dag, _states, _run.Subset)
        : _somethingCanMove ? null
        : new(DagRunState.Failed, RunOutcome.Deadlock);

    private static IEnumerable<TaskInstance> Unfinished(RunSnapshot run) => run.TaskInstances.Where(task => !task.State.IsFinished());

    private void Wait(TaskInstance instance, params IReadOnlyList<string> unmet) => _waits.Add(new(instance.Id, unmet));

    private void WakeAt(DateTimeOffset moment) => _wakeAt = _wakeAt < moment ? _wakeAt : moment;

    private void Move(TaskInstance instance, TaskEvent happened, string reason, bool newAttempt = false)
    {
        var from = _states.Of(instance);
        var to = TaskTransitions.Decide(from, happened).To ?? throw new InvalidOperationException($"The planner raised {happened} on a task instance that is {from}.");
        _states.Set(instance, to);
        _transitions.Add(new(instance.Id, from, to, newAttempt ? instance.TryNumber + 1 : instance.TryNumber, reason));
    }
}
