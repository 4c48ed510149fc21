using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>What tasks that depend on their past see of the run before theirs, and how they learn that it has changed (airflow-semantics.md §5.2).</summary>
internal static class PastRuns
{
    /// <summary>The run before one, for the planner; null: its tasks wait for none. Asks the database only where tasks depend on their past.</summary>
    public static async Task<PreviousRun?> BeforeAsync(Transaction tx, Dag dag, DagRun run)
    {
        // A test of a DAG is about this run alone.
        if (dag.TasksLookedAt.Count == 0 || run.LogicalDate is not { } at || run.TriggeredBy == RunTriggeredBy.Test) return null;
        if (run.BackfillId is { } backfillId && await PastTable.IsFirstOfBackfillAsync(tx, backfillId, run.Id)) return null;
        if (await PastTable.PreviousAsync(tx, dag.DagId, at, automated: dag.Catchup) is not { } previous) return null;
        var states = await PastTable.StatesAsync(tx, previous.Id, dag.TasksLookedAt);
        var lacks = dag.Tasks.Where(task => task is { DependsOnPast: true, IgnoreFirstDependsOnPast: true } && !states.ContainsKey(task.TaskId)).Select(task => task.TaskId).ToList();
        return new PreviousRun(previous.RunId, previous.LogicalDate!.Value, previous.State)
        {
            States = states,
            RanBefore = await PastTable.RanBeforeAsync(tx, dag.DagId, previous.LogicalDate.Value, lacks),
            TellsOfItsTasks = previous.DagVersionId == run.DagVersionId,
        };
    }

    /// <summary>Has the runs after one planned again at the commit, if they may wait for one of these tasks, which have ended.</summary>
    public static async Task TellAsync(Transaction tx, Dag dag, DagRun run, IEnumerable<string> taskIds)
    {
        if (dag.TasksLookedAt.Count > 0 && taskIds.Any(dag.TasksLookedAt.Contains)) await TellAsync(tx, run);
    }

    /// <summary>As above, whatever has changed in it. By a row of its own, so that nobody who holds a run waits for another.</summary>
    public static async Task TellAsync(Transaction tx, DagRun run)
    {
        if (run.LogicalDate is not { } at) return;
        await PastTable.AddAsync(tx, run.DagId, at);
        await tx.NotifyAsync(Topic.SchedulerWork, run.DagId);
    }
}
