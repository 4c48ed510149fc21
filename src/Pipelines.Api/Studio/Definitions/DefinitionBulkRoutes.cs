using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Api.Access;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Operations.Authoring;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>The list's bulk menu. Each DAG is done by itself; what was refused is told when the rest is done.</summary>
internal static class DefinitionBulkRoutes
{
    public static void MapDefinitionBulk(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/bulk-actions").RequireAuthorization(Permissions.Author);
        api.MapPost("/publish/workflow-definitions/by-definition-ids", PublishAsync);
        api.MapPost("/retract/workflow-definitions/by-definition-ids", RetractAsync).RequireAuthorization(Permissions.Run);
        api.MapPost("/delete/workflow-definitions/by-definition-id", DeleteAsync);
        api.MapPost("/delete/workflow-definitions/by-id", DeleteVersionsAsync);
    }

    private static async Task<object> PublishAsync(HttpRequest request, ClaimsPrincipal person, DefinitionSaves saves, CancellationToken cancellation)
    {
        List<string> published = [], before = [];
        var bulk = new Bulk("published");
        foreach (var dagId in (await request.ReadAsync<DagIds>(cancellation)).DefinitionIds ?? [])
            await bulk.TryAsync(dagId, async () => (await saves.PublishAsync(dagId, person, cancellation) == Published.Now ? published : before).Add(dagId));
        bulk.Throw();
        return new { published, alreadyPublished = before, notFound = bulk.NotFound, updatedConsumers = Array.Empty<string>() };
    }

    /// <summary>Pauses them, as <see cref="DefinitionWriteRoutes"/> says.</summary>
    private static async Task<object> RetractAsync(HttpRequest request, ClaimsPrincipal person, SetDagPaused pause, CancellationToken cancellation)
    {
        List<string> retracted = [], before = [];
        var bulk = new Bulk("paused");
        foreach (var dagId in (await request.ReadAsync<DagIds>(cancellation)).DefinitionIds ?? [])
            await bulk.TryAsync(dagId, async () => (await pause.ExecuteAsync(dagId, isPaused: true, person.Actor(), cancellation) ? retracted : before).Add(dagId));
        bulk.Throw();
        return new { retracted, alreadyRetracted = before, notFound = bulk.NotFound };
    }

    private static async Task<object> DeleteAsync(HttpRequest request, ClaimsPrincipal person, DeleteDag delete, CancellationToken cancellation)
    {
        var bulk = new Bulk("deleted");
        foreach (var dagId in (await request.ReadAsync<DagIds>(cancellation)).DefinitionIds ?? [])
            await bulk.TryAsync(dagId, () => delete.ExecuteAsync(dagId, person.Actor(), cancellation));
        bulk.Throw();
        return new { deleted = bulk.Done };
    }

    private static async Task<object> DeleteVersionsAsync(HttpRequest request, ClaimsPrincipal person, DefinitionSaves saves, CancellationToken cancellation)
    {
        var bulk = new Bulk("deleted");
        foreach (var id in (await request.ReadAsync<VersionIds>(cancellation)).Ids ?? [])
            await bulk.TryAsync(id, () => saves.DeleteVersionAsync(id, person, cancellation));
        bulk.Throw();
        return new { deleted = bulk.Done };
    }

    private sealed record DagIds(string[]? DefinitionIds);

    private sealed record VersionIds(string[]? Ids);
}
