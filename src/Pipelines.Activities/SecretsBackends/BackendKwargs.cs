using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Connections;
using Pipelines.Model.Dags;

namespace Pipelines.Activities.SecretsBackends;

/// <summary>Airflow's <c>backend_kwargs</c>: how a secrets backend is set up.</summary>
internal sealed class BackendKwargs
{
    private readonly JsonObject _given;

    private BackendKwargs(JsonObject given) => _given = given;

    /// <summary>Reads the JSON object.</summary>
    /// <exception cref="SecretsBackendException">It is none, or names what the backend does not have.</exception>
    public static BackendKwargs Read(string? json, IReadOnlyList<string> known)
    {
        var given = json is null ? [] : Parse(json);
        if (given.Select(member => member.Key).FirstOrDefault(name => !known.Contains(name)) is { } unknown)
            throw new SecretsBackendException($"The secrets backend has no '{unknown}'.{NearestName.Hint(unknown, known)}");
        return new(given);
    }

    /// <summary>A text; null where the JSON says so, which is another thing than what is not said.</summary>
    public string? Text(string name, string? fallback = null) => !_given.TryGetPropertyValue(name, out var value) ? fallback
        : value is null ? null
        : value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>()
        : throw new SecretsBackendException($"'{name}' of the secrets backend must be a text or null.");

    private static JsonObject Parse(string json)
    {
        try
        {
            return JsonNode.Parse(json) as JsonObject ?? throw new SecretsBackendException(Must);
        }
        catch (JsonException error)
        {
            throw new SecretsBackendException(Must, error);
        }
    }

    private const string Must = "What the secrets backend is told must be a JSON object, such as {\"connections_prefix\": \"airflow/connections\"}.";
}
