using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Runs.Readiness;

namespace Pipelines.UnitTests.Runs;

/// <summary>Plays scheduler and workers; fails when the planner breaks a rule on the way.</summary>
internal sealed class PlannerCourse
{
    private static readonly TaskEvent[] Ends =
        [TaskEvent.Succeeded, TaskEvent.Succeeded, TaskEvent.Succeeded, TaskEvent.Succeeded, TaskEvent.Failed, TaskEvent.LeaseLost, TaskEvent.Rescheduled, TaskEvent.Deferred, TaskEvent.Skipped, TaskEvent.Cleared];

    private static readonly TaskState[] PastStates = [TaskState.Success, TaskState.Success, TaskState.Skipped, TaskState.None, TaskState.Running, TaskState.Failed];

    private static readonly ActivityDescriptor Deciding = new("Deciding", "Deciding", "Test", "Decides.", [], [], []) { SkipsDownstream = true };

    private readonly Dag _dag;
    private readonly Random _chance;
    private readonly TaskInstance[] _tasks;
    private readonly Dictionary<string, DownstreamDecision> _decisions = [];
    private readonly HashSet<string> _notFollowed = [];
    private readonly HashSet<string> _rewritten = [];
    private readonly Dictionary<string, TaskState>? _past;
    private DateTimeOffset _now = Sample.Now;

    /// <param name="dag">The DAG.</param>
    /// <param name="chance">What happens next.</param>
    /// <param name="ofRun">The tasks that the run has; null: all.</param>
    public PlannerCourse(Dag dag, Random chance, IReadOnlyList<DagTask>? ofRun = null)
    {
        (_dag, _chance) = (dag, chance);
        _past = chance.Next(4) == 0 ? null : dag.Tasks.Where(_ => chance.Next(4) > 0).ToDictionary(task => task.TaskId, _ => PastStates[chance.Next(PastStates.Length)]);
        _tasks = [.. (ofRun ?? dag.Tasks).Select((task, index) => Sample.Instance(task.TaskId, TaskState.None, index) with { MaxTries = task.Retries })];
    }

    public Dictionary<string, TaskState> States => _tasks.ToDictionary(task => task.TaskId, task => task.State);

    /// <summary>To the run's end; fails when there is none.</summary>
    public DagRunState Drive()
    {
        for (var step = 0; step < 1000; step++)
        {
            var snapshot = Snapshot(Shuffled());
            var decision = Planner.Decide(snapshot, _now);
            Apply(decision);
            if (decision.RunState is { } state) return state;
            AssertEveryUnstartedTaskHasAReason(decision);
            Assert.That(Planner.Decide(Snapshot(_tasks), _now).Transitions, Is.Empty, "one decision reaches the fixpoint");
            var before = _tasks.ToArray();
            Work(decision.WakeAt);
            AssertShortCutsLeadToTheSame(before);
        }

        throw new AssertionException("The run did not end.");
    }

    /// <summary>
    /// What a task may end as, given how its upstream ended: an attempt's end only where its rule was met, which one success or failure may
    /// have done before the others ended; else what the rule says of the end, or what a branch decided.
    /// </summary>
    public bool IsExplained(DagTask task)
    {
        // What had failed with its upstream before a branch skipped it counted as failed for those after it.
        var needed = SetupTable.Needed(_dag, task);
        if (task.Upstream.Concat(needed).Any(_rewritten.Contains)) return true;
        var upstream = task.Upstream.Select(taskId => States[taskId]).ToArray();
        var setups = needed.Select(taskId => States[taskId]).ToList();
        return (States[task.TaskId], RuleTable.Of(task.TriggerRule, upstream, [.. task.Upstream.Where(IsSetup).Select(taskId => States[taskId])])) switch
        {
            (TaskState.Skipped, _) when _notFollowed.Contains(task.TaskId) => true,
            (TaskState.UpstreamFailed, _) when setups.Exists(SetupTable.HasFailed) => true,
            (TaskState.Skipped, _) when setups.Contains(TaskState.Skipped) => true,
            (TaskState.Success or TaskState.Failed, _) when setups.Exists(state => state != TaskState.Success) => false,
            (TaskState.Success or TaskState.Failed, ReadinessVerdict.Passed) => true,
            (TaskState.Skipped, ReadinessVerdict.Passed or ReadinessVerdict.Skipped) => true,
            (TaskState.UpstreamFailed, ReadinessVerdict.UpstreamFailed) => true,
            // Eager: it was skipped for one upstream task before another one failed.
            (TaskState.Skipped, ReadinessVerdict.UpstreamFailed) => upstream.Contains(TaskState.Skipped),
            _ => false,
        };
    }

