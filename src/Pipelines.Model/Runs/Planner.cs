using Pipelines.Model.Dags;
using Pipelines.Model.Runs.Readiness;

namespace Pipelines.Model.Runs;

/// <summary>
/// The decision what happens to a run next (airflow-semantics.md §3.1, §4, §7, §8). Pure; linear in tasks and edges. Every state change goes
/// through <see cref="TaskTransitions"/>. Slots are granted later, see <see cref="SlotGrant"/>.
/// </summary>
public sealed class Planner
{
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
        DagRunState.Queued => new([], [.. Unfinished(run).Select(task => new TaskWait(task.Id, "waits for its run, which is queued"))], null, null, null),
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
        foreach (var instance in extent.Instances)
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
            case TaskState.None or TaskState.UpForRetry:
                Judge(task, instance, extent, verdict.Value);
                break;
            case TaskState.Restarting:
                Wait(instance, "was cleared while it ran: waits for the old attempt to end");
                break;
            case TaskState.Scheduled when _run.DagPaused:
                Wait(instance, DagUnpausedRule.Judge(paused: true).Reason);
                break;
        }

        _somethingCanMove |= _states.Of(instance) is TaskState.Scheduled or TaskState.Queued or TaskState.Running or TaskState.Restarting;
    }

    /// <summary>What the tasks before it say of a task, and what happens to it when they say that it never runs.</summary>
    private (ReadinessAnswer Answer, TaskEvent Happened) Judge(DagTask task, MapExtent extent)
    {
        var before = Upstream(task);
        if (NotPreviouslySkippedRule.Judge(task, before, _run.Decisions) is { Verdict: ReadinessVerdict.Skipped } skipped)
        {
            return (skipped, TaskEvent.NotFollowed);
        }

        var upstream = TriggerRules.Judge(task.TriggerRule, before);
        if (upstream.Verdict == ReadinessVerdict.Passed && task.Mapping is not null)
        {
            upstream = MappedUpstreamRule.Judge(task, _states, extent.Length);
        }

        return (upstream, upstream.Verdict == ReadinessVerdict.Skipped ? TaskEvent.UpstreamSkipped : TaskEvent.UpstreamFailed);
    }

    private void Judge(DagTask task, TaskInstance instance, MapExtent extent, (ReadinessAnswer Answer, TaskEvent Happened) upstream)
    {
        switch (upstream.Answer.Verdict)
        {
            case ReadinessVerdict.UpstreamFailed or ReadinessVerdict.Skipped: Move(instance, upstream.Happened, upstream.Answer.Reason); break;
            case ReadinessVerdict.Waiting: Wait(instance, upstream.Answer.Reason); break;
            case ReadinessVerdict.Passed when extent.IsUnexpanded: Expand(extent); break;
            case ReadinessVerdict.Passed: Start(task, instance, upstream.Answer.Reason); break;
        }
    }

    private void Expand(MapExtent extent)
    {
        _expansions.Add(extent.Expansion);
        _somethingCanMove = true;
    }

    /// <summary>Its upstream allows it; time or the pause switch may still hold it.</summary>
    private void Start(DagTask task, TaskInstance instance, string reason)
    {
        _somethingCanMove = true;
        var due = RetryDueRule.Judge(instance, _now);
        var unpaused = DagUnpausedRule.Judge(_run.DagPaused);
        if (due.Verdict == ReadinessVerdict.Waiting)
        {
            WakeAt(instance.NextRetryAt!.Value);
            Wait(instance, due.Reason);
        }
        else if (unpaused.Verdict == ReadinessVerdict.Waiting)
        {
            Wait(instance, unpaused.Reason);
        }
        else
        {
            var retry = instance.State == TaskState.UpForRetry;
            var why = retry ? due.Reason : reason;
            Move(instance, retry ? TaskEvent.RetryDue : TaskEvent.DependenciesMet, $"{why}; waits for a slot of pool '{task.Pool}'", newAttempt: true);
        }
    }

    private List<UpstreamState> Upstream(DagTask task)
    {
        var counts = _run.Subset.Contains(task.TaskId) ? CountsForSubset : (Func<string, bool>)_states.ContainsKey;
        return [.. NearestTasks.Of(_run.Dag, task.Upstream, before => before.Upstream, counts).SelectMany(_states.AsUpstream)];
    }

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

    private void Wait(TaskInstance instance, string reason) => _waits.Add(new(instance.Id, reason));

    private void WakeAt(DateTimeOffset moment) => _wakeAt = _wakeAt < moment ? _wakeAt : moment;

    private void Move(TaskInstance instance, TaskEvent happened, string reason, bool newAttempt = false)
    {
        var from = _states.Of(instance);
        var to = TaskTransitions.Decide(from, happened).To ?? throw new InvalidOperationException($"The planner raised {happened} on a task instance that is {from}.");
        _states.Set(instance, to);
        _transitions.Add(new(instance.Id, from, to, newAttempt ? instance.TryNumber + 1 : instance.TryNumber, reason));
    }
}
