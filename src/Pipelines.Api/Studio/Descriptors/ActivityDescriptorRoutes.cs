using System.Security.Claims;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Api.Access;
using Pipelines.Engine.Operations;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Api.Studio.Descriptors;

/// <summary>The activities of the picker, and the choices of their inputs.</summary>
internal static class ActivityDescriptorRoutes
{
    public static void MapActivityDescriptors(this IEndpointRouteBuilder api)
    {
        api.MapGet("/descriptors/activities", (ActivityCatalog catalog) => ListAnswer.Of(All(catalog)));
        api.MapPost("/descriptors/activities/{typeName}/options/{inputName}", OptionsAsync);
    }

    private static List<ActivityDescriptorAnswer> All(ActivityCatalog catalog) =>
    [
        .. ActivityDescriptorAnswer.Elsa,
        ActivityDescriptorAnswer.Of(DagInputs.Descriptor),
        .. catalog.Descriptors.Values.OrderBy(descriptor => descriptor.Category).ThenBy(descriptor => descriptor.DisplayName).Select(ActivityDescriptorAnswer.Of),
    ];

    private static async Task<object> OptionsAsync(
        string typeName, string inputName, HttpRequest request, ClaimsPrincipal person, ActivityCatalog catalog, OptionLists lists, CancellationToken cancellation)
    {
        var descriptor = typeName == DagInputs.TypeName ? DagInputs.Descriptor : catalog.Find(typeName);
        var input = descriptor?.Inputs.FirstOrDefault(input => string.Equals(input.Name, inputName, StringComparison.OrdinalIgnoreCase))
            ?? throw new OperationException(RefusalKind.NotFound, $"There is no input '{inputName}' of activity '{typeName}'. Reload the page: this host was updated.");
        var values = (await request.ReadAsync<OptionsRequest>(cancellation)).Context ?? [];
        // Who only looks sees what is set; asking the systems behind connections is for authors.
        var options = person.May(Permissions.Author) ? await lists.OfAsync(descriptor!, input, values, cancellation) : OptionLists.Set(input, values);
        return new { items = OptionEditor.Listed(input, options) };
    }

    /// <param name="Context">The values of the activity's inputs as they are stored, by name.</param>
    private sealed record OptionsRequest(JsonObject? Context);
}
