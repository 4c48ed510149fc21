using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.SecretsBackends.Aws;

/// <summary>Connections and Variables in the Parameter Store of AWS Systems Manager, as Airflow's SystemsManagerParameterStoreBackend.</summary>
internal sealed class ParameterStoreBackend : ISecretsBackend
{
    private const string ConnectionsPrefix = "connections_prefix";
    private const string ConnectionsPattern = "connections_lookup_pattern";
    private const string VariablesPrefix = "variables_prefix";
    private const string VariablesPattern = "variables_lookup_pattern";

    private const string Parameter = "Name";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly AwsService _service;
    private readonly Dictionary<SecretKind, (string? Prefix, Regex? Pattern)> _places;

    private ParameterStoreBackend(BackendKwargs kwargs)
    {
        _service = new("AWS Parameter Store", "ssm", kwargs);
        _places = new()
        {
            [SecretKind.Connection] = (kwargs.Text(ConnectionsPrefix, "/airflow/connections"), Pattern(kwargs, ConnectionsPattern)),
            [SecretKind.Variable] = (kwargs.Text(VariablesPrefix, "/airflow/variables"), Pattern(kwargs, VariablesPattern)),
        };
    }

    public string Name => _service.Name;

    public static ParameterStoreBackend Create(string? json) =>
        new(BackendKwargs.Read(json, [ConnectionsPrefix, ConnectionsPattern, VariablesPrefix, VariablesPattern, .. AwsService.Kwargs]));

    public async Task<string?> FindAsync(SecretKind kind, string id, CancellationToken cancellation)
    {
        var (prefix, pattern) = _places[kind];
        if (prefix is null || pattern?.IsMatch(id) == false) return null;
        var path = $"/{prefix.Trim('/')}/{id}".Replace("//", "/", StringComparison.Ordinal);
        var answer = await _service.AskAsync("AmazonSSM.GetParameter", new JsonObject { [Parameter] = path, ["WithDecryption"] = true }, "ParameterNotFound", cancellation);
        return answer?["Parameter"]?["Value"]?.GetValue<string>();
    }

    /// <summary>As Python's re.match: from the beginning, in any case.</summary>
    private static Regex? Pattern(BackendKwargs kwargs, string name)
    {
        if (kwargs.Text(name) is not { } pattern) return null;
        try
        {
            return new Regex($@"\A(?:{pattern})", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException error)
        {
            throw new SecretsBackendException($"'{name}' of the secrets backend is no regular expression: {error.Message}", error);
        }
    }
}
