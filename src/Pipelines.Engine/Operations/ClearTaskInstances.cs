using Pipelines.Engine.Execution;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>What to run again (airflow-semantics.md §19).</summary>
/// <param name="DagId">The DAG.</param>
/// <param name="RunId">The run.</param>
/// <param name="TaskIds">The tasks; empty: all of the run.</param>
public sealed record ClearRequest(string DagId, string RunId, IReadOnlyCollection<string> TaskIds)
{
    /// <summary>True: also everything after them.</summary>
    public bool Downstream { get; init; } = true;

    /// <summary>True: of these only what is failed or upstream_failed.</summary>
    public bool OnlyFailed { get; init; }
}

/// <summary>Has task instances run again. Attempts and their logs stay as history; a finished run is queued again.</summary>
public sealed class ClearTaskInstances(Database database, DagVersions versions, RunPlanning planning, ITaskQueue queue, TimeProvider time)
{
    /// <returns>Ids of the tasks that were cleared.</returns>
    /// <exception cref="OperationException">No such run or task, or nothing to clear.</exception>
    public async Task<IReadOnlyList<string>> ExecuteAsync(ClearRequest request, Actor actor, CancellationToken cancellation)
    {
        var (cleared, work) = await database.InTransactionAsync(async tx =>
        {
            var now = time.GetUtcNow();
            var run = await Lookup.LockRunAsync(tx, request.DagId, request.RunId);
            var dag = await versions.OfRunAsync(tx, run);
            var chosen = Choose(request, dag, await TaskInstanceTable.OfRunAsync(tx, run.Id));
            var work = await ClearAsync(tx, run, dag, chosen, now);
            var names = chosen.Select(instance => instance.TaskId).ToList();
            await EventLogTable.AddAsync(tx, new Event("clear", actor.Name) { DagId = run.DagId, RunId = run.RunId, Extra = string.Join(", ", names) }, now);
            return (names, work);
        }, cancellation);
        await work.HandOverAsync(queue);
        return cleared;
    }

    /// <summary>Clears task instances of a locked run and lets it go on.</summary>
    internal async Task<PlannedWork> ClearAsync(Transaction tx, DagRun run, Dag dag, IReadOnlyList<TaskInstance> instances, DateTimeOffset now)
    {
        await TaskInstanceTable.ClearAsync(tx, instances.ToDictionary(
            instance => instance.Id, instance => dag.TasksById.GetValueOrDefault(instance.TaskId)?.Retries ?? 0));
        return (await GoOnAsync(tx, run, now)).With(new PlannedWork([], [.. instances.Select(instance => instance.Id)]));
    }

    /// <summary>A finished run is queued again for the scheduler to start; a running one is planned now.</summary>
    internal async Task<PlannedWork> GoOnAsync(Transaction tx, DagRun run, DateTimeOffset now)
    {
        if (!run.State.IsFinished()) return await planning.PlanAsync(tx, run.Id, now);
        await DagRunTable.RequeueAsync(tx, run.Id, now);
        await tx.NotifyAsync(Topic.SchedulerWork, run.DagId);
        return PlannedWork.None;
    }

    private static List<TaskInstance> Choose(ClearRequest request, Dag dag, IReadOnlyList<TaskInstance> all)
    {
        var unknown = request.TaskIds.Where(taskId => all.All(instance => instance.TaskId != taskId)).ToList();
        if (unknown.Count > 0)
            throw new OperationException(RefusalKind.NotFound, $"Run '{request.RunId}' of DAG '{request.DagId}' has no task {string.Join(", ", unknown)}.");
        var wanted = request.TaskIds.Count == 0 ? all.Select(instance => instance.TaskId).ToHashSet(StringComparer.Ordinal)
            : request.Downstream ? Downstream(dag, request.TaskIds)
            : request.TaskIds.ToHashSet(StringComparer.Ordinal);
        var chosen = all
            .Where(instance => wanted.Contains(instance.TaskId) && instance.State != TaskState.Removed)
            .Where(instance => !request.OnlyFailed || instance.State is TaskState.Failed or TaskState.UpstreamFailed)
            .ToList();
        return chosen.Count > 0 ? chosen : throw new OperationException(RefusalKind.Conflict,
            $"Nothing to clear in run '{request.RunId}' of DAG '{request.DagId}': {(request.OnlyFailed ? "no chosen task has failed" : "it has no such tasks")}.");
    }

    /// <summary>The tasks and everything after them; tasks come in topological order, so one pass is enough.</summary>
    internal static HashSet<string> Downstream(Dag dag, IReadOnlyCollection<string> taskIds)
    {
        var found = taskIds.ToHashSet(StringComparer.Ordinal);
        foreach (var task in dag.Tasks)
        {
            if (task.Upstream.Any(found.Contains)) found.Add(task.TaskId);
        }
        return found;
    }
}
