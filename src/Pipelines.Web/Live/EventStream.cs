using System.Threading.Channels;
using Microsoft.AspNetCore.Authentication;
using Pipelines.Api.Access;
using Pipelines.Storage;

namespace Pipelines.Web.Live;

/// <summary>Writes server-sent events to a browser for as long as its session lasts.</summary>
internal sealed class EventStream(Database database, TimeProvider time, IHostApplicationLifetime host)
{
    /// <summary>A comment: the connection lives. Proxies close what says nothing, and a browser that is gone is noticed only by writing to it.</summary>
    public static readonly byte[] Heartbeat = ": alive\n\n"u8.ToArray();

    /// <summary>The session is over; the connection ends.</summary>
    public static readonly byte[] SessionOver = "event: session\ndata: over\n\n"u8.ToArray();

    /// <summary>The first thing that is sent: how long to wait, in milliseconds, before a lost connection is tried again.</summary>
    public static readonly byte[] Welcome = "retry: 2000\n\n"u8.ToArray();

    /// <summary>Between two heartbeats, which whoever tells the messages adds to them.</summary>
    public static readonly TimeSpan BetweenHeartbeats = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan BetweenChecks = TimeSpan.FromSeconds(30);

    /// <summary>Ends when the browser leaves, the host stops or the session is over.</summary>
    /// <param name="messages">Events as bytes, with a heartbeat among them.</param>
    public async Task WriteAsync(HttpContext http, ChannelReader<byte[]> messages)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, host.ApplicationStopping);
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        // nginx would keep the events to itself until it has a buffer full of them.
        http.Response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await WriteAsync(http, Welcome, end.Token);
            await FollowAsync(http, messages, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Nobody listens any more.
        }
    }

    // A heartbeat comes now and then, so the session is looked at in time though nothing happens.
    private async Task FollowAsync(HttpContext http, ChannelReader<byte[]> messages, CancellationToken end)
    {
        var expires = http.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc ?? DateTimeOffset.MaxValue;
        var check = time.GetUtcNow() + BetweenChecks;
        await foreach (var message in messages.ReadAllAsync(end))
        {
            var now = time.GetUtcNow();
            // The browser may have a younger cookie by now; then it connects again with that.
            if (now >= expires) return;
            if (now >= check)
            {
                if (!await Credentials.IsCurrentAsync(database, http.User, end))
                {
                    await WriteAsync(http, SessionOver, end);
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