    private RunSnapshot Snapshot(TaskInstance[] tasks) => new(_dag, Sample.Run(), tasks, DagPaused: false) { Decisions = _decisions, Previous = Previous };

    // The tasks that it lacks have all run before it, so that those that do not ignore it wait.
    private PreviousRun? Previous => _past is null ? null
        : new("before", Sample.Run().LogicalDate!.Value.AddDays(-1), DagRunState.Running) { States = _past, RanBefore = _dag.Tasks.Select(task => task.TaskId).ToHashSet() };

    /// <summary>The tasks of the run before for which a task waits, told without the planner's rules.</summary>
    private IEnumerable<string> OpenPast(DagTask task)
    {
        if (!task.DependsOnPast || _past is null) return [];
        var looked = task.WaitForDownstream ? task.Downstream.Where(_past.ContainsKey).Prepend(task.TaskId) : [task.TaskId];
        return looked.Where(taskId => _past.GetValueOrDefault(taskId) is not (TaskState.Success or TaskState.Skipped));
    }

    private void Apply(Decision decision)
    {
        foreach (var move in decision.Transitions)
        {
            var task = _tasks[move.TaskInstanceId];
            Assert.That(task.State, Is.EqualTo(move.From));
            var (rule, upstream) = (_dag.TasksById[task.TaskId].TriggerRule, _dag.TasksById[task.TaskId].Upstream);
            var isFollowed = !upstream.Any(parent => States.GetValueOrDefault(parent) == TaskState.Success && _decisions.GetValueOrDefault(parent)?.Skips(task.TaskId) == true);
            var before = Before(task.TaskId).Distinct().ToList();
            var verdict = SetupTable.Join(
                [.. SetupTable.Needed(_dag, _dag.TasksById[task.TaskId]).Where(States.ContainsKey).Select(taskId => States[taskId])],
                RuleTable.Of(rule, [.. before.Select(each => each.State)], [.. before.Where(each => IsSetup(each.TaskId)).Select(each => each.State)]));
            Assert.That(move.To, Is.EqualTo(!isFollowed ? TaskState.Skipped : verdict switch
            {
                ReadinessVerdict.Passed => TaskState.Scheduled,
                ReadinessVerdict.Skipped => TaskState.Skipped,
                ReadinessVerdict.UpstreamFailed => TaskState.UpstreamFailed,
                _ => throw new AssertionException($"{task.TaskId} should wait."),
            }));
            var waitsForPast = move.To == TaskState.Scheduled || (move.To == TaskState.Skipped && _dag.TasksById[task.TaskId].WaitForPastDependsBeforeSkipping);
            if (waitsForPast) Assert.That(OpenPast(_dag.TasksById[task.TaskId]), Is.Empty, $"{task.TaskId} depends on its past");
            Assert.That(move.TryNumber, Is.EqualTo(task.TryNumber + (move.To == TaskState.Scheduled && move.From != TaskState.UpForReschedule ? 1 : 0)));
            if (!isFollowed) _notFollowed.Add(task.TaskId);
            _tasks[move.TaskInstanceId] = task with { State = move.To, TryNumber = move.TryNumber, NextRetryAt = null, RescheduleDate = null };
        }
    }

    private bool IsSetup(string taskId) => _dag.TasksById[taskId].IsSetup;

    /// <summary>Those directly before it; in the place of one that the run lacks those before that one.</summary>
    private IEnumerable<TaskInstance> Before(string taskId) =>
        _dag.TasksById[taskId].Upstream.SelectMany(id => _tasks.SingleOrDefault(other => other.TaskId == id) is { } before ? [before] : Before(id));

    private void AssertEveryUnstartedTaskHasAReason(Decision decision) => Assert.That(
        _tasks.Where(task => task.State is TaskState.None or TaskState.UpForRetry or TaskState.UpForReschedule or TaskState.Restarting).Select(task => task.Id),
        Is.EquivalentTo(decision.Waits.Select(wait => wait.TaskInstanceId)));

