using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Model.Designer;
using Pipelines.Storage;

namespace Pipelines.Api.Studio.Instances;

/// <summary>A run's time line: when each attempt began and how it ended.</summary>
internal static class JournalRoutes
{
    private const int MostTaken = 1000;

    public static void MapJournal(this IEndpointRouteBuilder api)
    {
        api.MapGet("/workflow-instances/{id}/journal", (string id, int? skip, int? take, Database database, StudioDefinition studio, CancellationToken cancellation) =>
            PageAsync(id, null, skip, take, database, studio, cancellation));
        api.MapPost("/workflow-instances/{id}/journal", async (string id, int? skip, int? take, HttpRequest request, Database database, StudioDefinition studio, CancellationToken cancellation) =>
            await PageAsync(id, (await request.ReadAsync<JournalRequest>(cancellation)).Filter, skip, take, database, studio, cancellation));
    }

    private static async Task<object> PageAsync(string id, JournalFilter? filter, int? skip, int? take, Database database, StudioDefinition studio, CancellationToken cancellation)
    {
        var view = await database.InTransactionAsync(tx => RunView.GetAsync(tx, id, studio), cancellation);
        var entries = Entries(view).OrderBy(entry => entry.Timestamp).ThenBy(entry => entry.Id, StringComparer.Ordinal).Where(entry => filter?.Fits(entry) != false).ToList();
        var page = entries.Skip(Math.Max(skip ?? 0, 0)).Take(Math.Clamp(take ?? MostTaken, 0, MostTaken)).Index().Select(entry => entry.Item with { Sequence = (skip ?? 0) + entry.Index });
        return new { items = page.ToList(), totalCount = entries.Count };
    }

    private static IEnumerable<JournalEntry> Entries(RunView view)
    {
        foreach (var (task, node) in view.Drawn())
        {
            foreach (var record in ExecutionRecord.Of(view, task, node, outputs: null))
            {
                var state = (string)record.Metadata["state"]!;
                if (record.Metadata["tryNumber"] is not null) yield return JournalEntry.Of(record, "a", "Started", record.StartedAt, null);
                if (record.CompletedAt is { } end) yield return JournalEntry.Of(record, "b", EventOf(state), end, record.Exception?.Message ?? task.Reason);
            }
        }
    }

    private static string EventOf(string state) => state switch
    {
        "success" => "Completed",
        "failed" => "Faulted",
        "upstream_failed" => "Upstream failed",
        _ => char.ToUpperInvariant(state[0]) + state[1..],
    };

    private sealed record JournalRequest(JournalFilter? Filter);

    private sealed record JournalFilter(string[]? ActivityIds, string[]? ActivityNodeIds, string[]? ExcludedActivityTypes, string[]? EventNames)
    {
        public bool Fits(JournalEntry entry) =>
            ActivityIds?.Contains(entry.ActivityId) != false && ActivityNodeIds?.Contains(entry.NodeId) != false
            && ExcludedActivityTypes?.Contains(entry.ActivityType) != true && EventNames?.Contains(entry.EventName) != false;
    }

    /// <summary>Elsa's WorkflowExecutionLogRecord.</summary>
    private sealed record JournalEntry(string Id, string ActivityInstanceId, string ActivityId, string ActivityType, string ActivityName, string NodeId, DateTimeOffset Timestamp, string EventName, string? Message)
    {
        public int ActivityTypeVersion { get; } = 1;

        public long Sequence { get; init; }

        public JsonObject ActivityState { get; init; } = [];

        public static JournalEntry Of(ExecutionRecord record, string part, string name, DateTimeOffset at, string? message) =>
            new($"{record.Id}.{part}", record.Id, record.ActivityId, record.ActivityType, record.ActivityName, record.ActivityNodeId, at, name, message)
            {
                ActivityState = (JsonObject)record.ActivityState.DeepClone(),
            };
    }
}
