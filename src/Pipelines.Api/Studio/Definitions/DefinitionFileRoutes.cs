using System.Security.Claims;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Api.Access;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.Storage;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>DAG files out and in. What is exported is the file as it lies, or would lie, in the DAG folder.</summary>
internal static class DefinitionFileRoutes
{
    public static void MapDefinitionFiles(this IEndpointRouteBuilder api)
    {
        api.MapGet("/workflow-definitions/{definitionId}/export", ExportAsync);
        api.MapPost("/bulk-actions/export/workflow-definitions", ExportManyAsync);
        api.MapPost("/workflow-definitions/import", ImportAsync).RequireAuthorization(Permissions.Author);
    }

    private static async Task<IResult> ExportAsync(string definitionId, string? versionOptions, Database database, CancellationToken cancellation)
    {
        var version = await database.InTransactionAsync(tx => DefinitionVersions.GetAsync(tx, definitionId, versionOptions), cancellation);
        return Results.File(Encoding.UTF8.GetBytes(version.Text), "application/json", FileName(version));
    }

    private static async Task<IResult> ExportManyAsync(HttpRequest request, Database database, CancellationToken cancellation)
    {
        var ids = Selected.Of((await request.ReadAsync<ExportRequest>(cancellation)).Ids);
        var versions = (await database.InTransactionAsync(tx => DefinitionVersions.OfIdsAsync(tx, ids), cancellation)).DistinctBy(version => version.DagId).ToList();
        if (versions.Count == 0) throw new OperationException(RefusalKind.NotFound, "None of these DAGs exists any more, so there is nothing to export. Reload the list.");
        return await ZipAnswer.OfAsync("dags.zip", versions.Select(version => (FileName(version), Encoding.UTF8.GetBytes(version.Text))), cancellation);
    }

    private static async Task<JsonObject> ImportAsync(
        HttpRequest request, ClaimsPrincipal person, ImportDag import, Database database, DefinitionAnswers answers, CancellationToken cancellation)
    {
        var dagId = await import.ExecuteAsync(await request.ReadAsync<JsonObject>(cancellation), person.Actor(), cancellation);
        return answers.Of(await database.InTransactionAsync(tx => DefinitionVersions.GetAsync(tx, dagId, "Latest"), cancellation), person);
    }

    private static string FileName(DefinitionVersion version) => $"{version.DagId}.json";

    private sealed record ExportRequest(string[]? Ids);
}