    private void AssertShortCutsLeadToTheSame(TaskInstance[] before)
    {
        var succeeded = _tasks.Zip(before).Where(pair => pair.First.State == TaskState.Success && pair.Second.State != TaskState.Success).Select(pair => pair.First.TaskId).ToList();
        var unfinished = _tasks.Where(task => !task.State.IsFinished()).Select(task => task.TaskId).ToHashSet();
        foreach (var task in _tasks.Where(task => succeeded.Contains(task.TaskId))) PartOfRun.AssertTellsWhatTheWholeTells(Snapshot(Shuffled()), task, _now);
        if (succeeded.Count == 0 || Repercussion.Any(_dag, succeeded, unfinished, taskId => _tasks.Any(task => task.TaskId == taskId))) return;
        var decision = Planner.Decide(Snapshot(_tasks), _now);
        Assert.That((decision.Transitions, decision.RunState), Is.EqualTo((Array.Empty<PlannedTransition>(), (DagRunState?)null)));
    }

    /// <summary>
    /// One scheduled, queued, running or restarting task gets one event, or one of the run before ends; when there is none, time passes to the
    /// wake-up.
    /// </summary>
    private void Work(DateTimeOffset? wakeAt)
    {
        var active = _tasks.Where(task => !task.State.IsFinished() && task.State is not (TaskState.None or TaskState.UpForRetry or TaskState.UpForReschedule)).ToArray();
        var past = _tasks.Where(task => !task.State.IsFinished()).SelectMany(task => OpenPast(_dag.TasksById[task.TaskId])).ToArray();
        if (past.Length > 0 && (active.Length == 0 || _chance.Next(4) == 0))
        {
            _past![past[_chance.Next(past.Length)]] = TaskState.Success;
            return;
        }

        if (active.Length == 0)
        {
            _now = wakeAt ?? throw new AssertionException("Nothing is active and nothing will wake the run.");
            return;
        }

        var task = active[_chance.Next(active.Length)];
        var happened = task.State switch
        {
            TaskState.Scheduled => TaskEvent.SlotGranted,
            TaskState.Queued => TaskEvent.Claimed,
            TaskState.Restarting => TaskEvent.Succeeded,
            TaskState.Deferred => TaskEvent.TriggerFired,
            _ => Ends[_chance.Next(Ends.Length)],
        };
        var next = task;
        if (happened is TaskEvent.Failed or TaskEvent.LeaseLost)
        {
            var retry = RetryPolicy.Decide(_dag.TasksById[task.TaskId], Sample.Run(), task, null, _now);
            happened = retry.Event;
            next = next with { NextRetryAt = retry.NextRetryAt };
        }
        else if (happened == TaskEvent.Rescheduled)
        {
            next = next with { RescheduleDate = _now.AddMinutes(1) };
        }
        else if (happened == TaskEvent.Cleared)
        {
            next = next with { MaxTries = task.TryNumber + _dag.TasksById[task.TaskId].Retries, NextRetryAt = null, RescheduleDate = null };
        }

        _tasks[task.Id] = next with { State = TaskTransitions.Decide(task.State, happened).To!.Value };
        if (_tasks[task.Id].State == TaskState.Success && _dag.TasksById[task.TaskId] is { SkipsDownstream: true } deciding) Choose(deciding);
    }

    private void Choose(DagTask task)
    {
        var wanted = _chance.Next(4) switch
        {
            0 => null,
            1 => new Downstream.Skip(Everywhere: _chance.Next(2) == 0),
            _ => (Downstream)new Downstream.FollowTasks([.. task.Downstream.Where(_ => _chance.Next(2) == 0)]),
        };
        if (DownstreamDecision.Of(_dag, task, Deciding, wanted) is not { } decision) return;
        _decisions[task.TaskId] = decision;
        foreach (var move in decision.Transitions(_dag, task, -1, Shuffled()))
        {
            _tasks[move.TaskInstanceId] = _tasks[move.TaskInstanceId] with { State = move.To };
            _notFollowed.Add(_tasks[move.TaskInstanceId].TaskId);
            if (move.From == TaskState.UpstreamFailed) _rewritten.Add(_tasks[move.TaskInstanceId].TaskId);
        }
    }

    private TaskInstance[] Shuffled()
    {
        var copy = _tasks.ToArray();
        _chance.Shuffle(copy);
        return copy;
    }
}
