using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http.HttpResults;
using Pipelines.Api.Access;
using Pipelines.Api.Live;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.Model.Runs;

namespace Pipelines.Web.Studio;

/// <summary>What the designer's bar asks for and does: read, listen, keep or discard the draft.</summary>
internal static class DraftRoutes
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(20);

    public static void MapDrafts(this IEndpointRouteBuilder routes)
    {
        var dag = routes.MapGroup("/ui/studio/{dagId}");
        dag.MapGet("", ReadAsync);
        dag.MapGet("/events", (string dagId, LiveFeed feed, TimeProvider time, CancellationToken cancellation) =>
            TypedResults.ServerSentEvents(EventsAsync(dagId, feed, time, cancellation)));
        dag.MapPost("/keep", (string dagId, KeepDraft keep, HttpContext http, CancellationToken cancellation) =>
            DoAsync(http, actor => keep.ExecuteAsync(dagId, actor, cancellation))).RequireAuthorization(Permissions.Author);
        dag.MapPost("/discard", (string dagId, DiscardDraft discard, HttpContext http, CancellationToken cancellation) =>
            DoAsync(http, actor => discard.ExecuteAsync(dagId, actor, cancellation))).RequireAuthorization(Permissions.Author);
    }

    private static async Task<Results<Ok<DraftBarAnswer>, NotFound>> ReadAsync(string dagId, EditedDag dag, ClaimsPrincipal person, CancellationToken cancellation) =>
        await dag.ReadAsync(dagId, person, cancellation) is { } answer ? TypedResults.Ok(answer) : TypedResults.NotFound();

    /// <summary>Says that something changed; what it is the browser asks for, once for a burst.</summary>
    private static async IAsyncEnumerable<SseItem<string>> EventsAsync(
        string dagId, LiveFeed feed, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var changed = new SseItem<string>(dagId, "changed") { ReconnectionInterval = TimeSpan.FromSeconds(2) };
        var hints = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var subscription = feed.Subscribe(change =>
        {
            if (change.Everything || change.DagId == dagId) hints.Writer.TryWrite(true);
        });
        // A connection that dropped may have missed something.
        yield return changed;
        while (true)
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var hint = hints.Reader.WaitToReadAsync(waiting.Token).AsTask();
            // Proxies close what says nothing, and a browser that is gone is noticed only by writing to it.
            if (await Task.WhenAny(hint, Task.Delay(Heartbeat, time, waiting.Token)) == hint && await hint && hints.Reader.TryRead(out _)) yield return changed;
            else yield return new SseItem<string>("", "alive");
            await waiting.CancelAsync();
        }
    }

    private static async Task<IResult> DoAsync(HttpContext http, Func<Actor, Task> operation)
    {
        try
        {
            await operation(new Actor(http.User.Identity?.Name ?? "", RunTriggeredBy.Ui));
            return TypedResults.NoContent();
        }
        catch (OperationException error)
        {
            return Refusals.Of(error);
        }
    }
}
