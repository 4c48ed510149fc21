using System.Globalization;
using System.Security.Claims;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Api.Access;
using Pipelines.Engine.Operations;
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
        var http = request.HttpContext;
        try
        {
            var isDraftOnly = await database.InTransactionAsync(async tx =>
                await DagTable.FindAsync(tx, definitionId) is null or { IsStale: true } && await DagDraftTable.FindAsync(tx, definitionId) is not null, cancellation);
            if (isDraftOnly) throw new OperationException(RefusalKind.Conflict, $"DAG '{definitionId}' is only a draft. Publish it, then run it.");
            var unpaused = request.Cookies[UnpauseCookie] != "0" && await pause.ExecuteAsync(definitionId, isPaused: false, person.Actor(), cancellation);
            // With a logical date, as the trigger page suggests: without one, tasks that read a data interval would have none.
            var made = await trigger.ExecuteAsync(new TriggerRequest(definitionId) { LogicalDate = time.GetUtcNow(), Conf = conf ?? [] }, person.Actor(), cancellation);
            var id = made.Run.Id.ToString(CultureInfo.InvariantCulture);
            http.Response.Headers[InstanceHeader] = id;
            if ((unpaused ? $"DAG '{definitionId}' was paused and is not any more, so that the run starts." : made.Notice) is { } notice) http.Response.Notice(notice);
            return new { workflowInstanceId = id };
        }
        catch (OperationException)
        {
            // Studio reads no body here; this header has it say that the workflow did not start.
            http.Response.Headers[CannotStartHeader] = "true";
            throw;
        }
    }

    private sealed record ExecuteRequest(JsonObject? Input);
}
