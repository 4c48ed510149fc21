using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Pipelines.Api.Access;
using Pipelines.Api.Live;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.Web.Live;

namespace Pipelines.Web.Studio;

/// <summary>What the designer's bar asks for and does: read, listen, keep or discard the draft.</summary>
internal static class DraftRoutes
{
    public static void MapDrafts(this IEndpointRouteBuilder routes)
    {
        var dag = routes.MapGroup("/ui/studio/{dagId}");
        dag.MapGet("", ReadAsync);
        dag.MapGet("/events", FollowAsync);
        dag.MapPost("/keep", (string dagId, KeepDraft keep, HttpContext http, CancellationToken cancellation) =>
            DoAsync(http, actor => keep.ExecuteAsync(dagId, actor, cancellation))).RequireAuthorization(Permissions.Author);
        dag.MapPost("/discard", (string dagId, DiscardDraft discard, HttpContext http, CancellationToken cancellation) =>
            DoAsync(http, actor => discard.ExecuteAsync(dagId, actor, cancellation))).RequireAuthorization(Permissions.Author);
    }

    private static async Task<Results<Ok<DraftBarAnswer>, NotFound>> ReadAsync(string dagId, EditedDag dag, ClaimsPrincipal person, CancellationToken cancellation) =>
        await dag.ReadAsync(dagId, person, cancellation) is { } answer ? TypedResults.Ok(answer) : TypedResults.NotFound();

    private static async Task<IResult> FollowAsync(HttpContext http, string dagId, LiveFeed feed, TimeProvider time, EventStream stream)
    {
        using var watch = new DraftWatch(feed, time, dagId);
        await stream.WriteAsync(http, watch.Messages);
        return TypedResults.Empty;
    }

    private static async Task<IResult> DoAsync(HttpContext http, Func<Actor, Task> operation)
    {
        try
        {
            await operation(http.User.Actor());
            return TypedResults.NoContent();
        }
        catch (OperationException error)
        {
            return Refusals.Of(error);
        }
    }
}
