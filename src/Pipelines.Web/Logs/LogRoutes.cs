using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Web.Logs;

/// <summary>A task's log for its page: pieces of it as JSON, and all of it as a file.</summary>
internal static class LogRoutes
{
    private const string Task = "/ui/dags/{dagId}/runs/{runId}/tasks/{taskId}";

    public static void MapLogs(this IEndpointRouteBuilder routes)
    {
        routes.MapGet($"{Task}/log/lines", LinesAsync);
        routes.MapGet($"{Task}/log", FileAsync);
    }

    private static async Task<Results<Ok<LogPiece>, NotFound<string>>> LinesAsync(
        [AsParameters] LogAddress address, int? after, int? before, string? level, string? find, Database database, LogReader reader, HttpContext http)
    {
        if (await address.FindAsync(database, http.RequestAborted) is not { } attempt) return TypedResults.NotFound(LogAddress.Missing);
        http.Response.Headers.CacheControl = "no-store";
        var filter = LogFilter.Of(level, find);
        return TypedResults.Ok(filter.ShowsAll
            ? await reader.ReadAsync(attempt.Id, after, before, http.RequestAborted)
            : await reader.FindAsync(attempt.Id, after ?? 0, filter, http.RequestAborted));
    }

    private static async Task<Results<PushStreamHttpResult, NotFound<string>>> FileAsync([AsParameters] LogAddress address, Database database, LogReader reader, HttpContext http)
    {
        if (await address.FindAsync(database, http.RequestAborted) is not { } attempt) return TypedResults.NotFound(LogAddress.Missing);
        return TypedResults.Stream(
            output => reader.WriteAsync(attempt.Id, output, http.RequestAborted), "text/plain; charset=utf-8", $"{address.DagId}.{TaskInstance.NameOf(address.TaskId, address.MapIndex ?? -1)}.{address.RunId.Replace(':', '-')}.try{attempt.TryNumber}.log");
    }
}

/// <summary>Names an attempt as its page's URL does.</summary>
/// <param name="MapIndex">Of a mapped task; null: it is not mapped.</param>
/// <param name="Try">See <see cref="AttemptName"/>; null: the latest.</param>
internal sealed record LogAddress(string DagId, string RunId, string TaskId, [property: FromQuery(Name = "map_index")] int? MapIndex, string? Try)
{
    public const string Missing = "There is no such attempt; its DAG or run may have been deleted.";

    /// <summary>Null when there is none.</summary>
    public Task<TaskAttempt?> FindAsync(Database database, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var run = await DagRunQueries.FindAsync(tx, DagId, RunId);
        var task = run is null ? null : (await TaskInstanceTable.OfTaskAsync(tx, run.Id, TaskId, MapIndex ?? -1)).SingleOrDefault();
        return task is null ? null : AttemptName.Find(await TaskAttemptTable.OfTaskInstanceAsync(tx, task.Id), Try);
    }, cancellation);
}
