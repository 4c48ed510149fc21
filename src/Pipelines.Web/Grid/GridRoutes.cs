using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Pipelines.Api.Live;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Dags;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;
using Pipelines.Web.Live;

namespace Pipelines.Web.Grid;

/// <summary>What the grid and the graph of a DAG read: all of it at once, then what changes. Everybody who is signed in may look.</summary>
internal static class GridRoutes
{
    private const string Prefix = "/ui/dags";

    /// <summary>Where a DAG's grid is.</summary>
    public static string Grid(string dagId) => $"{Prefix}/{Uri.EscapeDataString(dagId)}/grid";

    /// <summary>Where a DAG's changes are told.</summary>
    public static string Events(string dagId) => $"{Prefix}/{Uri.EscapeDataString(dagId)}/events";

    /// <summary>Adds the hub that all open pages hang on.</summary>
    public static void AddGrid(this IServiceCollection services)
    {
        services.AddSingleton(NewHub).AddHostedService(provider => provider.GetRequiredService<GridHub>());
        // Its answers hold no secret that a chosen text beside it could reveal by its length.
        services.AddResponseCompression(compression => (compression.EnableForHttps, compression.MimeTypes) = (true, ["application/json"]));
    }

    /// <summary>Compresses the grid's JSON, and nothing else of the host.</summary>
    public static void UseGridCompression(this IApplicationBuilder app) =>
        app.UseWhen(http => http.Request.Path.StartsWithSegments(Prefix, StringComparison.Ordinal), grid => grid.UseResponseCompression());

    /// <summary>Maps both routes.</summary>
    public static void MapGrid(this IEndpointRouteBuilder routes)
    {
        routes.MapGet($"{Prefix}/{{dagId}}/grid", ReadAsync);
        routes.MapGet($"{Prefix}/{{dagId}}/events", FollowAsync);
    }

    private static GridHub NewHub(IServiceProvider services)
    {
        var database = services.GetRequiredService<Database>();
        var reads = new GridReads((ids, dagIds, stop) => database.InTransactionAsync(tx => GridQueries.OfIdsAsync(tx, ids, dagIds), stop),
            (dagId, stop) => database.InTransactionAsync(tx => GridHead.FindAsync(tx, dagId), stop));
        var hub = new GridHub(reads, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<GridHub>>());
        services.GetRequiredService<LiveFeed>().Subscribe(hub.Notice);
        return hub;
    }

    private static async Task<IResult> ReadAsync(HttpContext http, string dagId, Database database, DagVersions versions)
    {
        var (request, problem) = GridRequest.Read(http.Request.Query);
        if (request is null) return TypedResults.Problem(problem, statusCode: StatusCodes.Status400BadRequest);
        var json = await database.InTransactionAsync(tx => JsonAsync(tx, versions, dagId, request), http.RequestAborted);
        if (json is null) return Unknown(dagId);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, 12))}\"");
        http.Response.Headers.CacheControl = "private, no-cache";
        // With an ETag the answer to a browser that has it already is 304 and empty.
        return TypedResults.Bytes(json, "application/json", entityTag: tag);
    }

    private static async Task<byte[]?> JsonAsync(Transaction tx, DagVersions versions, string dagId, GridRequest request)
    {
        if (await GridHead.FindAsync(tx, dagId) is not { } head) return null;
        IReadOnlyList<GridRun> runs = request.RunId is not { } runId ? await GridQueries.NewestAsync(tx, dagId, request.Filter)
            : await GridQueries.FindAsync(tx, dagId, runId) is { } run ? [run] : [];
        try
        {
            return GridJson.Whole(head, await DagAsync(tx, versions, head.Dag, request.RunId), null, runs);
        }
        catch (DagUnreadableException error)
        {
            return GridJson.Whole(head, null, error.Message, runs);
        }
    }

    // A run keeps the version it started with, and its graph is that version's.
    private static async Task<Dag?> DagAsync(Transaction tx, DagVersions versions, StoredDag stored, string? runId) =>
        runId is not null && await DagRunQueries.FindAsync(tx, stored.DagId, runId) is { } run ? await versions.OfRunAsync(tx, run)
        : stored.CurrentVersionId is null ? null : await versions.CurrentAsync(tx, stored);

    private static async Task<IResult> FollowAsync(HttpContext http, string dagId, Database database, GridHub hub, EventStream stream)
    {
        if (await database.InTransactionAsync(tx => DagTable.FindAsync(tx, dagId), http.RequestAborted) is null) return Unknown(dagId);
        using var watch = hub.Watch(dagId);
        await stream.WriteAsync(http, watch.Messages);
        return TypedResults.Empty;
    }

    private static ProblemHttpResult Unknown(string dagId) => TypedResults.Problem(
        $"There is no DAG '{dagId}'. It may have been renamed or deleted; the page 'DAGs' lists those there are.", statusCode: StatusCodes.Status404NotFound);
}
