using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Operations;
using Pipelines.Model.Designer;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Api.Studio.Instances;

/// <summary>The badges of a run's nodes, and the attempts behind them.</summary>
internal static class ExecutionRoutes
{
    public static void MapExecutions(this IEndpointRouteBuilder api)
    {
        api.MapPost("/activity-executions/report", ReportAsync);
        api.MapGet("/activity-executions/list", ListAsync);
        api.MapGet("/activity-execution-summaries/list", ListAsync);
        api.MapGet("/activity-executions/by-id", FindAsync);
        api.MapGet("/activity-executions/{id}/call-stack", CallStackAsync);
    }

    private static async Task<object> ReportAsync(HttpRequest request, Database database, StudioDefinition studio, CancellationToken cancellation)
    {
        var asked = await request.ReadAsync<ReportRequest>(cancellation);
        var view = await database.InTransactionAsync(tx => RunView.GetAsync(tx, asked.WorkflowInstanceId ?? "", studio), cancellation);
        var nodes = asked.ActivityNodeIds?.ToHashSet(StringComparer.Ordinal);
        return new { stats = NodeStats.Of(view).Where(stats => nodes?.Contains(stats.ActivityNodeId) != false).ToList() };
    }

    private static async Task<ListAnswer> ListAsync(string workflowInstanceId, string activityNodeId, Database database, StudioDefinition studio, CancellationToken cancellation) =>
        ListAnswer.Of([.. (await RecordsAsync(workflowInstanceId, database, studio, cancellation)).Where(record => record.ActivityNodeId == activityNodeId)]);

    private static async Task<ExecutionRecord> FindAsync(string id, Database database, StudioDefinition studio, CancellationToken cancellation) =>
        (await RecordsAsync(id.Split('.')[0], database, studio, cancellation)).FirstOrDefault(record => record.Id == id)
            ?? throw new OperationException(RefusalKind.NotFound, "There is no such attempt any more: its run was cleared or deleted. Reload the page.");

    /// <summary>Elsa asks which activity scheduled which; here a task has only itself.</summary>
    private static async Task<object> CallStackAsync(string id, Database database, StudioDefinition studio, CancellationToken cancellation) =>
        new { activityExecutionId = id, items = new[] { await FindAsync(id, database, studio, cancellation) }, totalCount = 1 };

    private static Task<List<ExecutionRecord>> RecordsAsync(string runId, Database database, StudioDefinition studio, CancellationToken cancellation) =>
        database.InTransactionAsync(async tx =>
        {
            var view = await RunView.GetAsync(tx, runId, studio);
            var xcoms = (await XComTable.OfRunAsync(tx, view.Run.Id)).ToLookup(xcom => (xcom.TaskId, xcom.MapIndex));
            return view.Drawn().SelectMany(drawn => ExecutionRecord.Of(view, drawn.Task, drawn.Node, Outputs(xcoms[(drawn.Task.TaskId, drawn.Task.MapIndex)]))).ToList();
        }, cancellation);

    /// <summary>The members of what a task returned, then whatever else it pushed.</summary>
    private static JsonObject Outputs(IEnumerable<XComEntry> xcoms)
    {
        var outputs = new JsonObject();
        foreach (var xcom in xcoms)
        {
            if (xcom.Key == Model.Activities.IXCom.ReturnValue && xcom.Shown is JsonObject returned)
                foreach (var (name, value) in returned) outputs[name] = value?.DeepClone();
            else outputs[xcom.Key] = xcom.Shown;
        }
        return outputs;
    }

    private sealed record ReportRequest(string? WorkflowInstanceId, string[]? ActivityNodeIds);
}
