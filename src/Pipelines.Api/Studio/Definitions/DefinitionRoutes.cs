using System.Security.Claims;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.Storage;
using Pipelines.Storage.Dags;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>Reads DAGs as workflow definitions.</summary>
internal static class DefinitionRoutes
{
    public static void MapDefinitions(this IEndpointRouteBuilder api)
    {
        api.MapGet("/workflow-definitions", ListAsync);
        api.MapGet("/workflow-definitions/by-definition-id/{definitionId}", OfDagAsync);
        api.MapGet("/workflow-definitions/by-id/{id}", ByIdAsync);
        api.MapGet("/workflow-definitions/many-by-id", ManyByIdAsync);
        api.MapGet("/workflow-definitions/query/count", CountAsync);
        api.MapGet("/workflow-definitions/{definitionId}/consumers", (string definitionId) => new { workflowDefinitionIds = Array.Empty<string>() });
        api.MapGet("/workflow-definitions/validation/is-name-unique", IsNameUniqueAsync);
    }

    private static async Task<DefinitionList> ListAsync(
        [AsParameters] DefinitionQuery query, ClaimsPrincipal person, Database database, DefinitionAnswers answers, CancellationToken cancellation)
    {
        // There are none of Elsa's own definitions here.
        var found = query.IsSystem == true ? [] : query.Sort(await database.InTransactionAsync(query.FindAsync, cancellation));
        var page = found.Skip(query.Offset).Take(query.Limit).Select(version => answers.SummaryOf(version, person));
        return new DefinitionList([.. page], found.Count, answers.ListLinks(person));
    }

    private static async Task<JsonObject> OfDagAsync(
        string definitionId, string? versionOptions, ClaimsPrincipal person, Database database, DefinitionAnswers answers, CancellationToken cancellation) =>
        answers.Of(await database.InTransactionAsync(tx => DefinitionVersions.GetAsync(tx, definitionId, versionOptions), cancellation), person);

    private static async Task<JsonObject> ByIdAsync(string id, ClaimsPrincipal person, Database database, DefinitionAnswers answers, CancellationToken cancellation) =>
        await database.InTransactionAsync(tx => DefinitionVersions.FindAsync(tx, id), cancellation) is { } version ? answers.Of(version, person)
            : throw new OperationException(RefusalKind.NotFound, "There is no such version of a DAG. It was deleted, published or discarded; reload the page.");

    private static async Task<object> ManyByIdAsync(string[] ids, ClaimsPrincipal person, Database database, DefinitionAnswers answers, CancellationToken cancellation)
    {
        var found = await database.InTransactionAsync(tx => DefinitionVersions.OfIdsAsync(tx, Selected.Of(ids)), cancellation);
        return new { items = found.Select(version => answers.Of(version, person)).ToList(), count = found.Count };
    }

    private static async Task<object> CountAsync(Database database, CancellationToken cancellation) =>
        new { count = await database.InTransactionAsync(DagTable.CountWithDraftsAsync, cancellation) };

    /// <summary>A name is unique when the dag_id that it gives is free; titles of existing DAGs may repeat.</summary>
    private static async Task<object> IsNameUniqueAsync(string name, string? definitionId, ImportDag import, CancellationToken cancellation) =>
        new { isUnique = !string.IsNullOrEmpty(definitionId) || await import.IsFreeAsync(ImportDag.DagIdOf(name), cancellation) };
}

/// <summary>A page of definitions.</summary>
internal sealed record DefinitionList(IReadOnlyList<DefinitionSummary> Items, int TotalCount, IReadOnlyList<Link> Links);
