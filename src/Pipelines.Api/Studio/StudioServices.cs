using Microsoft.Extensions.DependencyInjection;
using Pipelines.Api.Studio.Definitions;
using Pipelines.Api.Studio.Descriptors;
using Pipelines.Api.Studio.Live;
using Pipelines.Model.Designer;

namespace Pipelines.Api.Studio;

/// <summary>What a host of the designer registers.</summary>
public static class StudioServices
{
    /// <summary>Needs the engine's operations, a catalog and the connection types.</summary>
    public static IServiceCollection AddStudioApi(this IServiceCollection services)
    {
        services.AddSingleton<StudioDefinition>().AddSingleton<CodeInputs>().AddSingleton<DefinitionAnswers>().AddSingleton<DefinitionSaves>().AddSingleton<OptionLists>();
        services.AddSingleton<InstancePush>().AddHostedService(provider => provider.GetRequiredService<InstancePush>());
        services.AddSignalR();
        return services;
    }
}
