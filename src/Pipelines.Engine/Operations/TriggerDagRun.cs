using System.Text.Json.Nodes;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Connections;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>What run to make (airflow-semantics.md §3). Everything but the DAG may be left out.</summary>
/// <param name="DagId">The DAG.</param>
public sealed record TriggerRequest(string DagId)
{
    public string? RunId { get; init; }

    /// <summary>Null: a run without logical date and data interval, which interval-filtered extracts refuse.</summary>
    public DateTimeOffset? LogicalDate { get; init; }

    /// <summary>Null: what the timetable infers from the logical date.</summary>
    public DataInterval? Interval { get; init; }

    /// <summary>Null: the interval's end, or now.</summary>
    public DateTimeOffset? RunAfter { get; init; }

    public JsonObject Conf { get; init; } = [];

    /// <summary>True: it is to make an asset anew.</summary>
    internal bool IsMaterialization { get; init; }
}

/// <summary>A run that was made.</summary>
/// <param name="Run">Queued.</param>
/// <param name="Notice">What the user should know, e.g. that it waits because the DAG is paused; null: nothing.</param>
public sealed record TriggeredRun(DagRun Run, string? Notice);

/// <summary>Makes a run by hand.</summary>
public sealed class TriggerDagRun(Database database, DagVersions versions, TimeProvider time)
{
    /// <exception cref="OperationException">No such DAG, a run id or logical date that is taken, a logical date off the calendar, a malformed run id, or params that do not fulfil their schemas.</exception>
    public async Task<TriggeredRun> ExecuteAsync(TriggerRequest request, Actor actor, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        return await database.InTransactionAsync(tx => AddAsync(tx, request, actor, now), cancellation);
    }

    /// <summary>As <see cref="ExecuteAsync"/>, as a part of a transaction.</summary>
    internal async Task<TriggeredRun> AddAsync(Transaction tx, TriggerRequest request, Actor actor, DateTimeOffset now)
    {
        if (request.RunId is { } chosen && RunIds.FindProblem(chosen) is { } problem) throw new OperationException(RefusalKind.Invalid, problem);
        var stored = await Lookup.LockDagAsync(tx, request.DagId);
        var dag = await versions.CurrentAsync(tx, stored);
        ParamCheck.Require(dag, request.Conf);
        var run = NewRun(request, actor, dag, stored.CurrentVersionId!.Value, now);
        var id = await DagRunTable.AddAsync(tx, run, now) ?? throw Taken(run);
        await TaskInstanceTable.AddAsync(tx, id, dag.TasksAt(run.LogicalDate));
        var extra = SecretMask.Redact(run.Conf).ToJsonString();
        await EventLogTable.AddAsync(tx, new Event("trigger_dag_run", actor.Name) { DagId = dag.DagId, RunId = run.RunId, Extra = extra }, now);
        await tx.NotifyAsync(Topic.SchedulerWork, dag.DagId);
        await tx.NotifyRunAsync(id, dag.DagId);
        return new TriggeredRun((await DagRunQueries.FindAsync(tx, id))!, Notice(stored, dag, run, now));
    }

    private static NewDagRun NewRun(TriggerRequest request, Actor actor, Dag dag, long versionId, DateTimeOffset now)
    {
        if (request.Interval is not null && request.LogicalDate is null)
            throw new OperationException(RefusalKind.Invalid, "A run with a data interval needs a logical date. Give one, or leave the interval out.");
        var interval = request.Interval ?? (request.LogicalDate is { } date ? IntervalOf(dag, date) : null);
        return new NewDagRun
        {
            DagId = dag.DagId,
            RunId = request.RunId ?? (request.IsMaterialization ? RunIds.AssetMaterialization(now, RunSuffix.New())
                : request.LogicalDate is null ? RunIds.ManualWithoutLogicalDate(now, RunSuffix.New()) : RunIds.Manual(now)),
            RunType = request.IsMaterialization ? DagRunType.AssetMaterialization : DagRunType.Manual,
            LogicalDate = request.LogicalDate,
            Interval = interval,
            RunAfter = request.RunAfter ?? interval?.End ?? now,
            TriggeredBy = actor.By,
            TriggeringUser = actor.Name,
            Conf = request.Conf,
            DagVersionId = versionId,
            MaxActiveTasks = dag.MaxActiveTasks,
        };
    }

    private static DataInterval IntervalOf(Dag dag, DateTimeOffset logicalDate)
    {
        try
        {
            return dag.Timetable.InferManualInterval(logicalDate);
        }
        catch (TimetableException error)
        {
            throw new OperationException(RefusalKind.Invalid, error.Message);
        }
    }

    private static OperationException Taken(NewDagRun run) => new(RefusalKind.Conflict,
        $"DAG '{run.DagId}' has a run '{run.RunId}'{(run.LogicalDate is { } date ? $" or a run of logical date {date.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}" : "")} already. Choose another, or clear that run to run it again.");

    private static string? Notice(StoredDag stored, Dag dag, NewDagRun run, DateTimeOffset now)
    {
        var paused = stored.IsPaused ? $"DAG '{stored.DagId}' is paused: the run waits until 'pipelines dags unpause {stored.DagId}'."
            : run.RunAfter > now ? $"The run starts at {run.RunAfter.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC."
            : null;
        var outside = run.LogicalDate < dag.StartDate ? $"Its logical date is before the DAG's start date {dag.StartDate.Value.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}; all its tasks run."
            : run.LogicalDate > dag.EndDate ? $"Its logical date is after the DAG's end date {dag.EndDate.Value.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}; all its tasks run."
            : null;
        return paused is null ? outside : outside is null ? paused : $"{paused} {outside}";
    }
}
