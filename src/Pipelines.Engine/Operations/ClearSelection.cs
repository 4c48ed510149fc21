using Pipelines.Engine.Scheduling;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>The task instances of one run that a clear is about.</summary>
internal sealed record ClearedRun(DagRun Run, Dag Dag, IReadOnlyList<TaskInstance> TaskInstances)
{
    /// <summary>The version of <see cref="Dag"/> when the run is to take it over; null: it keeps its own.</summary>
    public long? NewVersionId { get; init; }

    /// <summary>Tasks of the new version that the run does not have yet.</summary>
    public IReadOnlyList<DagTask> Added { get; init; } = [];

    public IEnumerable<AffectedTask> Affected => TaskInstances.Select(instance => AffectedTask.Of(Run, instance))
        .Concat(Added.Select(task => new AffectedTask(Run.DagId, Run.RunId, task.TaskId, TaskState.None)));
}

/// <summary>Chooses what a clear is about: the one selection behind both its preview and the clear itself.</summary>
internal static class ClearSelection
{
    /// <summary>Locks every run that it names, so that what it says holds until the commit.</summary>
    /// <exception cref="OperationException">No such run or task, or nothing to clear.</exception>
    public static async Task<IReadOnlyList<ClearedRun>> ChooseAsync(Transaction tx, ClearRequest request, DagVersions versions)
    {
        var runs = await LockRunsAsync(tx, request);
        var run = runs[0];
        (Dag Dag, long VersionId)? latest = request.OnLatestVersion ? await LatestAsync(tx, request.DagId, versions) : null;
        await CheckKnownAsync(tx, request, run, latest?.Dag ?? await versions.OfRunAsync(tx, run));
        List<ClearedRun> chosen = [];
        foreach (var each in runs)
        {
            var (dag, versionId) = latest ?? (await versions.OfRunAsync(tx, each), each.DagVersionId);
            var all = await TaskInstanceTable.OfRunAsync(tx, each.Id);
            var instances = Narrow(WithTasksOfGroups(request, dag), dag, latest is null ? all : [.. all.Where(instance => dag.TasksById.ContainsKey(instance.TaskId))]);
            long? newVersionId = versionId == each.DagVersionId ? null : versionId;
            var added = newVersionId is null ? [] : await AddedAsync(tx, each, dag, all);
            if (instances.Count > 0 || added.Count > 0) chosen.Add(new ClearedRun(each, dag, instances) { NewVersionId = newVersionId, Added = added });
        }
        return chosen.Count > 0 ? chosen : throw new OperationException(RefusalKind.Conflict, NothingToClear(request));
    }

    private static async Task<(Dag Dag, long VersionId)> LatestAsync(Transaction tx, string dagId, DagVersions versions)
    {
        var stored = await Lookup.DagAsync(tx, dagId);
        return (await versions.CurrentAsync(tx, stored), stored.CurrentVersionId!.Value);
    }

    /// <summary>A run of a backfill of some tasks gets no others.</summary>
    private static async Task<IReadOnlyList<DagTask>> AddedAsync(Transaction tx, DagRun run, Dag dag, IReadOnlyList<TaskInstance> all)
    {
        var subset = run.BackfillId is { } id ? (await BackfillTable.FindAsync(tx, id))?.TaskIds ?? [] : [];
        var known = all.Select(instance => instance.TaskId).ToHashSet(StringComparer.Ordinal);
        return [.. (run.RunType == DagRunType.Backfill ? dag.Tasks : dag.TasksAt(run.LogicalDate)).Where(task => !known.Contains(task.TaskId) && (subset.Length == 0 || subset.Contains(task.TaskId)))];
    }

