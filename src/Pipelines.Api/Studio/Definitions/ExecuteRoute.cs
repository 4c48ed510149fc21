using System.Data.Common;
using System.Globalization;
using System.Security.Claims;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Api.Access;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Storage;
using Pipelines.Storage.Dags;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>Studio's Run button: a run by hand of what is published.</summary>
internal static class ExecuteRoute
{
    private const string InstanceHeader = "x-elsa-workflow-instance-id";
    private const string CannotStartHeader = "x-elsa-workflow-cannot-start";

    // Set by the page around Studio, which has the switch; Studio itself has no place for the question.
    private const string UnpauseCookie = "pipelines_unpause";

    public static void MapExecute(this IEndpointRouteBuilder api) => api.MapPost("/workflow-definitions/{definitionId}/execute", ExecuteAsync).RequireAuthorization(Permissions.Run);

    private static async Task<object> ExecuteAsync(
        string definitionId, HttpRequest request, ClaimsPrincipal person, Database database, TriggerDagRun trigger, SetDagPaused pause, TimeProvider time, CancellationToken cancellation)
    {
        var conf = request.ContentLength == 0 ? null : (await request.ReadAsync<ExecuteRequest>(cancellation)).Input;
        var response = request.HttpContext.Response;
        try
        {
            await RefuseDraftAsync(definitionId, database, cancellation);
            // With a logical date, as the trigger page suggests: without one, tasks that read a data interval would have none.
            var made = await trigger.ExecuteAsync(new TriggerRequest(definitionId) { LogicalDate = time.GetUtcNow(), Conf = conf ?? [] }, person.Actor(), cancellation);
            var id = made.Run.Id.ToString(CultureInfo.InvariantCulture);
            response.Headers[InstanceHeader] = id;
            // Only now: a DAG whose run was refused stays as it was.
            var notice = request.Cookies[UnpauseCookie] != "0" ? await UnpauseAsync(definitionId, pause, person.Actor(), cancellation) ?? made.Notice : made.Notice;
            if (notice is not null) response.Notice(notice);
            return new { workflowInstanceId = id };
        }
        catch (Exception refusal) when (refusal is OperationException or DagUnreadableException)
        {
            // Studio reads no body here; this header has it say that the workflow did not start.
            response.Headers[CannotStartHeader] = "true";
            throw;
        }
    }

    private static async Task RefuseDraftAsync(string dagId, Database database, CancellationToken cancellation)
    {
        var isDraftOnly = await database.InTransactionAsync(async tx =>
            await DagTable.FindAsync(tx, dagId) is null or { IsStale: true } && await DagDraftTable.FindAsync(tx, dagId) is not null, cancellation);
        if (isDraftOnly) throw new OperationException(RefusalKind.Conflict, $"DAG '{dagId}' is only a draft. Publish it, then run it.");
    }

    /// <summary>Lets the run start. It is there already, so a failure is told beside it.</summary>
    /// <returns>What the person should know; null: the DAG was not paused.</returns>
    private static async Task<string?> UnpauseAsync(string dagId, SetDagPaused pause, Actor actor, CancellationToken cancellation)
    {
        try
        {
            return await pause.ExecuteAsync(dagId, isPaused: false, actor, cancellation) ? $"DAG '{dagId}' was paused and is not any more, so that the run starts." : null;
        }
        catch (Exception error) when (error is OperationException or DbException or TimeoutException)
        {
            return $"The run was made, but DAG '{dagId}' could not be unpaused: {(error is OperationException ? error.Message : "the database refused or did not answer.")} "
                + "If the DAG is paused, the run waits; unpause the DAG on its page, then it starts.";
        }
    }

    private sealed record ExecuteRequest(JsonObject? Input);
}
