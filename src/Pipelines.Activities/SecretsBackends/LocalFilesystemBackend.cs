using System.Text.Json.Nodes;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.SecretsBackends;

/// <summary>Connections and Variables of two files, as Airflow's LocalFilesystemBackend. Read whenever somebody asks, so that a changed file counts at once.</summary>
internal sealed class LocalFilesystemBackend(string? connectionsFile, string? variablesFile) : ISecretsBackend
{
    private const string ConnectionsFile = "connections_file_path";
    private const string VariablesFile = "variables_file_path";

    public string Name => "the local files";

    public static LocalFilesystemBackend Create(string? kwargs)
    {
        var given = BackendKwargs.Read(kwargs, [ConnectionsFile, VariablesFile]);
        var (connections, variables) = (given.Text(ConnectionsFile), given.Text(VariablesFile));
        if (connections is null && variables is null) throw new SecretsBackendException($"The local files are not named. Say {{\"{ConnectionsFile}\": \"/secrets/connections.yaml\", \"{VariablesFile}\": \"/secrets/variables.json\"}}, or one of the two.");
        return new(connections, variables);
    }

    public async Task<string?> FindAsync(SecretKind kind, string id, CancellationToken cancellation)
    {
        if ((kind == SecretKind.Connection ? connectionsFile : variablesFile) is not { } path) return null;
        try
        {
            var file = await SecretFile.ReadAsync(path, cancellation);
            if (!file.TryGetPropertyValue(id, out var entry)) return null;
            return kind == SecretKind.Connection ? Connection(id, entry, path)
                : VariableFile.Read(new JsonObject { [id] = entry?.DeepClone() }).Single().Value;
        }
        catch (ConnectionException error)
        {
            throw new SecretsBackendException(error.Message, error);
        }
    }

    /// <summary>Airflow allows a list of one.</summary>
    private static string Connection(string connId, JsonNode? entry, string path)
    {
        var only = entry is JsonArray list ? list is [var single] ? single : throw new SecretsBackendException($"'{path}' has {list.Count} connections '{connId}'. Leave one.") : entry;
        return ConnectionJson.Format(ConnectionFile.Read(new JsonObject { [connId] = only?.DeepClone() }).Single());
    }
}
