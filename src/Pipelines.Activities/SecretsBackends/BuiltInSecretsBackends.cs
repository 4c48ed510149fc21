using Pipelines.Activities.SecretsBackends.Aws;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.SecretsBackends;

/// <summary>The secrets backends that a host may be told to ask, by the names of Airflow's classes.</summary>
public static class BuiltInSecretsBackends
{
    private static readonly Dictionary<string, Func<string?, ISecretsBackend>> ByName = new(StringComparer.Ordinal)
    {
        ["airflow.secrets.local_filesystem.LocalFilesystemBackend"] = LocalFilesystemBackend.Create,
        ["airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"] = SecretsManagerBackend.Create,
        ["airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend"] = ParameterStoreBackend.Create,
    };

    /// <summary>The names without their packages, which are as good.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys.Select(Last)];

    /// <summary>Whether there is one of this name, with or without its package.</summary>
    public static bool IsKnown(string name) => ByName.Keys.Any(known => known == name || Last(known) == name);

    /// <summary>Makes one.</summary>
    /// <param name="name">With or without its package.</param>
    /// <param name="kwargs">Airflow's backend_kwargs, a JSON object; null: none.</param>
    /// <exception cref="SecretsBackendException">There is none of this name, or it is told what it cannot use.</exception>
    public static ISecretsBackend Create(string name, string? kwargs) =>
        ByName.FirstOrDefault(known => known.Key == name || Last(known.Key) == name).Value is { } create ? create(kwargs)
            : throw new SecretsBackendException($"There is no secrets backend '{name}'. Name one of {string.Join(", ", Names)}.");

    private static string Last(string name) => name[(name.LastIndexOf('.') + 1)..];
}
