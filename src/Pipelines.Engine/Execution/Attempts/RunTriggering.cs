using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>Makes runs for tasks that trigger them (airflow-semantics.md §6), by the same operations that people use.</summary>
internal sealed class RunTriggering(Database database, TriggerDagRun trigger, ClearTaskInstances clear, TimeProvider time)
{
    /// <summary>Makes the run, or says which one is there.</summary>
    /// <exception cref="TaskFailure">It is refused.</exception>
    public async Task<RequestedRun> TriggerAsync(Assignment assignment, RunRequest request, CancellationToken cancellation)
    {
        var actor = new Actor(assignment.Key.ToString(), RunTriggeredBy.Operator);
        try
        {
            var found = await database.PatientlyAsync(tx => MakeAsync(tx, assignment, request, actor), time, cancellation);
            if (found.End != RunRequestEnd.AlreadyExists || !request.ResetsExisting) return found;
            // First: an attempt that has lost its task instance clears nothing.
            await database.PatientlyAsync(tx => PushAsync(tx, assignment, found.RunId, time.GetUtcNow()), time, cancellation);
            await clear.ExecuteAsync(new ClearRequest(request.DagId, found.RunId, []), actor, cancellation);
            return found with { End = RunRequestEnd.Cleared };
        }
        catch (OperationException refusal)
        {
            // A DAG may be added, or unpaused; what is wrong in itself stays so.
            throw new TaskFailure(refusal.Message, retryable: refusal.Kind != RefusalKind.Invalid);
        }
    }

    private async Task<RequestedRun> MakeAsync(Transaction tx, Assignment assignment, RunRequest request, Actor actor)
    {
        var now = time.GetUtcNow();
        // Under the DAG's lock: nobody makes the run between the look and the making.
        var dag = await Lookup.LockDagAsync(tx, request.DagId);
        if (request.FailsWhenPaused && dag.IsPaused)
            throw new OperationException(RefusalKind.Conflict, $"DAG '{request.DagId}' is paused, and this task is to fail then. Unpause it with 'pipelines dags unpause {request.DagId}', then clear the task.");
        if (await ExistingAsync(tx, request) is { } existing)
            return new RequestedRun(existing.RunId, await IsOwnAsync(tx, assignment, existing.RunId) ? RunRequestEnd.Made : RunRequestEnd.AlreadyExists);
        await trigger.AddAsync(tx, new TriggerRequest(request.DagId) { RunId = request.RunId, LogicalDate = request.LogicalDate, Conf = request.Conf }, actor, now);
        await PushAsync(tx, assignment, request.RunId, now);
        return new RequestedRun(request.RunId, RunRequestEnd.Made);
    }

    private static async Task<DagRun?> ExistingAsync(Transaction tx, RunRequest request) =>
        await DagRunQueries.FindAsync(tx, request.DagId, request.RunId) ?? (request.LogicalDate is { } date ? await DagRunQueries.FindAsync(tx, request.DagId, date) : null);

    // Made a moment ago, and the connection broke before anybody said so.
    private static async Task<bool> IsOwnAsync(Transaction tx, Assignment assignment, string runId) =>
        (await XComTable.OfTaskInstanceAsync(tx, assignment.TaskInstance.Id)).Any(entry => entry.Key == RunRequest.RunIdKey && (string?)JsonNode.Parse(entry.ValueJson) == runId);

    /// <summary>Refused when the attempt no longer holds the task instance; then no run is made either.</summary>
    private static async Task<bool> PushAsync(Transaction tx, Assignment assignment, string runId, DateTimeOffset now) =>
        await XComTable.PushAsync(tx, assignment.TaskInstance.Id, assignment.TaskInstance.Token, RunRequest.RunIdKey, JsonValue.Create(runId), now)
            ? true : throw new TaskFailure("No run is made: this attempt no longer holds the task instance, which was cleared, marked or taken by another worker.");
}
