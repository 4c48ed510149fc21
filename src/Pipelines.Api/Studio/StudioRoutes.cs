using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Api.Access;
using Pipelines.Api.Studio.Definitions;
using Pipelines.Api.Studio.Descriptors;
using Pipelines.Api.Studio.Instances;
using Pipelines.Api.Studio.Live;
using Pipelines.Api.Studio.Tests;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Api.Studio;

/// <summary>The HTTP API that an unmodified Elsa Studio 3.8.2 talks to (reference/elsa-studio-contract.md), over our DAGs and runs.</summary>
public static class StudioRoutes
{
    /// <summary>Maps everything below <c>/elsa</c>. Whoever is signed in may read.</summary>
    public static void MapStudioApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/elsa/api").AddEndpointFilter(AnswerAsync);
        api.MapDefinitions();
        api.MapDefinitionWrites();
        api.MapDefinitionBulk();
        api.MapDefinitionFiles();
        api.MapSubgraphs();
        api.MapExecute();
        api.MapActivityDescriptors();
        api.MapSmallDescriptors();
        api.MapInstances();
        api.MapInstanceFiles();
        api.MapJournal();
        api.MapExecutions();
        api.MapTests();
        routes.MapHub<InstanceHub>("/elsa/hubs/workflow-instance", connection => connection.CloseOnAuthenticationExpiration = true);
    }

    // The one place where an answer becomes JSON and a refusal a status. Studio shows the words of problem details whatever the status.
    private static async ValueTask<object?> AnswerAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            var answer = await next(context);
            return answer is IResult result ? result : StudioJson.Of(answer);
        }
        catch (OperationException refusal)
        {
            return Refusals.Of(refusal);
        }
        catch (DagUnreadableException error)
        {
            return Refusals.Of(StatusCodes.Status409Conflict, error.Message, []);
        }
    }
}
