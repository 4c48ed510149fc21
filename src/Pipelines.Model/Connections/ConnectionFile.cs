using System.Text.Json.Nodes;

namespace Pipelines.Model.Connections;

/// <summary>Many connections in one file, as Airflow's <c>connections export</c> and <c>import</c> have them (airflow-semantics.md §28).</summary>
public static class ConnectionFile
{
    /// <summary>Reads connections by conn_id; each is an object of its parts, or a text: a URI, or JSON.</summary>
    /// <exception cref="ConnectionException">One is no connection; the message repeats no value that may be secret.</exception>
    public static IReadOnlyList<Connection> Read(JsonObject file) => [.. file.Select(entry => entry.Value switch
    {
        JsonObject parts => ConnectionJson.Parse(entry.Key, WithoutNulls(parts).ToJsonString()),
        JsonValue text when text.TryGetValue<string>(out var written) => ConnectionRules.Parse(entry.Key, written),
        _ => throw new ConnectionException($"Connection '{entry.Key}' must be an object of conn_type, host and so on, or a text with its URI."),
    }).Select(ConnectionTypes.Check)];

    /// <summary>Writes them with their secrets: each an object of its parts by conn_id.</summary>
    public static JsonObject Format(IEnumerable<Connection> connections) =>
        new(connections.Select(connection => KeyValuePair.Create(connection.ConnId, JsonNode.Parse(ConnectionJson.Format(connection)))));

    /// <summary>Writes them with their secrets as lines <c>conn_id=…</c>, each a URI or JSON.</summary>
    public static string FormatEnv(IEnumerable<Connection> connections, bool asJson) =>
        string.Concat(connections.Select(connection => $"{connection.ConnId}={(asJson ? ConnectionJson.Format(connection) : ConnectionUri.Format(connection))}\n"));

    // Airflow exports every part, with null for what is not set.
    private static JsonObject WithoutNulls(JsonObject parts) => new(parts.Where(part => part.Value is not null).Select(part => KeyValuePair.Create(part.Key, part.Value?.DeepClone())));
}
