using Pipelines.Engine.Execution;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>Has task instances run again. Attempts and their logs stay as history; a finished run is queued again.</summary>
public sealed class ClearTaskInstances(Database database, ActivityCatalog catalog, DagVersions versions, RunPlanning planning, ITaskQueue queue, TimeProvider time)
{
    /// <summary>What it would clear; changes nothing.</summary>
    /// <exception cref="OperationException">No such run or task, or nothing to clear.</exception>
    public Task<IReadOnlyList<AffectedTask>> PreviewAsync(ClearRequest request, CancellationToken cancellation) =>
        database.InTransactionAsync(async tx => Affected(await ClearSelection.ChooseAsync(tx, request, versions)), cancellation);

    /// <returns>What was cleared, in its state before.</returns>
    /// <exception cref="OperationException">No such run or task, or nothing to clear.</exception>
    public async Task<IReadOnlyList<AffectedTask>> ExecuteAsync(ClearRequest request, Actor actor, CancellationToken cancellation)
    {
        var (cleared, work) = await database.InTransactionAsync(async tx =>
        {
            var now = time.GetUtcNow();
            var chosen = await ClearSelection.ChooseAsync(tx, request, versions);
            var work = PlannedWork.None;
            foreach (var each in chosen)
            {
                if (each.NewVersionId is { } version) await TakeVersionAsync(tx, each, version);
                work = work.With(await ClearAsync(tx, each.Run, each.Dag, each.TaskInstances, now));
                var names = NamesOf(each.Affected) + (each.NewVersionId is null ? "" : " on the latest version");
                await EventLogTable.AddAsync(tx, new Event("clear", actor.Name) { DagId = each.Run.DagId, RunId = each.Run.RunId, Extra = names }, now);
            }
            return (Affected(chosen), work);
        }, cancellation);
        await work.HandOverAsync(queue);
        return cleared;
    }

    /// <summary>Clears task instances of a locked run and lets it go on.</summary>
    internal async Task<PlannedWork> ClearAsync(Transaction tx, DagRun run, Dag dag, IReadOnlyList<TaskInstance> instances, DateTimeOffset now)
    {
        await InterventionTable.ClearAsync(tx, instances.ToDictionary(
            instance => instance.Id, instance => dag.TasksById.GetValueOrDefault(instance.TaskId)?.Retries ?? 0), now);
        await tx.NotifyRunAsync(run.Id, run.DagId);
        await PastRuns.TellAsync(tx, dag, run, instances.Select(instance => instance.TaskId));
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

    /// <summary>What the version lost is taken out by the next plan of the run.</summary>
    private static async Task TakeVersionAsync(Transaction tx, ClearedRun cleared, long versionId)
    {
        await DagRunTable.SetVersionAsync(tx, cleared.Run.Id, versionId, cleared.Dag.MaxActiveTasks);
        await TaskInstanceTable.AdaptAsync(tx, cleared.Run.Id, cleared.Dag.Tasks);
        await TaskInstanceTable.AddAsync(tx, cleared.Run.Id, cleared.Added);
    }

    // A mapped task is named once, with how many of its instances.
    private static string NamesOf(IEnumerable<AffectedTask> affected) => string.Join(", ", affected.GroupBy(task => task.TaskId)
        .Select(task => task.ToList() is [var only] ? only.Name : $"{task.Key} ({task.Count()} map indexes)"));

    private IReadOnlyList<AffectedTask> Affected(IReadOnlyList<ClearedRun> chosen) =>
        [.. chosen.SelectMany(each => each.Affected.Select(task => task with { Warning = WarningOf(each.Dag, task) }))];

    private string? WarningOf(Dag dag, AffectedTask affected) => affected.State == TaskState.Success && dag.TasksById.GetValueOrDefault(affected.TaskId) is { } task
        ? catalog.Find(task.ActivityType)?.BeforeRunningAgain?.Invoke(task) : null;
}