    /// <summary>The named run first. All are locked in the order of their ids, so that no two clears wait for each other.</summary>
    private static async Task<IReadOnlyList<DagRun>> LockRunsAsync(Transaction tx, ClearRequest request)
    {
        var named = await Lookup.RunAsync(tx, request.DagId, request.RunId);
        var wanted = await RunsAsync(tx, named, request);
        Dictionary<long, DagRun> locked = [];
        foreach (var id in wanted.Select(run => run.Id).Order())
        {
            if (await DagRunTable.LockAsync(tx, id) is { } run) locked.Add(id, run);
        }
        if (!locked.ContainsKey(named.Id)) throw Lookup.NoRun(request.DagId, request.RunId);
        return [.. wanted.Where(run => locked.ContainsKey(run.Id)).Select(run => locked[run.Id])];
    }

    private static async Task<IReadOnlyList<DagRun>> RunsAsync(Transaction tx, DagRun run, ClearRequest request)
    {
        if (!request.Past && !request.Future) return [run];
        if (run.LogicalDate is not { } at)
            throw new OperationException(RefusalKind.Invalid, $"Run '{run.RunId}' has no logical date, so no run is before or after it. Clear it without past and future.");
        return [run, .. await DagRunQueries.BesideAsync(tx, run.DagId, at, request.Past, request.Future)];
    }

    /// <summary>With the tasks of the task groups that it names, in their place. An id that is a task's is not a group's.</summary>
    private static ClearRequest WithTasksOfGroups(ClearRequest request, Dag dag) => request with
    {
        TaskIds = [.. request.TaskIds.SelectMany(id => dag.TasksById.ContainsKey(id) ? [id] : TaskGroups.Tasks(dag, id).DefaultIfEmpty(id)).Distinct(StringComparer.Ordinal)],
    };

    private static async Task CheckKnownAsync(Transaction tx, ClearRequest request, DagRun run, Dag dag)
    {
        var ofRun = await TaskInstanceTable.OfRunAsync(tx, run.Id);
        HashSet<string> tasks = [.. ofRun.Select(instance => instance.TaskId), .. request.OnLatestVersion ? dag.TasksById.Keys : []];
        var known = tasks.Concat(tasks.Where(dag.TasksById.ContainsKey).SelectMany(taskId => TaskGroups.Of(dag, taskId))).ToList();
        var unknown = request.TaskIds.Except(known).ToList();
        if (unknown.Count > 0)
            throw new OperationException(RefusalKind.NotFound, $"Run '{request.RunId}' of DAG '{request.DagId}' has no task or task group {string.Join(", ", unknown)}.{NearestName.Hint(unknown[0], known)}");
        var chosen = WithTasksOfGroups(request, dag).TaskIds;
        var absent = request.MapIndexes.Except(ofRun.Where(instance => chosen.Contains(instance.TaskId) && instance.State != TaskState.Removed).Select(instance => instance.MapIndex)).ToList();
        if (absent.Count > 0)
            throw new OperationException(RefusalKind.NotFound, $"Task {string.Join(", ", request.TaskIds)} of run '{request.RunId}' of DAG '{request.DagId}' has no map index {string.Join(", ", absent)}. 'pipelines tasks state' shows those that it has.");
    }

    private static HashSet<string>? Wanted(ClearRequest request, Dag dag) =>
        request.TaskIds.Count == 0 ? null : PartialSubset.Of(dag, request.TaskIds, request.Upstream, request.Downstream);

    private static List<TaskInstance> Narrow(ClearRequest request, Dag dag, IReadOnlyList<TaskInstance> all)
    {
        var wanted = Wanted(request, dag);
        return [.. all.Where(instance => wanted?.Contains(instance.TaskId) != false && instance.State != TaskState.Removed && IsChosen(request, dag, instance) && Fits(request, instance.State))];
    }

    private static bool IsChosen(ClearRequest request, Dag dag, TaskInstance instance) =>
        request.MapIndexes.Count == 0 || request.MapIndexes.Contains(instance.MapIndex)
        || !(request.TaskIds.Contains(instance.TaskId) || request.TaskIds.Any(taskId => AreMappedTogether(dag, taskId, instance.TaskId)));

    private static bool AreMappedTogether(Dag dag, string one, string other) =>
        dag.TasksById.GetValueOrDefault(one) is { } task && dag.TasksById.GetValueOrDefault(other)?.IsMappedWith(task) == true;

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
