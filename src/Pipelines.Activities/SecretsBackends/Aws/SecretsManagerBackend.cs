using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.SecretsBackends.Aws;

/// <summary>Connections and Variables in AWS Secrets Manager, as Airflow's SecretsManagerBackend.</summary>
internal sealed class SecretsManagerBackend(AwsService service, string? connectionsPrefix, string? variablesPrefix, string separator) : ISecretsBackend
{
    private const string ConnectionsPrefix = "connections_prefix";
    private const string VariablesPrefix = "variables_prefix";
    private const string Separator = "sep";

    /// <summary>The parts of a connection, and what else secrets of AWS call them, those of RDS among them.</summary>
    private static readonly (string Part, string[] Words)[] Parts =
    [
        ("login", ["login", "user", "username", "user_name"]), ("password", ["password", "pass", "key"]), ("host", ["host", "remote_host", "server"]), ("port", ["port"]),
        ("schema", ["database", "schema", "dbname"]), ("conn_type", ["conn_type", "conn_id", "connection_type", "engine"]), ("extra", ["extra"]),
    ];

    public string Name => service.Name;

    public static SecretsManagerBackend Create(string? json)
    {
        var kwargs = BackendKwargs.Read(json, [ConnectionsPrefix, VariablesPrefix, Separator, .. AwsService.Kwargs]);
        return new(new("AWS Secrets Manager", "secretsmanager", kwargs), kwargs.Text(ConnectionsPrefix, "airflow/connections"), kwargs.Text(VariablesPrefix, "airflow/variables"), kwargs.Text(Separator) ?? "/");
    }

    public async Task<string?> FindAsync(SecretKind kind, string id, CancellationToken cancellation)
    {
        if ((kind == SecretKind.Connection ? connectionsPrefix : variablesPrefix) is not { } prefix) return null;
        var path = prefix.Length == 0 ? id : $"{(prefix.EndsWith(separator, StringComparison.Ordinal) ? prefix[..^separator.Length] : prefix)}{separator}{id}";
        var answer = await service.AskAsync("secretsmanager.GetSecretValue", new JsonObject { ["SecretId"] = path }, "ResourceNotFoundException", cancellation);
        var text = answer?["SecretString"]?.GetValue<string>();
        return kind == SecretKind.Connection && text is not null && text.TrimStart().StartsWith('{') ? Standard(path, text) : text;
    }

    private string Standard(string path, string text)
    {
        try
        {
            var secret = JsonNode.Parse(text)!.AsObject();
            var parts = new JsonObject();
            foreach (var (part, words) in Parts)
            {
                if (secret.FirstOrDefault(member => member.Value is not null && words.Contains(member.Key)).Value is { } value) parts[part] = value.DeepClone();
            }

            return parts.ToJsonString();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Its message may repeat a part of the secret.
            throw new SecretsBackendException($"Secret '{path}' of {Name} is neither a URI nor JSON. Mend it there.");
        }
    }
}
