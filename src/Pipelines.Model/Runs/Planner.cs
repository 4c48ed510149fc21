using Pipelines.Model.Dags;
using Pipelines.Model.Runs.Readiness;

namespace Pipelines.Model.Runs;

/// <summary>
/// The decision what happens to a run next (airflow-semantics.md §3.1, §4, §5.2, §7, §8, §11). Pure; linear in tasks and edges. Every state change goes
/// through <see cref="TaskTransitions"/>. Slots are granted later, see <see cref="SlotGrant"/>.
/// </summary>
public sealed class Planner
{
    // Joins in large runs ask for it all the time, and hardly ever is it a deadlock.
    private static readonly TimeSpan LookAtTheWhole = TimeSpan.FromSeconds(10);

    private readonly RunSnapshot _run;
    private readonly DateTimeOffset _now;
    private readonly RunMoves _moves;
    private readonly UpstreamJudgement _upstream;
    private readonly InstancePlanner _instances;

    private Planner(RunSnapshot run, DateTimeOffset now)
    {
        (_run, _now, _moves) = (run, now, new RunMoves(run));
        _upstream = new UpstreamJudgement(run, _moves.States);
        _instances = new InstancePlanner(run, now, _moves);
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

    /// <summary>Decides what follows at once from the success of some tasks, in a run that was planned before.</summary>
    /// <param name="part">As for <see cref="Decide(RunSnapshot, DateTimeOffset)"/>, but only with the task instances of <paramref name="near"/>.</param>
    /// <param name="near">Around those that succeeded.</param>
    /// <param name="now">The current instant.</param>
    /// <returns>
    /// What the whole run would give for the children: that they are scheduled, or why they wait. Its moment to wake adds to that of the run. Null: more follows than
    /// that, or may; decide on the whole run.
    /// </returns>
    public static Decision? DecideAfter(RunSnapshot part, Neighbourhood near, DateTimeOffset now) =>
        part.Run.State != DagRunState.Running || part.Subset.Count > 0 ? null : new Planner(part, now).DecideAfter(near);

    private Decision? DecideAfter(Neighbourhood near)
    {
        // Behind tasks that the run lacks others wait, see NearestTasks.
        if (Deadline() <= _now || !near.TaskIds.All(_moves.States.ContainsKey)) return null;
        foreach (var child in near.Children.GroupBy(child => child.TaskId, child => child.MapIndex))
        {
            var extent = MapExtent.Of(_run, _moves.States, _run.Dag.TasksById[child.Key]);
            if (!child.All(mapIndex => extent.Instances.Any(instance => instance.MapIndex == mapIndex))) return null;
            Visit(extent, extent.Instances.Where(instance => child.Contains(instance.MapIndex)));
        }

        if (_moves.Expands || _moves.States.Values.All(StateNames.IsFinished)) return null;
        // Whether what they wait for will ever end, only the whole run tells.
        if (!_moves.SomethingCanMove && !_run.TaskInstances.Any(instance => CanMove(instance.State))) _moves.WakeNoLaterThan(_now + LookAtTheWhole);
        var decision = _moves.ToDecision(outcome: null);
        return decision.Transitions.Any(move => move.To.IsFinished()) ? null : decision;
    }

    private Decision Decide()
    {
        if (Deadline() is { } deadline)
        {
            if (deadline <= _now)
            {
                return TimeOut();
            }

            _moves.WakeNoLaterThan(deadline);
        }

        RemoveTasksTheDagLost();
        if (_run.Dag.FailFast && _run.FailedNow.Count > 0) StopTheOthers();

        // Tasks come in topological order, so one pass carries a failure or a skip all the way down.
        var extents = MapExtent.Of(_run, _moves.States);
        foreach (var extent in extents.Where(extent => extent.IsAmiss)) _moves.Expand(extent.Expansion);
        // Nothing follows from a task that lacks instances before it has them.
        foreach (var extent in _moves.Expands ? [] : extents) Visit(extent, extent.Instances);
        return _moves.ToDecision(Outcome());
    }

    /// <summary>What is upstream of a task is judged once for all of its instances, where it is the same for all, and only when one asks.</summary>
    private void Visit(MapExtent extent, IEnumerable<TaskInstance> instances)
    {
        var isSameForAll = UpstreamJudgement.IsSameForAll(extent.Task);
        var verdict = Verdict(-1);
        foreach (var instance in instances.Where(instance => _moves.States.Of(instance) == instance.State))
        {
            if (extent.Has(instance))
            {
                Visit(extent.Task, instance, extent, isSameForAll ? verdict : Verdict(instance.MapIndex));
            }
            else if (instance.State != TaskState.Removed)
            {
                _moves.Move(instance, TaskEvent.TaskRemoved, "the task has fewer task instances now");
            }
        }

        Lazy<(ReadinessAnswer, TaskEvent)> Verdict(int mapIndex) => new(() => _upstream.Judge(extent, mapIndex));
    }

    private void Visit(DagTask task, TaskInstance instance, MapExtent extent, Lazy<(ReadinessAnswer, TaskEvent)> verdict)
    {
        switch (instance.State)
        {
            case TaskState.Removed:
                _moves.Move(instance, TaskEvent.TaskRestored, "the task is in the DAG again");
                _instances.Follow(task, instance with { State = TaskState.None }, extent, verdict.Value);
                break;
            case TaskState.None or TaskState.UpForRetry or TaskState.UpForReschedule:
                _instances.Follow(task, instance, extent, verdict.Value);
                break;
            case TaskState.Restarting:
                _moves.Wait(instance, "was cleared while it ran: waits for the old attempt to end");
                break;
            case TaskState.Scheduled when _run.DagPaused:
                _moves.Wait(instance, DagUnpausedRule.Judge(paused: true).Reason);
                break;
        }

        _moves.SomethingCanMove |= CanMove(_moves.States.Of(instance));
    }

    private static bool CanMove(TaskState state) => state is TaskState.Scheduled or TaskState.Queued or TaskState.Running or TaskState.Deferred or TaskState.Restarting;

    private void RemoveTasksTheDagLost()
    {
        foreach (var instance in _run.TaskInstances)
        {
            if (instance.State != TaskState.Removed && !_run.Dag.TasksById.ContainsKey(instance.TaskId))
            {
                _moves.Move(instance, TaskEvent.TaskRemoved, "the task is no longer in the DAG");
            }
        }
    }

    /// <summary>fail_fast (airflow-semantics.md §1): what runs fails, what has not begun is skipped; teardowns still have their work.</summary>
    private void StopTheOthers()
    {
        foreach (var instance in _run.TaskInstances.Where(instance => !_moves.States.Of(instance).IsFinished() && _run.Dag.TasksById.GetValueOrDefault(instance.TaskId) is not { IsTeardown: true }))
        {
            _moves.Move(instance, TaskEvent.FailedFast, $"fail_fast: '{_run.FailedNow.First()}' failed, which stops the other tasks of its run");
        }
    }

    private DateTimeOffset? Deadline() => _run.Dag.DagRunTimeout is { } limit && _run.Run.StartDate is { } start ? start + limit : null;

    private Decision TimeOut()
    {
        foreach (var instance in Unfinished(_run))
        {
            _moves.Move(instance, TaskEvent.RunTimedOut, $"the run took longer than its dagrun_timeout of {_run.Dag.DagRunTimeout:c}");
        }

        return _moves.ToDecision(new(DagRunState.Failed, RunOutcome.TimedOut));
    }

    private RunOutcome? Outcome() =>
        _moves.Expands ? null
        : _moves.States.Values.All(StateNames.IsFinished) ? RunOutcome.Of(_run.Dag, _moves.States, _run.Subset)
        : _moves.SomethingCanMove ? null
        : new(DagRunState.Failed, RunOutcome.Deadlock);

    private static IEnumerable<TaskInstance> Unfinished(RunSnapshot run) => run.TaskInstances.Where(task => !task.State.IsFinished());
}
