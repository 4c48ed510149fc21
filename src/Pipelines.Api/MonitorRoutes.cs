using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Pipelines.Storage;
using Pipelines.Storage.Processes;

namespace Pipelines.Api;

/// <summary>Is the installation well, and which version is it (Airflow REST v2: get_health, get_version).</summary>
public static class MonitorRoutes
{
    private const string Healthy = "healthy";
    private const string Unhealthy = "unhealthy";

    /// <summary>A scheduler that has not been heard of for this long counts as dead (scheduler_health_check_threshold).</summary>
    private static readonly TimeSpan SchedulerThreshold = TimeSpan.FromSeconds(30);

    /// <summary>Maps both routes, which need no login, as in Airflow.</summary>
    public static void MapMonitor(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v2/monitor/health", MonitorAsync).AllowAnonymous();
        routes.MapGet("/api/v2/version", () => TypedResults.Ok(new VersionAnswer(Version))).AllowAnonymous();
    }

    private static string Version { get; } =
        typeof(MonitorRoutes).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static async Task<Ok<HealthAnswer>> MonitorAsync(Database database, TimeProvider time, CancellationToken cancellation)
    {
        if (!await database.AnswersAsync(cancellation))
            return TypedResults.Ok(new HealthAnswer(new(Unhealthy), new(Unhealthy, null)));
        var alive = await database.InTransactionAsync(tx => JobTable.AliveAsync(tx, time.GetUtcNow() - SchedulerThreshold), cancellation);
        var schedulers = alive.Where(job => job.JobType == "scheduler").ToList();
        var latest = schedulers.Select(job => (DateTimeOffset?)job.LatestHeartbeat).Max();
        return TypedResults.Ok(new HealthAnswer(new(Healthy), new(schedulers.Count > 0 ? Healthy : Unhealthy, latest)));
    }

    private sealed record VersionAnswer(string Version);

    /// <summary>Airflow's HealthInfoResponse. There is no triggerer process, which Airflow writes as nulls.</summary>
    private sealed record HealthAnswer(ComponentAnswer Metadatabase, SchedulerAnswer Scheduler)
    {
        public TriggererAnswer Triggerer { get; } = new(null, null);
    }

    private sealed record ComponentAnswer(string Status);

    private sealed record SchedulerAnswer(string Status, DateTimeOffset? LatestSchedulerHeartbeat);

    private sealed record TriggererAnswer(string? Status, DateTimeOffset? LatestTriggererHeartbeat);
}
