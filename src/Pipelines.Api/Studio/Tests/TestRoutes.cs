using System.Globalization;
using System.Security.Claims;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Api.Access;
using Pipelines.Api.Studio.Definitions;
using Pipelines.Api.Studio.Instances;
using Pipelines.Engine.Execution.Testing;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.Model.Activities;
using Pipelines.Storage;

namespace Pipelines.Api.Studio.Tests;

/// <summary>Studio's Test tab: really runs one activity. Who may edit DAGs and run them may do that.</summary>
internal static class TestRoutes
{
    public static void MapTests(this IEndpointRouteBuilder api) =>
        api.MapPost("/tests/activities", TestAsync).RequireAuthorization(Permissions.Author).RequireAuthorization(Permissions.Run);

    private static async Task<TestAnswer> TestAsync(HttpRequest request, ClaimsPrincipal person, Database database, TestActivity test, CancellationToken cancellation)
    {
        var asked = await request.ReadAsync<TestRequest>(cancellation);
        try
        {
            var version = await database.InTransactionAsync(async tx => asked.WorkflowDefinitionHandle?.DefinitionVersionId is { } id
                ? await DefinitionVersions.FindAsync(tx, id) ?? throw new OperationException(RefusalKind.NotFound, "This version is not there any more: it was published or discarded. Reload the page, then test again.")
                : await DefinitionVersions.GetAsync(tx, asked.WorkflowDefinitionHandle?.DefinitionId ?? "", asked.WorkflowDefinitionHandle?.VersionOptions), cancellation);
            return TestAnswer.Of(await test.ExecuteAsync(version.DagId, version.Text, asked.ActivityId, person.Actor(), cancellation));
        }
        catch (OperationException refusal)
        {
            // Studio's tab would wait forever for an answer of another status; as a fault it shows the words.
            return TestAnswer.Of(refusal);
        }
    }

    private sealed record TestRequest(DefinitionHandle? WorkflowDefinitionHandle, ActivityHandle? ActivityHandle)
    {
        /// <summary>The last part of a node id is the activity's own.</summary>
        public string ActivityId => ActivityHandle?.ActivityId ?? ActivityHandle?.ActivityNodeId?.Split(':')[^1] ?? "";
    }

    private sealed record DefinitionHandle(string? DefinitionId, string? VersionOptions, string? DefinitionVersionId);

    private sealed record ActivityHandle(string? ActivityId, string? ActivityNodeId);

    /// <summary>Elsa's TestActivityResponse.</summary>
    private sealed record TestAnswer(string Status, JsonObject ActivityState)
    {
        public JsonObject Outputs { get; init; } = [];

        public JsonObject Payload { get; init; } = [];

        public Fault? Exception { get; init; }

        public static TestAnswer Of(ActivityTestResult result)
        {
            // Studio shows the members in their order: what was tested comes before what went in.
            var state = new JsonObject
            {
                ["Run"] = result.RunId,
                ["Interval"] = result.Interval is { } interval ? string.Create(CultureInfo.InvariantCulture, $"{interval.Start.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'} – {interval.End.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}") : null,
                ["Seconds"] = Math.Round(result.Duration.TotalSeconds, 3),
                ["Log"] = string.Join('\n', result.Log.Select(line => $"{line.Time.UtcDateTime:HH:mm:ss.fff} {line.Level.ToString().ToUpperInvariant()} {line.Message}")),
            };
            foreach (var (name, value) in result.Inputs) state[$"Input {name}"] = value?.DeepClone();
            return new TestAnswer(InstanceStatus.Of(result.State), state)
            {
                Outputs = result.Outputs,
                Payload = result.State == Model.Runs.TaskState.Success ? new JsonObject { ["Outcomes"] = ActivityDescriptor.Done } : [],
                Exception = result.State == Model.Runs.TaskState.Success ? null : new Fault(result.Message ?? "It ended without success."),
            };
        }

        public static TestAnswer Of(OperationException refusal) =>
            new("Faulted", []) { Exception = new Fault(string.Join('\n', [refusal.Message, .. refusal.Details])) };
    }
}
