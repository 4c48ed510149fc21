using System.Security.Claims;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Api.Access;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.Model.Designer;
using Pipelines.Storage;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>Saves, publishes, retracts, reverts and deletes single DAGs.</summary>
internal static class DefinitionWriteRoutes
{
    public static void MapDefinitionWrites(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("").RequireAuthorization(Permissions.Author);
        api.MapPost("/workflow-definitions", SaveAsync);
        api.MapPost("/workflow-definitions/{definitionId}/publish", PublishAsync);
        api.MapPost("/workflow-definitions/{definitionId}/retract", RetractAsync).RequireAuthorization(Permissions.Run);
        api.MapPost("/workflow-definitions/{definitionId}/revert/{version:int}", RevertAsync);
        api.MapDelete("/workflow-definitions/{definitionId}", DeleteAsync);
        api.MapDelete("/workflow-definition-versions/{id}", DeleteVersionAsync);
    }

    /// <summary>Every edit of the canvas comes here, half a second later; the Publish button too.</summary>
    private static async Task<SaveAnswer> SaveAsync(HttpRequest request, ClaimsPrincipal person, CodeInputs code, DefinitionSaves saves, CancellationToken cancellation)
    {
        var body = await request.ReadAsync<SaveRequest>(cancellation);
        var model = body.Model ?? throw new OperationException(RefusalKind.Invalid, "The request has no 'model' to save. Reload the page and try again.");
        PickedDates.Read(model, request.Headers.AcceptLanguage.ToString());
        code.Read(model);
        var dagId = model.Text("definitionId") ?? "";
        if (dagId.Length == 0) dagId = await saves.CreateAsync(model, person, cancellation);
        else await saves.SaveAsync(dagId, model, person, cancellation);
        return await saves.AnswerAsync(dagId, body.Publish == true && await saves.PublishAsync(dagId, person, cancellation) == Published.Before, person, cancellation);
    }

    private static async Task<SaveAnswer> PublishAsync(string definitionId, ClaimsPrincipal person, DefinitionSaves saves, CancellationToken cancellation) =>
        await saves.AnswerAsync(definitionId, await saves.PublishAsync(definitionId, person, cancellation) == Published.Before, person, cancellation);

    /// <summary>
    /// Airflow knows no unpublishing: a DAG that must not run any more is paused. So that is what it does; file, history and draft stay.
    /// </summary>
    private static async Task<JsonObject> RetractAsync(
        string definitionId, HttpResponse response, ClaimsPrincipal person, SetDagPaused pause, Database database, DefinitionAnswers answers, CancellationToken cancellation)
    {
        var wasRunning = await pause.ExecuteAsync(definitionId, isPaused: true, person.Actor(), cancellation);
        response.Notice($"DAG '{definitionId}' {(wasRunning ? "is paused now" : "was paused already")}: nothing new starts. Its file and its history stay; to remove it, delete it.");
        return answers.Of(await database.InTransactionAsync(tx => DefinitionVersions.GetAsync(tx, definitionId, "Latest"), cancellation), person);
    }

    private static async Task<DefinitionSummary> RevertAsync(
        string definitionId, int version, ClaimsPrincipal person, RevertDag revert, Database database, DefinitionAnswers answers, CancellationToken cancellation)
    {
        await revert.ExecuteAsync(definitionId, version, person.Actor(), cancellation);
        return answers.SummaryOf(await database.InTransactionAsync(tx => DefinitionVersions.GetAsync(tx, definitionId, "Draft"), cancellation), person);
    }

    private static async Task<IResult> DeleteAsync(string definitionId, ClaimsPrincipal person, DeleteDag delete, CancellationToken cancellation)
    {
        await delete.ExecuteAsync(definitionId, person.Actor(), cancellation);
        return Results.NoContent();
    }

    private static async Task<IResult> DeleteVersionAsync(string id, ClaimsPrincipal person, DefinitionSaves saves, CancellationToken cancellation)
    {
        await saves.DeleteVersionAsync(id, person, cancellation);
        return Results.NoContent();
    }

    private sealed record SaveRequest(JsonObject? Model, bool? Publish);
}

/// <summary>Elsa's SaveWorkflowDefinitionResponse; Studio goes on with the definition in it.</summary>
internal sealed record SaveAnswer(JsonObject WorkflowDefinition, bool AlreadyPublished)
{
    public int ConsumingWorkflowCount { get; }
}
