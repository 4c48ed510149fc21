using CsCheck;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Runs.Readiness;

namespace Pipelines.UnitTests.Runs;

/// <summary>Random DAGs, random ends of attempts, workers in random order: what must hold for every run.</summary>
public sealed class PlannerPropertyTests
{
    private static readonly TaskEvent[] Ends =
        [TaskEvent.Succeeded, TaskEvent.Succeeded, TaskEvent.Succeeded, TaskEvent.Succeeded, TaskEvent.Failed, TaskEvent.LeaseLost, TaskEvent.Skipped, TaskEvent.Cleared];

    // Half of the tasks have the default.
    private static readonly TriggerRule[] Rules = [.. Enum.GetValues<TriggerRule>(), .. Enumerable.Repeat(TriggerRule.AllSuccess, 12)];

    [Test]
    public void Every_run_ends_as_its_leaves_say_and_no_task_starts_before_its_trigger_rule_allows_it() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[0, 100], Gen.Int[0, int.MaxValue]).Sample(
            (tasks, density, seed) =>
            {
                var chance = new Random(seed);
                var dag = RandomDag(tasks, density, chance);
                var ended = Drive(dag, dag.Tasks, chance);
                Assert.Multiple(() =>
                {
                    Assert.That(dag.Tasks.Where(task => !IsExplained(task, ended.States)).Select(task => task.TaskId), Is.Empty);
                    Assert.That(ended.Run, Is.EqualTo(NaiveRunFailed(dag, ended.States) ? DagRunState.Failed : DagRunState.Success));
                });
            },
            iter: 2000);

    [Test]
    public void A_run_that_lacks_tasks_of_its_dag_ends_too_and_no_task_starts_before_its_trigger_rule_allows_it() =>
        Gen.Select(Gen.Int[2, 12], Gen.Int[0, 100], Gen.Int[0, int.MaxValue]).Sample(
            (tasks, density, seed) =>
            {
                var chance = new Random(seed);
                var dag = RandomDag(tasks, density, chance);
                Drive(dag, [.. dag.Tasks.Where((_, index) => index == 0 || chance.Next(3) > 0)], chance);
            },
            iter: 2000);

    /// <summary>Plays scheduler and workers until the planner ends the run; fails when it does not, or when it breaks a rule on the way.</summary>
    private static (DagRunState Run, Dictionary<string, TaskState> States) Drive(Dag dag, IReadOnlyList<DagTask> ofRun, Random chance)
    {
        var now = Sample.Now;
        var tasks = ofRun.Select((task, index) => Sample.Instance(task.TaskId, TaskState.None, index) with { MaxTries = task.Retries }).ToArray();
        for (var step = 0; step < 1000; step++)
        {
            var snapshot = new RunSnapshot(dag, Sample.Run(), Shuffled(tasks, chance), DagPaused: false);
            var decision = Planner.Decide(snapshot, now);
            Apply(dag, tasks, decision);
            if (decision.RunState is { } state)
            {
                return (state, tasks.ToDictionary(task => task.TaskId, task => task.State));
            }

            AssertEveryUnstartedTaskHasAReason(tasks, decision);
            Assert.That(Planner.Decide(snapshot with { TaskInstances = tasks }, now).Transitions, Is.Empty, "one decision reaches the fixpoint");
            var before = tasks.ToArray();
            now = Work(dag, tasks, chance, now, decision.WakeAt);
            AssertWhatHasNoRepercussionChangesNothing(dag, before, tasks, now);
        }

        throw new AssertionException("The run did not end.");
    }

    private static void Apply(Dag dag, TaskInstance[] tasks, Decision decision)
    {
        foreach (var move in decision.Transitions)
        {
            var task = tasks[move.TaskInstanceId];
            Assert.That(task.State, Is.EqualTo(move.From));
            if (move.To == TaskState.Scheduled)
            {
                var upstream = Before(dag, tasks, task.TaskId).Distinct().Select(before => before.State).ToArray();
                Assert.That(RuleTable.Of(dag.TasksById[task.TaskId].TriggerRule, upstream), Is.EqualTo(ReadinessVerdict.Passed));
                Assert.That(move.TryNumber, Is.EqualTo(task.TryNumber + 1));
            }

            tasks[move.TaskInstanceId] = task with { State = move.To, TryNumber = move.TryNumber };
        }
    }

    /// <summary>Those directly before it; in the place of one that the run lacks those before that one.</summary>
    private static IEnumerable<TaskInstance> Before(Dag dag, TaskInstance[] tasks, string taskId) =>
        dag.TasksById[taskId].Upstream.SelectMany(id => tasks.SingleOrDefault(other => other.TaskId == id) is { } before ? [before] : Before(dag, tasks, id));

    private static void AssertEveryUnstartedTaskHasAReason(TaskInstance[] tasks, Decision decision) => Assert.That(
        tasks.Where(task => task.State is TaskState.None or TaskState.UpForRetry or TaskState.Restarting).Select(task => task.Id),
        Is.EquivalentTo(decision.Waits.Select(wait => wait.TaskInstanceId)));

    private static void AssertWhatHasNoRepercussionChangesNothing(Dag dag, TaskInstance[] before, TaskInstance[] after, DateTimeOffset now)
    {
        var succeeded = after.Zip(before).Where(pair => pair.First.State == TaskState.Success && pair.Second.State != TaskState.Success).Select(pair => pair.First.TaskId).ToList();
        var unfinished = after.Where(task => !task.State.IsFinished()).Select(task => task.TaskId).ToHashSet();
        if (succeeded.Count == 0 || Repercussion.Any(dag, succeeded, unfinished, taskId => after.Any(task => task.TaskId == taskId))) return;
        var decision = Planner.Decide(new RunSnapshot(dag, Sample.Run(), after, DagPaused: false), now);
        Assert.That((decision.Transitions, decision.RunState), Is.EqualTo((Array.Empty<PlannedTransition>(), (DagRunState?)null)));
    }

    /// <summary>One scheduled, queued, running or restarting task gets one event; when there is none, time passes to the wake-up.</summary>
    private static DateTimeOffset Work(Dag dag, TaskInstance[] tasks, Random chance, DateTimeOffset now, DateTimeOffset? wakeAt)
    {
        var active = tasks.Where(task => !task.State.IsFinished() && task.State is not (TaskState.None or TaskState.UpForRetry)).ToArray();
        if (active.Length == 0)
        {
            return wakeAt ?? throw new AssertionException("Nothing is active and nothing will wake the run.");
        }

        var task = active[chance.Next(active.Length)];
        var happened = task.State switch
        {
            TaskState.Scheduled => TaskEvent.SlotGranted,
            TaskState.Queued => TaskEvent.Claimed,
            TaskState.Restarting => TaskEvent.Succeeded,
            _ => Ends[chance.Next(Ends.Length)],
        };
        var next = task;
        if (happened is TaskEvent.Failed or TaskEvent.LeaseLost)
        {
            var retry = RetryPolicy.Decide(dag.TasksById[task.TaskId], Sample.Run(), task, null, now);
            happened = retry.Event;
            next = next with { NextRetryAt = retry.NextRetryAt };
        }
        else if (happened == TaskEvent.Cleared)
        {
            next = next with { MaxTries = task.TryNumber + dag.TasksById[task.TaskId].Retries, NextRetryAt = null };
        }

        tasks[task.Id] = next with { State = TaskTransitions.Decide(task.State, happened).To!.Value };
        return now;
    }

    /// <summary>
    /// What a task may end as, given how its upstream ended: an attempt's end only where its rule was met, which one success or failure may
    /// have done before the others ended; else what the rule says of the end.
    /// </summary>
    private static bool IsExplained(DagTask task, Dictionary<string, TaskState> ended)
    {
        var upstream = task.Upstream.Select(taskId => ended[taskId]).ToArray();
        return (ended[task.TaskId], RuleTable.Of(task.TriggerRule, upstream)) switch
        {
            (TaskState.Success or TaskState.Failed, ReadinessVerdict.Passed) => true,
            (TaskState.Skipped, ReadinessVerdict.Passed or ReadinessVerdict.Skipped) => true,
            (TaskState.UpstreamFailed, ReadinessVerdict.UpstreamFailed) => true,
            // Eager: it was skipped for one upstream task before another one failed.
            (TaskState.Skipped, ReadinessVerdict.UpstreamFailed) => upstream.Contains(TaskState.Skipped),
            _ => false,
        };
    }

    private static bool NaiveRunFailed(Dag dag, Dictionary<string, TaskState> states) => dag.Tasks
        .Where(task => !dag.Tasks.Any(other => other.Upstream.Contains(task.TaskId)))
        .Any(leaf => states[leaf.TaskId] is TaskState.Failed or TaskState.UpstreamFailed);

    private static Dag RandomDag(int tasks, int density, Random chance)
    {
        var edges = from later in Enumerable.Range(0, tasks)
                    from earlier in Enumerable.Range(0, later)
                    where chance.Next(100) < density
                    select $"t{earlier}>t{later}";
        var dag = Sample.Dag(string.Join(' ', Enumerable.Range(0, tasks).Select(task => $"t{task}").Concat(edges)));
        return dag with { Tasks = [.. dag.Tasks.Select(task => task with { TriggerRule = Rules[chance.Next(Rules.Length)], Retries = chance.Next(3), RetryExponentialBackoff = chance.Next(3) })] };
    }

    private static TaskInstance[] Shuffled(TaskInstance[] tasks, Random chance)
    {
        var copy = tasks.ToArray();
        chance.Shuffle(copy);
        return copy;
    }
}
