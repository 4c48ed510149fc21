using System.Data.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Pipelines.Engine;
using Pipelines.Storage;

namespace Pipelines.Api;

/// <summary>For load balancers and Kubernetes, which have no login: they hear no more than well or not, and the host's log says the rest.</summary>
public static class HealthRoutes
{
    // Who probes gives up sooner than a connection does.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>Maps <c>/health</c> and below, which every role has.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health").AllowAnonymous();
        health.MapGet("", (Database database, CancellationToken cancellation) => AnswerAsync(token => database.AnswersAsync(token), cancellation));
        health.MapGet("/live", (Pulse pulse, ILoggerFactory loggers) => Answer(IsLive(pulse, loggers)));
        health.MapGet("/ready", (Database database, Pulse pulse, ILoggerFactory loggers, CancellationToken cancellation) =>
            AnswerAsync(async token => IsLive(pulse, loggers) && await Migrator.SufficesAsync(database, token), cancellation));
    }

    /// <summary>The process is worth keeping: its loops come round. Not a word about the database, whose absence no restart cures.</summary>
    private static bool IsLive(Pulse pulse, ILoggerFactory loggers)
    {
        var late = pulse.Late();
        if (late.Count > 0)
            loggers.CreateLogger(typeof(HealthRoutes)).LogError("Not heard of for more than {Limit}: {Loops}. The process hangs; restart it", Pulse.LateAfter, string.Join(", ", late));
        return late.Count == 0;
    }

    private static async Task<ContentHttpResult> AnswerAsync(Func<CancellationToken, Task<bool>> ask, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            return Answer(await ask(patience.Token));
        }
        catch (Exception error) when (error is DbException or OperationCanceledException)
        {
            return Answer(false);
        }
    }

    private static ContentHttpResult Answer(bool isWell) => TypedResults.Text(isWell ? "ok" : "not ok", statusCode: isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
}
