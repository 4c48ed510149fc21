using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Operations;
using Pipelines.Model.Designer;
using Pipelines.Storage;

namespace Pipelines.Api.Studio.Instances;

/// <summary>Runs as files, to look at elsewhere. There is no way back: a run is what happened here.</summary>
internal static class InstanceFileRoutes
{
    public static void MapInstanceFiles(this IEndpointRouteBuilder api)
    {
        api.MapGet("/workflow-instances/{id}/export", ExportAsync);
        api.MapPost("/bulk-actions/export/workflow-instances", ExportManyAsync);
    }

    private static async Task<IResult> ExportAsync(string id, Database database, StudioDefinition studio, CancellationToken cancellation)
    {
        var view = await database.InTransactionAsync(tx => RunView.GetAsync(tx, id, studio), cancellation);
        return Results.File(Content(view), "application/json", FileName(view));
    }

    private static async Task<IResult> ExportManyAsync(HttpRequest request, Database database, StudioDefinition studio, CancellationToken cancellation)
    {
        List<(string, byte[])> files = [];
        foreach (var id in Selected.Of((await request.ReadAsync<Selection>(cancellation)).Ids))
            if (await database.InTransactionAsync(tx => RunView.FindAsync(tx, id, studio), cancellation) is { } view) files.Add((FileName(view), Content(view)));
        if (files.Count == 0) throw new OperationException(RefusalKind.NotFound, "None of these runs exists any more, so there is nothing to export. Reload the list.");
        return await ZipAnswer.OfAsync("runs.zip", files, cancellation);
    }

    private static byte[] Content(RunView view) => StudioJson.Bytes(new
    {
        instance = InstanceSummary.Of(view),
        activityExecutions = view.Drawn().SelectMany(drawn => ExecutionRecord.Of(view, drawn.Task, drawn.Node, outputs: null)),
    });

    private static string FileName(RunView view) => $"{view.Run.DagId}-{view.Id}.json";

    private sealed record Selection(string[]? Ids);
}
