using Pipelines.Engine.Scheduling;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>The task instances of one run that a clear is about.</summary>
internal sealed record ClearedRun(DagRun Run, Dag Dag, IReadOnlyList<TaskInstance> TaskInstances)
{
    public IEnumerable<AffectedTask> Affected => TaskInstances.Select(instance => new AffectedTask(Run.DagId, Run.RunId, instance.TaskId, instance.State));
}

/// <summary>Chooses what a clear is about: the one selection behind both its preview and the clear itself.</summary>
internal static class ClearSelection
{
    /// <summary>Locks every run that it names, so that what it says holds until the commit.</summary>
    /// <exception cref="OperationException">No such run or task, or nothing to clear.</exception>
    public static async Task<IReadOnlyList<ClearedRun>> ChooseAsync(Transaction tx, ClearRequest request, DagVersions versions)
    {
        var run = await Lookup.LockRunAsync(tx, request.DagId, request.RunId);
        CheckKnown(request, await TaskInstanceTable.OfRunAsync(tx, run.Id));
        List<ClearedRun> chosen = [];
        foreach (var each in await RunsAsync(tx, run, request))
        {
            var dag = await versions.OfRunAsync(tx, each);
            var instances = Narrow(request, Wanted(request, dag), await TaskInstanceTable.OfRunAsync(tx, each.Id));
            if (instances.Count > 0) chosen.Add(new ClearedRun(each, dag, instances));
        }
        return chosen.Count > 0 ? chosen : throw new OperationException(RefusalKind.Conflict, NothingToClear(request));
    }

    /// <summary>The tasks and everything after them; tasks come in topological order, so one pass is enough.</summary>
    public static HashSet<string> Downstream(Dag dag, IReadOnlyCollection<string> taskIds)
    {
        var found = taskIds.ToHashSet(StringComparer.Ordinal);
        foreach (var task in dag.Tasks)
        {
            if (task.Upstream.Any(found.Contains)) found.Add(task.TaskId);
        }
        return found;
    }

    private static async Task<IReadOnlyList<DagRun>> RunsAsync(Transaction tx, DagRun run, ClearRequest request)
    {
        if (!request.Past && !request.Future) return [run];
        if (run.LogicalDate is not { } at)
            throw new OperationException(RefusalKind.Invalid, $"Run '{run.RunId}' has no logical date, so no run is before or after it. Clear it without past and future.");
        List<DagRun> runs = [];
        foreach (var beside in await DagRunQueries.BesideAsync(tx, run.DagId, at, request.Past, request.Future))
        {
            if (await DagRunTable.LockAsync(tx, beside.Id) is { } locked) runs.Add(locked);
        }
        return [run, .. runs];
    }

    private static void CheckKnown(ClearRequest request, IReadOnlyList<TaskInstance> all)
    {
        var unknown = request.TaskIds.Where(taskId => all.All(instance => instance.TaskId != taskId)).ToList();
        if (unknown.Count > 0)
            throw new OperationException(RefusalKind.NotFound, $"Run '{request.RunId}' of DAG '{request.DagId}' has no task {string.Join(", ", unknown)}.");
    }

    private static HashSet<string>? Wanted(ClearRequest request, Dag dag)
    {
        if (request.TaskIds.Count == 0) return null;
        var wanted = request.TaskIds.ToHashSet(StringComparer.Ordinal);
        if (request.Downstream) wanted.UnionWith(Downstream(dag, request.TaskIds));
        if (request.Upstream) wanted.UnionWith(Upstream(dag, request.TaskIds));
        return wanted;
    }

    private static HashSet<string> Upstream(Dag dag, IReadOnlyCollection<string> taskIds)
    {
        var found = taskIds.ToHashSet(StringComparer.Ordinal);
        foreach (var task in dag.Tasks.Reverse())
        {
            if (task.Downstream.Any(found.Contains)) found.Add(task.TaskId);
        }
        return found;
    }

    private static List<TaskInstance> Narrow(ClearRequest request, HashSet<string>? wanted, IReadOnlyList<TaskInstance> all) =>
        [.. all.Where(instance => wanted?.Contains(instance.TaskId) != false && instance.State != TaskState.Removed && Fits(request, instance.State))];

    private static bool Fits(ClearRequest request, TaskState state) =>
        (!request.OnlyFailed && !request.OnlyRunning)
        || (request.OnlyFailed && state is TaskState.Failed or TaskState.UpstreamFailed)
        || (request.OnlyRunning && state is TaskState.Running or TaskState.Restarting);

    private static string NothingToClear(ClearRequest request)
    {
        var why = (request.OnlyFailed, request.OnlyRunning) switch
        {
            (true, true) => "no chosen task has failed or runs",
            (true, false) => "no chosen task has failed",
            (false, true) => "no chosen task runs",
            _ => "it has no such tasks",
        };
        return $"Nothing to clear in run '{request.RunId}' of DAG '{request.DagId}': {why}.";
    }
}
