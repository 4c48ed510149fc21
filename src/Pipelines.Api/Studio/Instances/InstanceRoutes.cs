using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Api.Access;
using Pipelines.Engine.Operations;
using Pipelines.Model.Designer;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Api.Studio.Instances;

/// <summary>Runs as workflow instances.</summary>
internal static class InstanceRoutes
{
    public static void MapInstances(this IEndpointRouteBuilder api)
    {
        api.MapPost("/workflow-instances", ListAsync);
        api.MapGet("/workflow-instances/{id}", GetAsync);
        api.MapGet("/workflow-instances/{id}/variables", VariablesAsync);
        api.MapGet("/workflow-instances/{id}/execution-state", StateAsync);
        api.MapDelete("/workflow-instances/{id}", DeleteAsync).RequireAuthorization(Permissions.Run);
        api.MapPost("/cancel/workflow-instances/{id}", CancelAsync).RequireAuthorization(Permissions.Run);
        api.MapPost("/bulk-actions/delete/workflow-instances/by-id", DeleteManyAsync).RequireAuthorization(Permissions.Run);
        api.MapPost("/bulk-actions/cancel/workflow-instances", CancelManyAsync).RequireAuthorization(Permissions.Run);
    }

    private static async Task<object> ListAsync(HttpRequest request, Database database, CancellationToken cancellation)
    {
        var query = await request.ReadAsync<InstanceQuery>(cancellation);
        return await database.InTransactionAsync(async tx =>
        {
            var page = query.Filter is { } filter ? await DagRunPageQueries.PageAsync(tx, filter, query.Limit, query.Offset, query.OldestFirst) : new DagRunPage([], 0);
            var ids = page.Runs.Select(run => run.DagVersionId).Distinct().ToList();
            var numbers = (await DagVersionTable.HeadsOfIdsAsync(tx, ids)).ToDictionary(version => version.Id, version => version.VersionNumber);
            var failed = await DagRunPageQueries.FailedTasksAsync(tx, [.. page.Runs.Select(run => run.Id)]);
            return new { items = page.Runs.Select(run => InstanceSummary.Of(run, numbers[run.DagVersionId], failed.GetValueOrDefault(run.Id))).ToList(), totalCount = page.Total };
        }, cancellation);
    }

    private static async Task<InstanceSummary> GetAsync(string id, Database database, StudioDefinition studio, CancellationToken cancellation) =>
        InstanceSummary.Of(await database.InTransactionAsync(tx => RunView.GetAsync(tx, id, studio), cancellation));

    /// <summary>Params with the run's conf over them, then what tasks passed on.</summary>
    private static async Task<ListAnswer> VariablesAsync(string id, Database database, StudioDefinition studio, CancellationToken cancellation) => await database.InTransactionAsync(async tx =>
    {
        var view = await RunView.GetAsync(tx, id, studio);
        var xcoms = await XComTable.OfRunAsync(tx, view.Run.Id);
        return ListAnswer.Of(
        [
            .. view.Run.Conf.Select(member => (object)new { id = $"conf.{member.Key}", name = $"conf.{member.Key}", value = member.Value }),
            .. xcoms.Select(xcom => (object)new { id = $"{xcom.Name}.{xcom.Key}", name = $"{xcom.Name}.{xcom.Key}", value = xcom.Shown }),
        ]);
    }, cancellation);

    private static async Task<object> StateAsync(string id, Database database, StudioDefinition studio, CancellationToken cancellation)
    {
        var view = await database.InTransactionAsync(tx => RunView.GetAsync(tx, id, studio), cancellation);
        return new { status = InstanceStatus.Of(view.Run.State), workflowSubStatus = InstanceStatus.SubOf(view.Run.State), view.UpdatedAt };
    }

    private static async Task<IResult> DeleteAsync(string id, ClaimsPrincipal person, Database database, DeleteDagRun delete, CancellationToken cancellation)
    {
        var run = await RunAsync(database, id, cancellation);
        await delete.ExecuteAsync(run.DagId, run.RunId, person.Actor(), cancellation);
        return Results.NoContent();
    }

    private static async Task<IResult> CancelAsync(string id, ClaimsPrincipal person, Database database, MarkDagRun mark, CancellationToken cancellation)
    {
        var run = await RunAsync(database, id, cancellation);
        await mark.ExecuteAsync(run.DagId, run.RunId, DagRunState.Failed, person.Actor(), cancellation);
        return Results.NoContent();
    }

    private static async Task<object> DeleteManyAsync(HttpRequest request, ClaimsPrincipal person, Database database, DeleteDagRun delete, CancellationToken cancellation)
    {
        var bulk = new Bulk("deleted");
        foreach (var id in (await request.ReadAsync<Selection>(cancellation)).Ids ?? []) await bulk.TryAsync(id, () => DeleteAsync(id, person, database, delete, cancellation));
        bulk.Throw();
        return new { deleted = bulk.Done };
    }

    /// <summary>The runs named, and of a DAG named all that have not ended.</summary>
    private static async Task<object> CancelManyAsync(HttpRequest request, ClaimsPrincipal person, Database database, MarkDagRun mark, CancellationToken cancellation)
    {
        var selection = await request.ReadAsync<Selection>(cancellation);
        var bulk = new Bulk("marked failed");
        var ids = selection.Ids ?? [];
        if (ids.Length == 0 && selection.DefinitionId is { Length: > 0 } dagId)
            ids = [.. (await database.InTransactionAsync(tx => DagRunPageQueries.UnfinishedAsync(tx, dagId), cancellation)).Select(run => run.ToString(CultureInfo.InvariantCulture))];
        foreach (var id in ids) await bulk.TryAsync(id, () => CancelAsync(id, person, database, mark, cancellation));
        bulk.Throw();
        return new { cancelled = bulk.Done };
    }

    private static async Task<DagRun> RunAsync(Database database, string id, CancellationToken cancellation) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && await database.InTransactionAsync(tx => DagRunQueries.FindAsync(tx, number), cancellation) is { } run
            ? run : throw new OperationException(RefusalKind.NotFound, "There is no such run any more. Reload the list.");

    private sealed record Selection(string[]? Ids, string? DefinitionId);
}
