using Pipelines.Model.Dags;

namespace Pipelines.Model.Runs;

/// <summary>How a run ends.</summary>
/// <param name="State">Success or Failed.</param>
/// <param name="Reason">Airflow's word: one of the constants here.</param>
public sealed record RunOutcome(DagRunState State, string Reason)
{
    /// <summary>Every leaf succeeded or was skipped.</summary>
    public const string Success = "success";

    /// <summary>A leaf failed, or an upstream of it.</summary>
    public const string TaskFailure = "task_failure";

    /// <summary>Unfinished tasks, none of which can ever run.</summary>
    public const string Deadlock = "all_tasks_deadlocked";

    /// <summary>Longer than dagrun_timeout.</summary>
    public const string TimedOut = "timed_out";

    /// <summary>
    /// The outcome of a run whose tasks have all finished, told by its leaves (airflow-semantics.md §3.1): a failure in the middle does
    /// not count when the leaves ended well; a run of skipped tasks is a success, and so is one without tasks. Leaves are those of the
    /// tasks that the run has, and those of its subset: what a backfill was to do has failed, whatever others had come to before.
    /// A teardown is no leaf, and what it alone comes after is one, unless its failure is to fail the run or there is nothing else. With
    /// fail_fast every failure counts: it has skipped the leaves, and Airflow would call the run a success for that.
    /// </summary>
    /// <param name="dag">The version of the run.</param>
    /// <param name="states">Final states by task id; tasks that the run does not have are left out, removed ones do not count.</param>
    /// <param name="subset">The tasks that the run's backfill is about; empty: all.</param>
    public static RunOutcome Of(Dag dag, IReadOnlyDictionary<string, TaskState> states, IReadOnlyCollection<string> subset)
    {
        List<DagTask> failed = [.. dag.Tasks.Where(task => states.TryGetValue(task.TaskId, out var state) && state is TaskState.Failed or TaskState.UpstreamFailed)];
        var stopped = dag.FailFast && failed.Exists(task => states[task.TaskId] == TaskState.Failed && !task.IsIgnoredByRun);
        return failed.Count > 0 && (stopped || AnyIsLeaf(dag, failed, states.ContainsKey) || AnyIsLeaf(dag, failed, subset.Contains))
            ? new(DagRunState.Failed, TaskFailure)
            : new(DagRunState.Success, Success);
    }

    private static bool AnyIsLeaf(Dag dag, List<DagTask> tasks, Func<string, bool> counts)
    {
        var onlyIgnored = dag.Tasks.All(task => task.IsIgnoredByRun || !counts(task.TaskId));
        bool Matters(DagTask task) => onlyIgnored || !task.IsIgnoredByRun;
        return tasks.Exists(task => counts(task.TaskId) && Matters(task)
            && !NearestTasks.Of(dag, task.Downstream, after => after.Downstream, counts).Any(after => Matters(dag.TasksById[after])));
    }
}
