using System.Text.Json.Nodes;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Model.Hitl;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>An answer to what a task asks.</summary>
/// <param name="ChosenOptions">One or more of its options.</param>
/// <param name="ParamsInput">A value for each param that it asks for; null: their defaults.</param>
public sealed record HitlAnswer(IReadOnlyList<string> ChosenOptions, JsonObject? ParamsInput = null);

/// <summary>Answers what a task asks people (airflow-semantics.md §23), and lets it go on.</summary>
public sealed class RespondToHitl(Database database, RunPlanning planning, ITaskQueue queue, TimeProvider time)
{
    /// <param name="dagId">The DAG.</param>
    /// <param name="runId">The run.</param>
    /// <param name="task">One task instance; of a mapped task that has several, its map index too.</param>
    /// <param name="answer">What is chosen.</param>
    /// <param name="actor">Who answers.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>What is stored.</returns>
    /// <exception cref="OperationException">No such task instance, it asks nothing, it was answered before, others are to answer, or the answer does not fit the question.</exception>
    public async Task<HitlResponse> ExecuteAsync(string dagId, string runId, TaskChoice task, HitlAnswer answer, Actor actor, CancellationToken cancellation)
    {
        var (response, work) = await database.InTransactionAsync(async tx =>
        {
            var now = time.GetUtcNow();
            var run = await Lookup.LockRunAsync(tx, dagId, runId);
            var instance = Only(await Lookup.LockTaskInstancesAsync(tx, run, task), run);
            var asked = Asking(await HitlDetailTable.OfTaskInstanceAsync(tx, instance.Id), instance, run);
            CheckAssigned(asked, instance, actor);
            var response = new HitlResponse(answer.ChosenOptions, answer.ParamsInput ?? asked.Params.Values([]), now, actor.Name);
            Check(response, asked);
            await HitlDetailTable.RespondAsync(tx, asked.AttemptId, response);
            if (!await DeferredTasks.GoOnAsync(tx, instance.Id, instance.Token, TriggerEnd.Fired, response.ToJson(), null, now)) throw NotWaiting(instance, run);
            await EventLogTable.AddAsync(tx, new Event("update_hitl_detail", actor.Name) { DagId = dagId, RunId = runId, TaskId = instance.TaskId, MapIndex = instance.MapIndex, Extra = ExtraOf(response) }, now);
            return (response, (await planning.PlanAsync(tx, run.Id, now)).With(new PlannedWork([], [instance.Id])));
        }, cancellation);
        await work.HandOverAsync(queue);
        return response;
    }

    private static TaskInstance Only(IReadOnlyList<TaskInstance> found, DagRun run) => found is [var only] ? only : throw new OperationException(
        RefusalKind.Invalid, $"Task '{found[0].TaskId}' of run '{run.RunId}' of DAG '{run.DagId}' is mapped: say by its map index which one is answered, from 0 to {found[^1].MapIndex}.");

    private static HitlDetail Asking(HitlDetail? asked, TaskInstance instance, DagRun run)
    {
        // What an earlier attempt asked is history.
        if (asked is null || instance.State == TaskState.None || asked.TryNumber != instance.TryNumber) throw NotWaiting(instance, run);
        if (asked.Response is { } before) throw new OperationException(
            RefusalKind.Conflict, $"Task '{instance.Name}' of run '{run.RunId}' of DAG '{run.DagId}' has its answer already: {(before.RespondedBy is { } by ? $"{by} chose" : "nobody answered in time, so it is")} {string.Join(", ", before.ChosenOptions)} since {before.RespondedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC. Clear the task to ask again.");
        return instance.State == TaskState.Deferred ? asked : throw NotWaiting(instance, run);
    }

    private static OperationException NotWaiting(TaskInstance instance, DagRun run) => new(RefusalKind.Conflict,
        $"Task '{instance.Name}' of run '{run.RunId}' of DAG '{run.DagId}' is {(instance.State == TaskState.None ? "without status" : StateNames.ToName(instance.State))} and waits for no answer. 'pipelines tasks hitl list' shows what does.");

    private static void CheckAssigned(HitlDetail asked, TaskInstance instance, Actor actor)
    {
        if (!asked.Question.IsFor(actor.Name))
            throw new OperationException(RefusalKind.Forbidden, $"{actor.Name} may not answer task '{instance.Name}': {string.Join(", ", asked.Question.AssignedUsers)} may. Ask one of them.");
    }

    private static void Check(HitlResponse response, HitlDetail asked)
    {
        var problems = response.Problems(asked.Question, asked.Params);
        if (problems.Count > 0) throw new OperationException(RefusalKind.Invalid, string.Join(" ", problems), problems.Count > 1 ? problems : null);
        try
        {
            // It is what the task returns.
            XComLimits.Require(IXCom.ReturnValue, response.ToJson());
        }
        catch (TaskFailure tooLarge)
        {
            throw new OperationException(RefusalKind.Invalid, tooLarge.Message);
        }
    }

    private static string ExtraOf(HitlResponse response)
    {
        var extra = response.ToJson();
        extra["params_input"] = SecretMask.Redact(response.ParamsInput);
        return extra.ToJsonString();
    }
}
