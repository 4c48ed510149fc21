using System.Text.Json.Nodes;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>What to backfill (airflow-semantics.md §18).</summary>
/// <param name="DagId">The DAG.</param>
/// <param name="Range">Which logical dates, and what to do with runs that exist.</param>
public sealed record BackfillRequest(string DagId, BackfillRange Range)
{
    /// <summary>Runs of this backfill at a time; the DAG's own max_active_runs does not count for it.</summary>
    public int MaxActiveRuns { get; init; } = 10;

    public JsonObject Conf { get; init; } = [];

    /// <summary>The only tasks to run; the others get no task instance, and nothing waits for them. Empty: all.</summary>
    public IReadOnlyCollection<string> TaskIds { get; init; } = [];

    /// <summary>No run of it starts before; null: at once.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>Whether it runs a task.</summary>
    public bool Concerns(string taskId) => TaskIds.Count == 0 || TaskIds.Contains(taskId);
}

/// <summary>A backfill that was made.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Plan">What it does per logical date.</param>
/// <param name="Notice">What the user should know, e.g. that it waits because the DAG is paused; null: nothing.</param>
public sealed record CreatedBackfill(long Id, BackfillPlan Plan, string? Notice);

/// <summary>Runs a DAG for logical dates of the past.</summary>
public sealed class CreateBackfill(Database database, DagVersions versions, ClearTaskInstances clear, ITaskQueue queue, TimeProvider time)
{
    /// <summary>What it would do, by the same plan; changes nothing. A plan with a problem has nothing to do.</summary>
    /// <exception cref="OperationException">No such DAG, or the plan is refused.</exception>
    public Task<BackfillPlan> PreviewAsync(BackfillRequest request, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var stored = await Lookup.DagAsync(tx, request.DagId);
        return await PlanAsync(tx, request, await versions.CurrentAsync(tx, stored), time.GetUtcNow());
    }, cancellation);

    /// <exception cref="OperationException">No such DAG, the plan is refused, or another backfill of the DAG is not completed.</exception>
    public async Task<CreatedBackfill> ExecuteAsync(BackfillRequest request, Actor actor, CancellationToken cancellation)
    {
        var (created, work) = await database.InTransactionAsync(async tx =>
        {
            var now = time.GetUtcNow();
            var stored = await Lookup.LockDagAsync(tx, request.DagId);
            var dag = await versions.CurrentAsync(tx, stored);
            var plan = await PlanAsync(tx, request, dag, now);
            if (plan.Problem is { } problem) throw new OperationException(RefusalKind.Invalid, problem);
            var id = await BackfillTable.AddAsync(tx, New(request, actor), now) ?? throw new OperationException(
                RefusalKind.Conflict, $"Another backfill of DAG '{dag.DagId}' is not completed. Wait until it is, or cancel it.");
            var work = await MakeRunsAsync(tx, new Making(id, request, stored, dag, actor), plan, now);
            await EventLogTable.AddAsync(tx, new Event("create_backfill", actor.Name) { DagId = dag.DagId, Extra = $"{id}: {plan.Windows.Count} dates" }, now);
            await tx.NotifyAsync(Topic.SchedulerWork, dag.DagId);
            await tx.NotifyAsync(Topic.DagChanged, dag.DagId);
            return (new CreatedBackfill(id, plan, Notice(stored, request, now)), work);
        }, cancellation);
        await work.HandOverAsync(queue);
        return created;
    }

    private static async Task<BackfillPlan> PlanAsync(Transaction tx, BackfillRequest request, Dag dag, DateTimeOffset now)
    {
        if (request.MaxActiveRuns < 1)
            throw new OperationException(RefusalKind.Invalid, $"max_active_runs of a backfill is {request.MaxActiveRuns} but must be at least 1.");
        var unknown = request.TaskIds.Where(taskId => !dag.TasksById.ContainsKey(taskId)).ToList();
        if (unknown.Count > 0)
            throw new OperationException(RefusalKind.Invalid, $"DAG '{dag.DagId}' has no task {string.Join(", ", unknown)}. Its tasks are {string.Join(", ", dag.Tasks.Select(task => task.TaskId))}.");
        ParamCheck.Require(dag, request.Conf);
        var existing = await DagRunQueries.BetweenLogicalDatesAsync(tx, dag.DagId, request.Range.From, request.Range.To);
        try
        {
            return BackfillPlan.Preview(dag, request.Range, existing, now, request.TaskIds);
        }
        catch (BackfillException error)
        {
            throw new OperationException(RefusalKind.Invalid, error.Message);
        }
    }

    private async Task<PlannedWork> MakeRunsAsync(Transaction tx, Making making, BackfillPlan plan, DateTimeOffset now)
    {
        var made = await CreateAsync(tx, making, [.. plan.Windows.Where(window => window.Action == BackfillAction.Create).Select(window => window.Run)], now);
        var work = PlannedWork.None;
        foreach (var window in plan.Windows.Where(window => window.Action == BackfillAction.Clear)) work = work.With(await RunAgainAsync(tx, making, window.Existing!.Id, now));
        await BackfillTable.AddDatesAsync(tx, making.BackfillId, [.. plan.Windows.Select(window => window.Action switch
        {
            BackfillAction.Create => new NewBackfillDate(window.Run.LogicalDate, made[window.Run.LogicalDate], null),
            BackfillAction.Clear => new NewBackfillDate(window.Run.LogicalDate, window.Existing!.Id, null),
            _ => new NewBackfillDate(window.Run.LogicalDate, null, window.Reason),
        })]);
        return work;
    }

    private static async Task<IReadOnlyDictionary<DateTimeOffset, long>> CreateAsync(Transaction tx, Making making, IReadOnlyList<PlannedRun> runs, DateTimeOffset now)
    {
        if (runs.Count == 0) return new Dictionary<DateTimeOffset, long>();
        var ids = await DagRunTable.AddAsync(tx, [.. runs.Select(run => NewRun(making, run))], now);
        var made = new Dictionary<DateTimeOffset, long>();
        foreach (var (run, id) in runs.Zip(ids))
            made.Add(run.LogicalDate, id ?? throw new OperationException(RefusalKind.Conflict, $"A run '{RunIds.Backfill(run.LogicalDate)}' of DAG '{making.Dag.DagId}' exists with another logical date. Delete it first."));
        await TaskInstanceTable.AddAsync(tx, [.. made.Values], [.. making.Dag.Tasks.Where(task => making.Request.Concerns(task.TaskId))]);
        return made;
    }

    private static NewDagRun NewRun(Making making, PlannedRun planned) => new()
    {
        DagId = making.Dag.DagId,
        RunId = RunIds.Backfill(planned.LogicalDate),
        RunType = DagRunType.Backfill,
        LogicalDate = planned.LogicalDate,
        Interval = planned.Interval,
        RunAfter = planned.RunAfter,
        TriggeredBy = RunTriggeredBy.Backfill,
        TriggeringUser = making.Actor.Name,
        Conf = making.Request.Conf,
        BackfillId = making.BackfillId,
        DagVersionId = making.Stored.CurrentVersionId!.Value,
        MaxActiveTasks = making.Dag.MaxActiveTasks,
    };

    private async Task<PlannedWork> RunAgainAsync(Transaction tx, Making making, long runId, DateTimeOffset now)
    {
        var run = (await DagRunTable.LockAsync(tx, runId))!;
        var instances = (await TaskInstanceTable.OfRunAsync(tx, runId)).Where(instance => making.Request.Concerns(instance.TaskId)).ToList();
        await DagRunTable.TakeOverAsync(tx, runId, making.BackfillId, making.Request.Conf.Count == 0 ? null : making.Request.Conf);
        return await clear.ClearAsync(tx, run, await versions.OfRunAsync(tx, run), instances, now);
    }

    private static NewBackfill New(BackfillRequest request, Actor actor) => new(request.DagId, request.Range)
    {
        MaxActiveRuns = request.MaxActiveRuns,
        Conf = request.Conf,
        TaskIds = request.TaskIds,
        StartAt = request.StartAt,
        CreatedBy = actor.Name,
    };

    private static string? Notice(StoredDag stored, BackfillRequest request, DateTimeOffset now) =>
        stored.IsPaused ? $"DAG '{stored.DagId}' is paused: the backfill waits until 'pipelines dags unpause {stored.DagId}'."
        : request.StartAt is { } at && at > now ? $"The backfill starts at {at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC."
        : null;

    private sealed record Making(long BackfillId, BackfillRequest Request, StoredDag Stored, Dag Dag, Actor Actor);
}
