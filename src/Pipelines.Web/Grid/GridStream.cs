using Microsoft.AspNetCore.Authentication;
using Pipelines.Api.Access;
using Pipelines.Storage;

namespace Pipelines.Web.Grid;

/// <summary>Writes the events of a DAG to a browser for as long as its session lasts.</summary>
internal sealed class GridStream(GridHub hub, Database database, TimeProvider time, IHostApplicationLifetime host)
{
    private static readonly TimeSpan BetweenChecks = TimeSpan.FromSeconds(30);

    /// <summary>Ends when the browser leaves, the host stops or the session is over.</summary>
    public async Task WriteAsync(HttpContext http, string dagId)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, host.ApplicationStopping);
        using var watch = hub.Watch(dagId);
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        // nginx would keep the events to itself until it has a buffer full of them.
        http.Response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await WriteAsync(http, GridEvents.Welcome, end.Token);
            await FollowAsync(http, watch, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Nobody listens any more.
        }
    }

    // A heartbeat comes every 15 s, so the session is looked at in time though nothing happens.
    private async Task FollowAsync(HttpContext http, GridWatch watch, CancellationToken end)
    {
        var expires = http.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc ?? DateTimeOffset.MaxValue;
        var check = time.GetUtcNow() + BetweenChecks;
        await foreach (var message in watch.Messages.ReadAllAsync(end))
        {
            var now = time.GetUtcNow();
            // The browser may have a younger cookie by now; then it connects again with that.
            if (now >= expires) return;
            if (now >= check)
            {
                if (!await Credentials.IsCurrentAsync(database, http.User, end))
                {
                    await WriteAsync(http, GridEvents.SessionOver, end);
                    return;
                }
                check = now + BetweenChecks;
            }
            await WriteAsync(http, message, end);
        }
    }

    private static async Task WriteAsync(HttpContext http, byte[] message, CancellationToken end)
    {
        await http.Response.Body.WriteAsync(message, end);
        await http.Response.Body.FlushAsync(end);
    }
}
