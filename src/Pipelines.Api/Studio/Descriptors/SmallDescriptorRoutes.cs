using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Pipelines.Api.Studio.Descriptors;

/// <summary>What Studio asks once: syntaxes of expressions, features, and lists of things that only Elsa's own runtime has.</summary>
internal static class SmallDescriptorRoutes
{
    private static readonly string[] None =
    [
        "/descriptors/workflow-activation-strategies", "/descriptors/log-persistence-strategies", "/descriptors/incident-strategies",
        "/descriptors/commit-strategies/workflows", "/descriptors/commit-strategies/activities", "/descriptors/output-converters",
    ];

    // Literal and Object are what editors write; Studio offers only the others by name. Most templates are in SQL.
    private static readonly object[] Syntaxes =
    [
        new { type = "Literal", displayName = "Literal", isBrowsable = false, properties = new { } },
        new { type = "Object", displayName = "Object", isBrowsable = false, properties = new { } },
        new { type = "Jinja", displayName = "Jinja", isBrowsable = true, properties = ColouredAs("sql") },
        new { type = "JavaScript", displayName = "JavaScript", isBrowsable = true, properties = ColouredAs("javascript") },
    ];

    private static readonly object[] VariableTypes = [new { typeName = "String", displayName = "String", category = "Primitives", description = "" }];

    private static readonly object[] StorageDrivers = [new { typeName = "WorkflowInstance", displayName = "Run", priority = 5, deprecated = false }];

    private static readonly Feature[] Features =
        [new("RealTimeWorkflowUpdates", "Elsa", "Elsa.RealTimeWorkflowUpdates", "Real time workflow updates", "A run is shown as it goes.")];

    public static void MapSmallDescriptors(this IEndpointRouteBuilder api)
    {
        foreach (var path in None) api.MapGet(path, () => ListAnswer.Of([]));
        api.MapGet("/descriptors/expression-descriptors", () => ListAnswer.Of(Syntaxes));
        api.MapGet("/descriptors/variables", () => ListAnswer.Of(VariableTypes));
        api.MapGet("/descriptors/storage-drivers", () => ListAnswer.Of(StorageDrivers));
        api.MapPost("/scripting/javascript/type-definitions/{definitionId}", (string definitionId) => Results.Text(JavaScriptTypes.Declarations, "application/x-typescript"));
        api.MapGet("/features/installed", () => ListAnswer.Of(Features));
        api.MapGet("/features/installed/{fullName}", (string fullName) => Features.FirstOrDefault(feature => feature.FullName == fullName) is { } feature
            ? StudioJson.Of(feature) : Results.NotFound());
    }

    // A key, not a member: it keeps its capital.
    private static Dictionary<string, string> ColouredAs(string language) => new() { ["MonacoLanguage"] = language };

    private sealed record Feature(string Name, string Namespace, string FullName, string DisplayName, string Description);
}
