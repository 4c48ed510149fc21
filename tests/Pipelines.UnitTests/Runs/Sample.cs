using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;

namespace Pipelines.UnitTests.Runs;

/// <summary>Small DAGs and runs to reason about.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-01-02T12:00:00Z", null);

    public static DagTask Task(string taskId) => new() { TaskId = taskId, ActivityType = "SqlQuery", ActivityId = taskId };

    /// <summary>A DAG from edges such as <c>a>b</c> and lone tasks such as <c>c</c>, in the order in which tasks are first named.</summary>
    public static Dag Dag(string edges)
    {
        var pairs = edges.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(edge => edge.Split('>')).ToList();
        var tasks = pairs.SelectMany(pair => pair).Distinct().Select(taskId => Task(taskId) with
        {
            Upstream = [.. pairs.Where(pair => pair.Length == 2 && pair[1] == taskId).Select(pair => pair[0])],
            Downstream = [.. pairs.Where(pair => pair.Length == 2 && pair[0] == taskId).Select(pair => pair[1])],
        });
        return new() { DagId = "shop", Timetable = new NullTimetable(), Tasks = [.. tasks] };
    }

    /// <summary>As <see cref="Dag"/>; <c>s…</c> is a setup, <c>t…</c> a teardown, <c>t…_</c> one whose failure fails the run.</summary>
    public static Dag Scoped(string edges)
    {
        var dag = Dag(edges);
        return dag with { Tasks = [.. dag.Tasks.Select(task => task.TaskId[0] == 't' ? Teardown(task, task.TaskId.EndsWith('_')) : task with { IsSetup = task.TaskId[0] == 's' })] };
    }

    public static DagTask Teardown(DagTask task, bool failsRun) =>
        task with { IsTeardown = true, OnFailureFailDagrun = failsRun, TriggerRule = TriggerRule.AllDoneSetupSuccess };

    public static DagRun Run(DagRunState state = DagRunState.Running) => new()
    {
        Id = 1,
        DagId = "shop",
        RunId = "manual__2026-01-02T11:00:00+00:00",
        RunType = DagRunType.Manual,
        State = state,
        LogicalDate = Now.AddHours(-1),
        Interval = new(Now.AddHours(-1), Now.AddHours(-1)),
        RunAfter = Now.AddHours(-1),
        TriggeredBy = RunTriggeredBy.Cli,
        DagVersionId = 1,
        QueuedAt = Now.AddHours(-1),
        StartDate = state == DagRunState.Queued ? null : Now.AddHours(-1),
    };

    public static TaskInstance Instance(string taskId, TaskState state, long id = 1) =>
        new() { Id = id, DagRunId = 1, TaskId = taskId, State = state };

    /// <summary>A running run; states in the order of the DAG's tasks, ids 1, 2, ….</summary>
    public static RunSnapshot Snapshot(Dag dag, params TaskState[] states) =>
        new(dag, Run(), [.. dag.Tasks.Zip(states).Select((pair, index) => Instance(pair.First.TaskId, pair.Second, index + 1))], DagPaused: false);
}
